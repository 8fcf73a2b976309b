/**
 * The conditions that every statement carries: the key, the tenant, and that the row lives.
 *
 * @since 0.1.0
 */
import type { Slot, Target } from "./Target.js"

/**
 * Numbers placeholders of fixed texts, whose parameters are put together by hand in the same order.
 *
 * @since 0.1.0
 * @category models
 */
export class Placeholders {
  count = 0
  constructor(readonly target: Target) {}
  next(slot: Slot): string {
    return slot.placeholder(this.target.grammar.placeholder(++this.count))
  }
}

/**
 * By key and, if scoped, tenant; parameters in this order. `which`: rows that live (default), deleted ones, or both.
 *
 * @since 0.1.0
 * @category constructors
 */
export const byKey = (
  target: Target,
  placeholders: Placeholders,
  scoped: boolean,
  which: "live" | "deleted" | "all" = "live"
): string => {
  const conditions = target.key.map((slot) => `${slot.compared} = ${slot.compare(placeholders.next(slot))}`)
  if (scoped && target.tenant !== undefined) {
    conditions.push(`${target.tenant.compared} = ${target.tenant.compare(placeholders.next(target.tenant))}`)
  }
  if (which === "live" && target.live !== undefined) conditions.push(target.live)
  if (which === "deleted" && target.deleted !== undefined) conditions.push(target.deleted)
  return conditions.join(" and ")
}
