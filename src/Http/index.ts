/**
 * HTTP: tables as resources with routes of CRUD, problems, OpenAPI, documentation, health, and a node:http server with an orderly
 * end. Describe what is served with `SqlResource.make`, put it together with `app`, serve it with `serve`, or mount the app in one
 * of `@effect/platform`. It is no web framework: other routes are Effects of your own (`Route`), or a platform app behind it.
 *
 * @since 0.1.0
 */
export * as Address from "./Address.js"

export type { App, BaseOptions } from "./App.js"

export { make as app } from "./App.js"

export * as Docs from "./Docs.js"

export { Draining } from "./Draining.js"

export * as HealthRoute from "./HealthRoute.js"

export * as OpenApi from "./OpenApi.js"

export * as Problem from "./Problem.js"

export type { Action, ContextOf, FilterOperator, InputField, Limits, Resource, ResourceAny } from "./Resource.js"

export { type Around, BodyError, type Reply, type Request, type Route } from "./Route.js"

export { InvalidRoutes } from "./Router.js"

export { runMain } from "./Run.js"

export { ServeError } from "./ServeError.js"

export { handlerOf, layer, listen, type Listening, serve, type ServeOptions } from "./Server.js"

export * as SqlResource from "./SqlResource.js"

export { make as standardRoutes, type StandardOptions } from "./StandardRoutes.js"

export * as TenantResolver from "./TenantResolver.js"
