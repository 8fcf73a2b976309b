/**
 * Where the tenant of a request comes from: one effect. Its failure is the request's; there is no way around it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Tenant } from "../Tenancy/CurrentTenant.js"
import { tenant } from "../Tenancy/CurrentTenant.js"
import * as Problem from "./Problem.js"
import type { Request } from "./Route.js"

/**
 * Resolves the tenant, or fails with a problem (`missing`, or one of your own).
 *
 * @since 0.1.0
 * @category models
 */
export interface TenantResolver<R = never> {
  (request: Request): Effect.Effect<Tenant, Problem.Problem, R>
  /** The header it looks at, for `Vary`. */
  readonly header?: string
}

/**
 * The request names no tenant: 400 `TENANT_CONTEXT_MISSING`.
 *
 * @since 0.1.0
 * @category problems
 */
export const missing: Problem.Problem = Problem.make("tenantContextMissing")

/**
 * Trusts a header: only behind a gateway that sets it, for clients can write any.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromHeader = (name: string): TenantResolver => {
  const header = name.toLowerCase()
  const resolve = (request: Request) => {
    const id = request.header(header)?.trim() ?? ""
    return id === "" || id.length > 255 || !/^[\x21-\x7e]+$/.test(id)
      ? Effect.fail(missing)
      : Effect.succeed(tenant(id))
  }
  return Object.assign(resolve, { header: name })
}
