/**
 * The part of the application that both adapters share: which route, what else, and what is answered when a route fails.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import { Deadline, now } from "../Database/Deadline.js"
import * as Problem from "./Problem.js"
import * as Answer from "./reply/Answer.js"
import * as Redaction from "./reply/Redaction.js"
import * as Query from "./request/Query.js"
import type { Reply, Request, Route } from "./Route.js"
import * as Router from "./Router.js"
import type { Settings } from "./Settings.js"

/**
 * Answers requests. Made once per application.
 *
 * @since 0.1.0
 * @category models
 */
export interface Dispatcher {
  /** The effect of the answer, to be run with `runtime`; undefined for paths that are not ours. */
  readonly dispatch: (request: Request) => Effect.Effect<Reply> | undefined
  /** What the routes need, with a deadline that starts now. */
  readonly runtime: () => Runtime.Runtime<never>
  /** Milliseconds for a whole request. */
  readonly timeout: number
  /** The answer to a request whose effect failed, and what the log gets of it. */
  readonly failed: (
    request: Request,
    cause: Cause.Cause<never>
  ) => { readonly reply: Reply; readonly log: Effect.Effect<void> }
  /** The answer to a request that took too long. */
  readonly timedOut: (request: Request) => Reply
  readonly notFound: (request: Request) => Reply
}

/**
 * Bounds of requests, in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Times {
  readonly request: number
  /** For all database work of a request. */
  readonly database: number
}

const maxTarget = 8192
const plainTarget = /^[\x21-\x7e]*$/

/**
 * Compiles the dispatcher of some routes. With `open`, paths that are not ours are left to somebody else.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(
  routes: ReadonlyArray<Route<R>>,
  runtime: Runtime.Runtime<R>,
  settings: Settings,
  times: Times,
  open: boolean
): Dispatcher => {
  const find = Router.make(routes)
  const problem = (request: Request, given: Problem.Problem): Reply => Answer.problem(given, request, settings)
  const refuse = (request: Request, given: Problem.Problem) => Effect.succeed(problem(request, given))
  const notFound = (request: Request): Reply =>
    problem(request, Query.decodeSegment(request.path) === undefined ? malformed : missing)
  return {
    // The runtime that the adapters run it with has all of R.
    dispatch: (request) => {
      const match = find(request.method, request.path)
      if (match === undefined && open) return undefined
      if (request.path.length + request.query.length + 1 > maxTarget) return refuse(request, tooLong)
      if (!plainTarget.test(request.path) || !plainTarget.test(request.query)) return refuse(request, malformed)
      if (match === undefined) return Effect.succeed(notFound(request))
      if (Query.decodeSegment(request.path) === undefined) return refuse(request, malformed)
      switch (match._tag) {
        case "Route":
          return handled(match.route, request, match.key) as Effect.Effect<Reply>
        case "Options":
          return Effect.succeed({ status: 204, headers: { allow: match.allow, vary: settings.vary }, body: undefined })
        case "MethodNotAllowed":
          return refuse(request, Problem.make("methodNotAllowed", [], { allow: match.allow }))
      }
    },
    runtime: () => {
      const services = new Map(runtime.context.unsafeMap)
      services.set(Deadline.key, now() + times.database)
      return Runtime.make({ ...runtime, context: Context.unsafeMake(services) })
    },
    timeout: times.request,
    failed: (request, cause) => ({
      reply: problem(request, Problem.make("internalError")),
      log: Effect.logError("http: a request failed").pipe(Effect.annotateLogs({
        request_id: request.id,
        method: request.method,
        status: 500,
        cause: Redaction.cause(cause)
      }))
    }),
    timedOut: (request) => problem(request, Problem.make("timeout")),
    notFound
  }
}

/** A route that throws where it should answer an effect fails like one that dies. */
const handled = <R>(route: Route<R>, request: Request, key: string | undefined): Effect.Effect<Reply, never, R> => {
  try {
    return route.handle(request, key)
  } catch (error) {
    return Effect.die(error)
  }
}

const missing = Problem.make("notFound")
const malformed = Problem.make("malformedRequest")
const tooLong = Problem.make("uriTooLong")

/**
 * The headers that every answer carries, whoever makes it.
 *
 * @since 0.1.0
 * @category headers
 */
export const headersOf = (request: Request, reply: Reply): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {
    ...reply.headers,
    "x-request-id": request.id,
    "x-content-type-options": "nosniff"
  }
  const { body, status } = reply
  if (status !== 204 && status !== 304) {
    if (body === undefined) headers["content-length"] = "0"
    else if (typeof body === "string") headers["content-length"] = String(Buffer.byteLength(body))
    else if (body instanceof Uint8Array) headers["content-length"] = String(body.byteLength)
  }
  return headers
}
