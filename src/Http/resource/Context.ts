/**
 * What the routes of one resource share: its decoders, its store, and how they answer.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { DatabaseError } from "../../Database/DatabaseError.js"
import type { Node } from "../../Database/Predicate.js"
import type { InvalidInput, NotFound, VersionConflict } from "../../Database/RepositoryError.js"
import type { UnitOfWork } from "../../Database/UnitOfWork.js"
import type { JsonItem, JsonPage, WriteOptions } from "../../Repository/Contract.js"
import * as Problem from "../Problem.js"
import * as Answer from "../reply/Answer.js"
import * as Failure from "../reply/Failure.js"
import * as Redaction from "../reply/Redaction.js"
import type * as Input from "../request/Input.js"
import * as Key from "../request/Key.js"
import * as ListQuery from "../request/ListQuery.js"
import * as MediaType from "../request/MediaType.js"
import type { ResourceAny } from "../Resource.js"
import type { Reply, Request, Route } from "../Route.js"
import type { Settings } from "../Settings.js"

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
 * The handler of a route.
 *
 * @since 0.1.0
 * @category models
 */
export type Handle<R> = Route<R>["handle"]

/**
 * What the handlers of a resource are compiled from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context<R> {
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

/**
 * Compiles the context of a resource.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(
  resource: ResourceAny,
  handling: Handling,
  store: Store<R>,
  settings: Settings
): Context<R> => {
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

/**
 * Answers a problem.
 *
 * @since 0.1.0
 * @category answers
 */
export const refuse = <R>(context: Context<R>, request: Request, problem: Problem.Problem): Effect.Effect<Reply> =>
  Effect.succeed(Answer.problem(problem, request, context.settings))

/**
 * 404.
 *
 * @since 0.1.0
 * @category problems
 */
export const notFound = Problem.make("notFound")

/**
 * 400.
 *
 * @since 0.1.0
 * @category problems
 */
export const malformed = Problem.make("malformedRequest")

/**
 * 406.
 *
 * @since 0.1.0
 * @category problems
 */
export const notAcceptable = Problem.make("notAcceptable")

/**
 * 400 for a header that has the wrong form.
 *
 * @since 0.1.0
 * @category problems
 */
export const malformedHeader = (header: string): Problem.Problem =>
  Problem.make("malformedRequest", [{ header, code: "invalid_format", detail: "has the wrong form" }])

/**
 * Whether the client takes JSON.
 *
 * @since 0.1.0
 * @category checks
 */
export const acceptable = (request: Request): boolean => MediaType.accepts(request.header("accept"), "application/json")

/** A problem for what failed; the log gets what the client does not. */
const failed = <R>(
  context: Context<R>,
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

/**
 * Runs the one effect of a request and answers what became of it.
 *
 * @since 0.1.0
 * @category answers
 */
export const answer = <R, A>(
  context: Context<R>,
  request: Request,
  at: Failure.Context,
  effect: Effect.Effect<A, unknown, R>,
  reply: (value: A) => Reply
): Effect.Effect<Reply, never, R> =>
  Effect.matchCauseEffect(effect, {
    onFailure: failed(context, request, at),
    onSuccess: (value) => Effect.succeed(reply(value))
  })
