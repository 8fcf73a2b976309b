/**
 * The five routes of a resource. Each one checks in the order of the contract (media types, body, query, key, input), then makes
 * one call of the repository, or one transaction where a service has hooks.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { DatabaseError } from "../Database/DatabaseError.js"
import type { Node } from "../Database/Predicate.js"
import type { InvalidInput, NotFound } from "../Database/RepositoryError.js"
import { VersionConflict } from "../Database/RepositoryError.js"
import type { UnitOfWork } from "../Database/UnitOfWork.js"
import type { JsonItem, JsonPage, WriteOptions } from "../Repository/Repository.js"
import { CurrentTenant } from "../Tenancy/CurrentTenant.js"
import * as Problem from "./Problem.js"
import * as Answer from "./reply/Answer.js"
import * as Failure from "./reply/Failure.js"
import * as Redaction from "./reply/Redaction.js"
import * as Body from "./request/Body.js"
import * as Conditions from "./request/Conditions.js"
import * as Cursor from "./request/Cursor.js"
import type * as Input from "./request/Input.js"
import * as Key from "./request/Key.js"
import * as ListQuery from "./request/ListQuery.js"
import * as MediaType from "./request/MediaType.js"
import * as Query from "./request/Query.js"
import type { ResourceAny } from "./Resource.js"
import type { Reply, Request, Route } from "./Route.js"
import type { Settings } from "./Settings.js"

type WriteError = DatabaseError | InvalidInput | NotFound | VersionConflict

/**
 * A service and its repository, without the types of the table: routes get their values from decoders compiled of that same table.
 *
 * @since 0.1.0
 * @category models
 */
export interface Store<R> {
  readonly plain: boolean
  readonly create: (input: unknown) => Effect.Effect<unknown, unknown, R>
  readonly update: (key: unknown, patch: unknown, options?: WriteOptions) => Effect.Effect<unknown, unknown, R>
  readonly delete: (key: unknown, options?: WriteOptions) => Effect.Effect<void, unknown, R>
  readonly repository: {
    readonly unitOfWork: UnitOfWork
    readonly get: (key: unknown) => Effect.Effect<unknown, WriteError, R>
    readonly json: {
      readonly find: (
        key: unknown,
        fields?: ReadonlyArray<string>
      ) => Effect.Effect<Option.Option<JsonItem>, DatabaseError | InvalidInput, R>
      readonly page: (options: {
        readonly where?: { readonly node: Node } | undefined
        readonly orderBy?: ReadonlyArray<string> | undefined
        readonly limit: number
        readonly offset?: number | undefined
        readonly after?: ReadonlyArray<string | null> | undefined
        readonly count: boolean
        readonly fields?: ReadonlyArray<string> | undefined
      }) => Effect.Effect<JsonPage, DatabaseError | InvalidInput, R>
      readonly create: (data: unknown) => Effect.Effect<JsonItem, WriteError, R>
      readonly update: (key: unknown, patch: unknown, options?: WriteOptions) => Effect.Effect<JsonItem, WriteError, R>
      readonly print: (row: unknown) => JsonItem
    }
  }
}

/**
 * What routes need beside the resource: how bodies are decoded, and what a service's own errors mean.
 *
 * @since 0.1.0
 * @category models
 */
export interface Handling {
  readonly decodeCreate: Input.Decode
  readonly decodeUpdate: Input.Decode
  /** JSON columns that a merge patch merges: how a row's value becomes JSON. */
  readonly merged: ReadonlyMap<string, (row: unknown) => unknown>
  readonly problemOf: ((error: unknown) => Problem.Problem | undefined) | undefined
}

