/**
 * Primary keys: from what programs give to parameters.
 *
 * @since 0.1.0
 */
import { Mismatch } from "../../Database/codec/Mismatch.js"
import type { Target } from "./Target.js"

/**
 * The canonical values of a key; undefined for one that no row can have, such as a text that is no UUID.
 *
 * @since 0.1.0
 * @category conversions
 */
export const canonical = (target: Target, key: unknown): ReadonlyArray<unknown> | undefined => {
  const { key: slots } = target
  try {
    const [first] = slots
    if (slots.length === 1) return [first!.field.encode(key)]
    if (typeof key !== "object" || key === null) return undefined
    // An object whose properties are checked one by one.
    const parts = key as Record<string, unknown>
    return slots.map((slot) => slot.field.encode(parts[slot.property]))
  } catch (error) {
    if (error instanceof Mismatch) return undefined
    throw error
  }
}

/**
 * The same as parameters.
 *
 * @since 0.1.0
 * @category conversions
 */
export const parameters = (target: Target, key: unknown): Array<unknown> | undefined =>
  canonical(target, key)?.map((value, index) => target.key[index]!.bind(value))
