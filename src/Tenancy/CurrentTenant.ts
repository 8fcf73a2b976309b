/**
 * Who the tenant is. A repository of a table with a tenant column has `CurrentTenant` in its requirements: without a tenant there
 * is no query.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { TableAny } from "../Database/TableMetadata.js"

/**
 * A tenant, or the one explicit way around tenancy, with its reason for the log.
 *
 * @since 0.1.0
 * @category models
 */
export type Tenant =
  | { readonly _tag: "Tenant"; readonly id: string }
  | { readonly _tag: "System"; readonly reason: string }

/**
 * The tenant of the fiber.
 *
 * @since 0.1.0
 * @category tags
 */
export class CurrentTenant extends Context.Tag("effect-svc-infra/CurrentTenant")<CurrentTenant, Tenant>() {}

/**
 * `CurrentTenant` for tables with a tenant column, nothing for others.
 *
 * @since 0.1.0
 * @category models
 */
export type TenantOf<T extends TableAny> = T["tenant"] extends string ? CurrentTenant : never

/**
 * A tenant by its id.
 *
 * @since 0.1.0
 * @category constructors
 */
export const tenant = (id: string): Tenant => ({ _tag: "Tenant", id })

/**
 * Runs an effect for one tenant.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withTenant =
  (id: string) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, CurrentTenant>> =>
    Effect.provideService(effect, CurrentTenant, tenant(id))

/**
 * Runs an effect across all tenants; the reason is logged.
 *
 * @since 0.1.0
 * @category combinators
 */
export const system =
  (reason: string) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, CurrentTenant>> =>
    Effect.zipRight(
      Effect.logInfo("tenancy: working across all tenants").pipe(Effect.annotateLogs({ reason })),
      Effect.provideService(effect, CurrentTenant, { _tag: "System", reason })
    )