/**
 * Makes the routes of a resource.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(
  resource: ResourceAny,
  handling: Handling,
  store: Store<R>,
  settings: Settings
): ReadonlyArray<Route<R>> => {
  const context = contextOf(resource, handling, store, settings)
  const one = `${resource.prefix}/{id}`
  const routes: ReadonlyArray<Route<R> | undefined> = [
    resource.actions.has("list")
      ? { method: "GET", pattern: resource.prefix, handle: list(context) }
      : undefined,
    resource.actions.has("create")
      ? { method: "POST", pattern: resource.prefix, handle: create(context) }
      : undefined,
    resource.actions.has("get") ? { method: "GET", pattern: one, handle: get(context) } : undefined,
    resource.actions.has("update") ? { method: "PATCH", pattern: one, handle: update(context) } : undefined,
    resource.actions.has("delete") ? { method: "DELETE", pattern: one, handle: remove(context) } : undefined
  ]
  return routes.filter((route) => route !== undefined)
}

type Handle<R> = Route<R>["handle"]

interface RouteContext<R> {
  readonly resource: ResourceAny
  readonly handling: Handling
  readonly store: Store<R>
  readonly settings: Settings
  readonly parseKey: Key.Parse
  readonly parseList: ListQuery.Parse
  readonly parseFields: ReturnType<typeof ListQuery.fieldsReader>
  readonly reading: Failure.Context
  readonly writing: Failure.Context
}

const contextOf = <R>(
  resource: ResourceAny,
  handling: Handling,
  store: Store<R>,
  settings: Settings
): RouteContext<R> => {
  const inputs = [...resource.create, ...resource.update].map(({ property }) => property)
  const visible = new Set([...resource.readable, ...inputs])
  return {
    resource,
    handling,
    store,
    settings,
    parseKey: Key.parser(resource.table),
    parseList: ListQuery.parser(resource),
    parseFields: ListQuery.fieldsReader(resource),
    reading: { table: resource.table, access: "read", visible },
    writing: { table: resource.table, access: "write", visible }
  }
}

// ── answering ────────────────────────────────────────────────────────────────────────────────────────────────────────

const refuse = <R>(context: RouteContext<R>, request: Request, problem: Problem.Problem): Effect.Effect<Reply> =>
  Effect.succeed(Answer.problem(problem, request, context.settings))

const notFound = Problem.make("notFound")
const malformed = Problem.make("malformedRequest")
const notAcceptable = Problem.make("notAcceptable")
const invalidCursor = Problem.make("invalidCursor")

const malformedHeader = (header: string): Problem.Problem =>
  Problem.make("malformedRequest", [{ header, code: "invalid_format", detail: "has the wrong form" }])

const acceptable = (request: Request): boolean => MediaType.accepts(request.header("accept"), "application/json")

/** A problem for what failed; the log gets what the client does not. */
const failed = <R>(
  context: RouteContext<R>,
  request: Request,
  at: Failure.Context
) =>
(cause: Cause.Cause<unknown>): Effect.Effect<Reply> => {
  const failure = Cause.failureOption(cause)
  if (Option.isNone(failure)) {
    // Interrupted: nobody waits for the answer. A defect: the adapter answers it, in one place for all routes.
    return Effect.failCause(cause as Cause.Cause<never>)
  }
  const error = failure.value
  const problem = Failure.toProblem(error, at) ?? context.handling.problemOf?.(error) ?? Problem.make("internalError")
  const reply = refuse(context, request, problem)
  const severity = Failure.severity(error, problem)
  if (severity === undefined) return reply
  const log = severity === "error" ? Effect.logError : Effect.logWarning
  return Effect.zipRight(
    log("http: a request failed").pipe(Effect.annotateLogs({
      request_id: request.id,
      method: request.method,
      resource: context.resource.prefix,
      status: problem.definition.status,
      cause: Redaction.cause(cause)
    })),
    reply
  )
}

const answer = <R, A>(
  context: RouteContext<R>,
  request: Request,
  at: Failure.Context,
  effect: Effect.Effect<A, unknown, R>,
  reply: (value: A) => Reply
): Effect.Effect<Reply, never, R> =>
  Effect.matchCauseEffect(effect, {
    onFailure: failed(context, request, at),
    onSuccess: (value) => Effect.succeed(reply(value))
  })

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const list = <R>(context: RouteContext<R>): Handle<R> => (request) => {
  if (!acceptable(request)) return refuse(context, request, notAcceptable)
  const parameters = Query.parse(request.query)
  if (parameters === undefined) return refuse(context, request, malformed)
  const query = context.parseList(parameters)
  if (isItems(query)) return refuse(context, request, Problem.make("validationError", query))
  if (!context.resource.tenant) return page(context, request, query, "")
  // The tag is in R: routes of a tenant's resource are only made with it.
  return Effect.flatMap(
    CurrentTenant as unknown as Effect.Effect<CurrentTenant["Type"], never, R>,
    (tenant) => page(context, request, query, tenant._tag === "Tenant" ? tenant.id : "\0system")
  )
}

