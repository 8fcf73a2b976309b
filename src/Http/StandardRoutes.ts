/**
 * What an application has around its resources: the OpenAPI document, the documentation page, health.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Default } from "../SqlLayer/Sql.js"
import * as Docs from "./Docs.js"
import * as HealthRoute from "./HealthRoute.js"
import * as OpenApi from "./OpenApi.js"
import type { ResourceAny } from "./Resource.js"
import type { Route } from "./Route.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface StandardOptions extends Omit<OpenApi.Info, "health"> {
  /** Default: `/openapi.json`. */
  readonly document?: `/${string}`
  /** Default: `/docs`. */
  readonly docs?: `/${string}`
  readonly health?: HealthRoute.HealthOptions
}

/**
 * `GET /openapi.json`, `GET /docs` and `GET /_sql/health` of the default database.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  resources: ReadonlyArray<ResourceAny>,
  options: StandardOptions
): Effect.Effect<ReadonlyArray<Route<never>>, never, Default> => {
  const { docs = "/docs", document = "/openapi.json", health, ...info } = options
  return Effect.map(HealthRoute.make(health), (route) => [
    route,
    OpenApi.route(OpenApi.fromResources(resources, { ...info, health: [route.pattern] }), document),
    Docs.route({ path: docs, document, title: info.title })
  ])
}
