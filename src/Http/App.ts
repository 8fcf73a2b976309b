/**
 * An application: the routes of resources and others, wrapped, with a tenant for those that need one. It is an `HttpApp` of
 * `@effect/platform`, and carries what the node adapter needs to serve it without the platform in between. Whatever wraps the
 * app (a middleware of the platform) makes a new effect without that, so nothing of it is ever skipped.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { CurrentTenant } from "../Tenancy/CurrentTenant.js"
import * as Dispatcher from "./Dispatcher.js"
import * as PlatformAdapter from "./PlatformAdapter.js"
import * as Problem from "./Problem.js"
import * as Answer from "./reply/Answer.js"
import type { ContextOf, ResourceAny } from "./Resource.js"
import type { Around, Route } from "./Route.js"
import type { Settings } from "./Settings.js"
import type { TenantResolver } from "./TenantResolver.js"

/**
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("effect-svc-infra/Http/App")

/**
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * What the node adapter takes out of an app: the dispatcher, and the platform app for all other paths.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parts {
  readonly dispatcher: Dispatcher.Dispatcher
  readonly fallthrough: HttpApp.Default | undefined
}

/**
 * An application that needs nothing more.
 *
 * @since 0.1.0
 * @category models
 */
export interface App
  extends Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest>
{
  readonly [TypeId]: Parts
}

/**
 * The parts of an app that nothing has been wrapped around; undefined for any other platform app.
 *
 * @since 0.1.0
 * @category getters
 */
export const partsOf = (app: object): Parts | undefined =>
  // The symbol is ours, and only `make` sets it.
  TypeId in app ? (app as App)[TypeId] : undefined

/**
 * Options of every application.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaseOptions<RR, RF> {
  /** Other routes: documentation, health, your own. */
  readonly routes?: ReadonlyArray<Route<RR>>
  /** Wraps every route, the first one outermost; on node and on the platform alike. */
  readonly around?: ReadonlyArray<Around>
  /** Answers all paths that no route has. Default: 404. */
  readonly fallthrough?: HttpApp.Default<never, RF>
  /** Signs cursors; share it among the processes of a deployment. Default: cursors are validated, not signed. */
  readonly cursorKey?: Redacted.Redacted
  /** Default: the library's own. */
  readonly problemBaseUri?: string
  /** For a whole request. Default: 30 seconds. */
  readonly requestTimeout?: Duration.DurationInput
  /** For all database work of a request. Default: one second less than the request. */
  readonly databaseTimeout?: Duration.DurationInput
}

/**
 * The tenant resolver: demanded exactly when a resource has a tenant.
 *
 * @since 0.1.0
 * @category models
 */
export type TenantOption<R, RT> = [Extract<R, CurrentTenant>] extends [never] ? { readonly tenant?: undefined }
  : { readonly tenant: TenantResolver<RT> }

const withTenant = <R, RT>(
  route: Route<R>,
  resolve: TenantResolver<RT>,
  settings: Settings
): Route<R | RT> => ({
  ...route,
  handle: (request, key) =>
    Effect.matchCauseEffect(resolve(request), {
      onFailure: (cause) =>
        cause._tag === "Fail" && cause.error instanceof Problem.Problem
          ? Effect.succeed(Answer.problem(cause.error, request, settings))
          // Whatever else went wrong, no query runs: the request fails.
          : Effect.die(cause),
      onSuccess: (tenant) =>
        Effect.mapInputContext(
          route.handle(request, key),
          (context: Context.Context<R>) => Context.add(context, CurrentTenant, tenant) as Context.Context<R>
        )
    })
})

/**
 * Makes an application. The effect dies with `InvalidRoutes` when two resources claim one path.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Rs extends ReadonlyArray<ResourceAny>, RT = never, RR = never, RF = never>(
  options: { readonly resources: Rs } & BaseOptions<RR, RF> & TenantOption<ContextOf<Rs[number]>, RT>
): Effect.Effect<
  App,
  never,
  Exclude<ContextOf<Rs[number]>, CurrentTenant> | RT | RR | Exclude<RF, HttpServerRequest.HttpServerRequest>
> => {
  type R = ContextOf<Rs[number]> | RT | RR | RF
  const { around = [], fallthrough, requestTimeout = "30 seconds", resources, routes = [] } = options
  const resolve: TenantResolver<RT> | undefined = options.tenant
  const settings: Settings = {
    problemBaseUri: options.problemBaseUri ?? Problem.baseUri,
    cursorKey: options.cursorKey,
    vary: ["Accept", "Authorization", ...(resolve?.header === undefined ? [] : [resolve.header])].join(", ")
  }
  const total = Duration.toMillis(requestTimeout)
  const database = options.databaseTimeout === undefined ? total - 1000 : Duration.toMillis(options.databaseTimeout)
  const wrap = (route: Route<R>): Route<R> => around.reduceRight((wrapped, wrapper) => wrapper(wrapped), route)
  const made = Effect.gen(function*() {
    const own: Array<Route<R>> = []
    for (const resource of resources) {
      // What a resource's routes need is part of R.
      const all = (yield* resource.routes(settings)) as ReadonlyArray<Route<R>>
      for (const route of all) {
        own.push(resource.tenant && resolve !== undefined ? withTenant(route, resolve, settings) : route)
      }
    }
    const runtime = yield* Effect.runtime<R>()
    const dispatcher = Dispatcher.make(
      [...own, ...(routes as ReadonlyArray<Route<R>>)].map(wrap),
      runtime,
      settings,
      { request: total, database: Math.max(1, database) },
      fallthrough !== undefined
    )
    // Its own needs are in the runtime of the app.
    const rest = fallthrough === undefined
      ? undefined
      : Effect.provide(fallthrough, runtime.context) as HttpApp.Default
    const parts: Parts = { dispatcher, fallthrough: rest }
    return Object.assign(PlatformAdapter.app(dispatcher, rest), { [TypeId]: parts })
  })
  // CurrentTenant is provided per request, by the resolver that the options demand.
  return made as Effect.Effect<App, never, never>
}
