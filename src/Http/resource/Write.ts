/**
 * Create, update, delete.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { JsonItem, WriteOptions } from "../../Repository/Contract.js"
import * as Problem from "../Problem.js"
import * as Answer from "../reply/Answer.js"
import * as Failure from "../reply/Failure.js"
import * as Body from "../request/Body.js"
import * as Conditions from "../request/Conditions.js"
import * as ListQuery from "../request/ListQuery.js"
import * as Query from "../request/Query.js"
import type { Request } from "../Route.js"
import { acceptable, answer, type Context, type Handle, malformed, notAcceptable, notFound, refuse } from "./Context.js"
import { changed, current, guarded, inTransaction, matches, preconditionOf, retrying } from "./Preconditions.js"

const strangersOnly = (request: Request): Problem.Problem | undefined => {
  if (request.query === "") return undefined
  const parameters = Query.parse(request.query)
  if (parameters === undefined) return malformed
  const issues = ListQuery.strangers(parameters, () => false)
  return issues.length === 0 ? undefined : Problem.make("validationError", issues)
}

/**
 * `POST {prefix}`.
 *
 * @since 0.1.0
 * @category handlers
 */
export const create = <R>(context: Context<R>): Handle<R> => {
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

/**
 * `PATCH {prefix}/{id}`.
 *
 * @since 0.1.0
 * @category handlers
 */
export const update = <R>(context: Context<R>): Handle<R> => {
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

/**
 * `DELETE {prefix}/{id}`.
 *
 * @since 0.1.0
 * @category handlers
 */
export const remove = <R>(context: Context<R>): Handle<R> => (request, segment) => {
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
