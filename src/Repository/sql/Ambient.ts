/**
 * What a call finds in its fiber: tenant, clock, deadline. Read directly, once a call: a repository method is one Effect primitive.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type { RuntimeFiber } from "effect/Fiber"
import * as Text from "../../Database/codec/Text.js"
import { DataError } from "../../Database/DatabaseError.js"
import { Deadline } from "../../Database/Deadline.js"
import { CurrentTenant, type Tenant } from "../../Tenancy/CurrentTenant.js"
import type { Target } from "./Target.js"

/**
 * The fiber, whatever it answers.
 *
 * @since 0.1.0
 * @category models
 */
export type Fiber = RuntimeFiber<unknown, unknown>

/**
 * Whose rows a call may touch: those of one tenant (its canonical value), or all.
 *
 * @since 0.1.0
 * @category models
 */
export interface Scope {
  readonly tenant: unknown
}

/**
 * All rows: of a table without tenants, or for `System`.
 *
 * @since 0.1.0
 * @category constants
 */
export const everything: Scope = { tenant: undefined }

/**
 * The scope of a fiber. No tenant is a defect, as for every missing service: there is no way around. An id that the column cannot
 * hold is nobody's.
 *
 * @since 0.1.0
 * @category getters
 */
export const scope = (target: Target, fiber: Fiber): Scope | DataError => {
  if (target.tenant === undefined) return everything
  // The types demand it; a program that casts them away must not read everybody's rows.
  const tenant: Tenant = Context.unsafeGet(fiber.currentContext as Context.Context<CurrentTenant>, CurrentTenant)
  if (tenant._tag === "System") return everything
  const value = Text.canonical(target.tenant.column.kind, tenant.id)
  return value === undefined
    ? new DataError({ reason: "invalid_form", table: target.table.name, column: target.tenant.property })
    : { tenant: value }
}

/**
 * Epoch milliseconds of the fiber's clock.
 *
 * @since 0.1.0
 * @category getters
 */
export const now = (fiber: Fiber): number =>
  Context.get(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeMillis()

/**
 * Whether the fiber has a deadline.
 *
 * @since 0.1.0
 * @category getters
 */
export const hasDeadline = (fiber: Fiber): boolean => fiber.currentContext.unsafeMap.get(Deadline.key) !== undefined