const isItems = (
  query: ListQuery.ListQuery | ReadonlyArray<Problem.Item>
): query is ReadonlyArray<Problem.Item> => Array.isArray(query)

const page = <R>(
  context: RouteContext<R>,
  request: Request,
  query: ListQuery.ListQuery,
  tenant: string
): Effect.Effect<Reply, never, R> => {
  const { resource, settings, store } = context
  const { limits } = resource
  const scope: Cursor.Scope = { resource: resource.prefix, order: query.orderBy, filters: query.filters, tenant }
  const position = query.cursor === undefined
    ? { after: undefined, passed: query.offset }
    : Cursor.parse(query.cursor, scope, resource.table, settings.cursorKey, limits.cursor)
  if (position === undefined) return refuse(context, request, invalidCursor)
  const { after, passed } = position
  const found = store.repository.json.page({
    where: query.where.length === 0
      ? undefined
      : { node: query.where.length === 1 ? query.where[0]! : { _tag: "And", all: query.where } },
    orderBy: query.orderBy,
    limit: query.limit,
    offset: after === undefined ? passed : undefined,
    after,
    count: query.count !== "none",
    fields: query.fields
  })
  const reply = (page: JsonPage): Reply => {
    const next = page.next === undefined || query.limit === 0
      ? undefined
      : Cursor.print(scope, { after: page.next, passed: passed + page.items.length }, settings.cursorKey, limits.cursor)
    const offset = query.cursor === undefined ? query.offset : undefined
    return Answer.page(page, { limit: query.limit, offset, count: query.count, next }, request, settings)
  }
  if (query.cursor === undefined) return answer(context, request, context.reading, found, reply)
  // Without a signature the texts of a cursor are the client's: one that the database cannot read is no cursor of ours.
  return answer(
    context,
    request,
    context.reading,
    Effect.mapError(
      found,
      (error) => error._tag === "DataError" || error._tag === "InvalidInput" ? invalidCursor : error
    ),
    reply
  )
}

const get = <R>(context: RouteContext<R>): Handle<R> => {
  const { settings, store } = context
  const known = (name: string) => name === "fields"
  return (request, segment) => {
    if (!acceptable(request)) return refuse(context, request, notAcceptable)
    const ifNoneMatch = request.header("if-none-match")
    const tags = ifNoneMatch === undefined ? undefined : Conditions.tags(ifNoneMatch)
    if (ifNoneMatch !== undefined && tags === undefined) {
      return refuse(context, request, malformedHeader("If-None-Match"))
    }
    let fields: ReadonlyArray<string> | undefined
    if (request.query !== "") {
      const parameters = Query.parse(request.query)
      if (parameters === undefined) return refuse(context, request, malformed)
      const issues = ListQuery.strangers(parameters, known)
      const text = parameters.values.get("fields")
      const read = text === undefined ? undefined : context.parseFields(text)
      if (read !== undefined && "code" in read)
        issues.push({ parameter: "fields", code: read.code, detail: read.detail })
      else fields = read
      if (issues.length > 0) return refuse(context, request, Problem.make("validationError", issues))
    }
    const key = context.parseKey(segment ?? "")
    if (key === undefined) return refuse(context, request, notFound)
    return answer(context, request, context.reading, store.repository.json.find(key, fields), (found) => {
      if (Option.isNone(found)) return Answer.problem(notFound, request, settings)
      const tag = Answer.etag(found.value, fields)
      return tag !== undefined && tags !== undefined && matches(tags, tag)
        ? Answer.notModified(tag, settings)
        : Answer.item(found.value.text, tag, settings)
    })
  }
}

/** Weak comparison (RFC 9110, 8.8.3.2). */
const matches = (tags: Conditions.Tags, tag: string): boolean =>
  tags === "*" || tags.some(({ opaque }) => `"${opaque}"` === tag.replace(/^W\//, ""))

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The whole of a write again after a deadlock or a serialization failure, at most as often as the limits say. */
const retrying = <A, E, R>(effect: Effect.Effect<A, E, R>, times: number, attempt = 0): Effect.Effect<A, E, R> =>
  Effect.catchAll(effect, (error) =>
    attempt < times && Failure.isTransient(error)
      ? Effect.zipRight(Effect.sleep(Math.random() * 10 * 2 ** (attempt + 1)), retrying(effect, times, attempt + 1))
      : Effect.fail(error))

/** Hooks, and printing what they leave, before COMMIT: what cannot be printed is rolled back. */
const inTransaction = <R, A>(
  { store }: RouteContext<R>,
  effect: Effect.Effect<A, unknown, R>,
  isolated = false
): Effect.Effect<A, unknown, R> => {
  const { capabilities, transaction } = store.repository.unitOfWork
  if (!capabilities.transactions) return effect
  const isolation = !isolated
    ? undefined
    : (["repeatable read", "serializable"] as const).find((level) => capabilities.isolation.includes(level))
  return transaction(effect, isolation === undefined ? {} : { isolation })
}

const strangersOnly = (request: Request): Problem.Problem | undefined => {
  if (request.query === "") return undefined
  const parameters = Query.parse(request.query)
  if (parameters === undefined) return malformed
  const issues = ListQuery.strangers(parameters, () => false)
  return issues.length === 0 ? undefined : Problem.make("validationError", issues)
}

const create = <R>(context: RouteContext<R>): Handle<R> => {
  const { handling, resource, settings, store } = context
  const { json } = store.repository
  const write = store.plain
    ? json.create
    : (data: unknown) => inTransaction(context, Effect.map(store.create(data), json.print))
  return (request) => {
    if (!acceptable(request)) return refuse(context, request, notAcceptable)
    const type = Body.mediaType(request)
    if (typeof type !== "string") return refuse(context, request, type)
    const made = Effect.flatMap(Body.read(request, resource.limits), (body): Effect.Effect<JsonItem, unknown, R> => {
      const stranger = strangersOnly(request)
      if (stranger !== undefined) return Effect.fail(stranger)
      const decoded = handling.decodeCreate(body)
      return Either.isLeft(decoded)
        ? Effect.fail(Problem.make("validationError", Failure.items(decoded.left)))
        : retrying(write(decoded.right), resource.limits.retries)
    })
    const preferences = Conditions.preferences(request.header("prefer"))
    return answer(
      context,
      request,
      context.writing,
      made,
      (item) => Answer.written(item, true, preferences, resource, settings)
    )
  }
}

/** `If-Match`: nothing to check, the versions it names, or tags that only the current item can be compared with. */
const preconditionOf = (request: Request): Conditions.Tags | undefined | Problem.Problem => {
  const header = request.header("if-match")
  if (header === undefined) return undefined
  return Conditions.tags(header) ?? malformedHeader("If-Match")
}

/**
 * Runs a write under `If-Match`. Versions are compared by the write's own WHERE: of several, the current one (which the
 * conflict tells) is tried next. Other tags are compared in a transaction that reads first.
 */
const guarded = <R, A>(
  context: RouteContext<R>,
  tags: Conditions.Tags | undefined,
  key: unknown,
  write: (options: WriteOptions) => Effect.Effect<A, unknown, R>
): Effect.Effect<A, unknown, R> => {
  if (tags === undefined || tags === "*") return write({})
  if (context.resource.etag !== "version") {
    return inTransaction(
      context,
      Effect.flatMap(current(context, key), (item) => {
        const tag = Answer.etag(item)
        return tag !== undefined && matches(tags, tag) ? write({}) : Effect.fail(changed(tag))
      }),
      true
    )
  }
  const versions = tags.flatMap(({ opaque }) => Conditions.versionOf(opaque) ?? [])
  const [first] = versions
  if (first === undefined) {
    return Effect.flatMap(current(context, key), (item) => Effect.fail(changed(Answer.etag(item))))
  }
  return Effect.catchAll(
    write({ version: first }),
    (error) =>
      error instanceof VersionConflict && error.current !== first && versions.includes(error.current)
        ? write({ version: error.current })
        : Effect.fail(error)
  )
}

const changed = (tag: string | undefined): Problem.Problem =>
  Problem.make("preconditionFailed", [], tag === undefined ? {} : { etag: tag })

const current = <R>({ store }: RouteContext<R>, key: unknown): Effect.Effect<JsonItem, unknown, R> =>
  Effect.flatMap(
    store.repository.json.find(key),
    Option.match({ onNone: () => Effect.fail(notFound), onSome: (item) => Effect.succeed(item) })
  )

const update = <R>(context: RouteContext<R>): Handle<R> => {
  const { handling, resource, settings, store } = context
  const { json } = store.repository
  const write = (key: unknown, patch: unknown, options: WriteOptions): Effect.Effect<JsonItem, unknown, R> =>
    store.plain
      ? json.update(key, patch, options)
      : inTransaction(context, Effect.map(store.update(key, patch, options), json.print))

  const decoded = (body: unknown) => {
    const result = handling.decodeUpdate(body)
    return Either.isLeft(result)
      ? Effect.fail(Problem.make("validationError", Failure.items(result.left)))
      : Effect.succeed(result.right)
  }
  /** Nothing to write: the item, if it is the one that the client means. */
  const untouched = (key: unknown, tags: Conditions.Tags | undefined): Effect.Effect<JsonItem, unknown, R> =>
    Effect.flatMap(current(context, key), (item) => {
      const tag = Answer.etag(item)
      const fits = tags === undefined || tags === "*" || (resource.etag === "version"
        ? tags.some(({ opaque }) => Conditions.versionOf(opaque) === item.version)
        : tag !== undefined && matches(tags, tag))
      return fits ? Effect.succeed(item) : Effect.fail(changed(tag))
    })
  /** JSON columns are merged with what is stored: a read and a write in one transaction. */
  const merging = (
    key: unknown,
    tags: Conditions.Tags | undefined,
    body: Readonly<Record<string, unknown>>,
    columns: ReadonlyArray<string>
  ): Effect.Effect<JsonItem, unknown, R> =>
    inTransaction(
      context,
      Effect.gen(function*() {
        const row = yield* store.repository.get(key)
        const merged = columns.map((property) => {
          const now = handling.merged.get(property)?.(row)
          return [property, Body.merge(now, body[property])] as const
        })
        const patch = yield* decoded({ ...body, ...Object.fromEntries(merged) })
        return yield* guarded(context, tags, key, (options) => write(key, patch, options))
      }),
      true
    )

  return (request, segment) => {
    if (!acceptable(request)) return refuse(context, request, notAcceptable)
    const type = Body.mediaType(request)
    if (typeof type !== "string") return refuse(context, request, type)
    const made = Effect.flatMap(Body.read(request, resource.limits), (body): Effect.Effect<JsonItem, unknown, R> => {
      const tags = preconditionOf(request)
      if (tags instanceof Problem.Problem) return Effect.fail(tags)
      const stranger = strangersOnly(request)
      if (stranger !== undefined) return Effect.fail(stranger)
      const key = context.parseKey(segment ?? "")
      if (key === undefined) return Effect.fail(notFound)
      const columns = type === "application/merge-patch+json" && isObject(body)
        ? [...handling.merged.keys()].filter((property) => isObject(body[property]))
        : []
      // What is merged is checked when it is whole.
      return Effect.flatMap(decoded(columns.length === 0 ? body : without(body, columns)), (patch) =>
        columns.length > 0
          ? retrying(merging(key, tags, isObject(body) ? body : {}, columns), resource.limits.retries)
          : Object.keys(patch).length === 0
          ? untouched(key, tags)
          : retrying(
            guarded(context, tags, key, (options) => write(key, patch, options)),
            resource.limits.retries
          ))
    })
    const preferences = Conditions.preferences(request.header("prefer"))
    return answer(
      context,
      request,
      context.writing,
      made,
      (item) => Answer.written(item, false, preferences, resource, settings)
    )
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const without = (body: unknown, properties: ReadonlyArray<string>): unknown =>
  isObject(body)
    ? Object.fromEntries(Object.entries(body).filter(([property]) => !properties.includes(property)))
    : body

const remove = <R>(context: RouteContext<R>): Handle<R> => (request, segment) => {
  const { resource, settings, store } = context
  if (!acceptable(request)) return refuse(context, request, notAcceptable)
  const tags = preconditionOf(request)
  if (tags instanceof Problem.Problem) return refuse(context, request, tags)
  const stranger = strangersOnly(request)
  if (stranger !== undefined) return refuse(context, request, stranger)
  const key = context.parseKey(segment ?? "")
  if (key === undefined) return refuse(context, request, notFound)
  return answer(
    context,
    request,
    context.writing,
    retrying(guarded(context, tags, key, (options) => store.delete(key, options)), resource.limits.retries),
    () => Answer.deleted(settings)
  )
}
