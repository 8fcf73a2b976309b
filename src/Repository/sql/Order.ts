/**
 * Orders, and pages by keyset over them. An order always ends in the primary key, in the direction of the key before it, so that
 * one index serves both ways.
 *
 * NULL stands where the engine's own order has it, and no `nulls first` is written: indexes serve. A keyset holds the database's
 * own texts with NULL apart, so that no digit is lost on the way to a client and back.
 *
 * @since 0.1.0
 */
import * as Text from "../../Database/codec/Text.js"
import * as Issue from "../../Database/Issue.js"
import type { Keyset } from "../Contract.js"
import type { Parameters, Slot, Target } from "./Target.js"
import { comparable, refused } from "./Where.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Key {
  readonly slot: Slot
  readonly descending: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Order {
  readonly keys: ReadonlyArray<Key>
  /** For `order by`. */
  readonly sql: string
}

/**
 * The order of these properties (`-` for descending), the primary key last. Throws `Refused`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (target: Target, orderBy: ReadonlyArray<string> = []): Order => {
  const keys: Array<Key> = []
  const add = (slot: Slot, descending: boolean) => {
    if (!keys.some((key) => key.slot === slot)) keys.push({ slot, descending })
  }
  for (const entry of orderBy) {
    const descending = entry.startsWith("-")
    const slot = comparable(target, descending ? entry.slice(1) : entry)
    if (slot.column.options.sensitive === true) throw refused([slot.property], Issue.faults.unknownField)
    add(slot, descending)
  }
  const last = keys.at(-1)?.descending ?? false
  for (const slot of target.key) add(slot, last)
  return { keys, sql: keys.map(({ descending, slot }) => `${slot.compared} ${descending ? "desc" : "asc"}`).join(", ") }
}

/**
 * Where a page ended: the texts of its last row.
 *
 * @since 0.1.0
 * @category conversions
 */
export const keyset = (
  order: Order,
  raw: ReadonlyArray<unknown>,
  position: (slot: Slot) => number
): Keyset =>
  order.keys.map(({ slot }) => {
    const value = slot.read(raw[position(slot)])
    return value === null ? null : Text.plain[slot.column.kind](value)
  })

const wrong: Issue.Fault = { code: "invalid_value", detail: "is not where a page of this order ended" }

/** The canonical values of a keyset. */
const values = (order: Order, after: Keyset): ReadonlyArray<unknown> => {
  if (!Array.isArray(after) || after.length !== order.keys.length) throw refused(["after"], wrong)
  return order.keys.map(({ slot }, index) => {
    const text = after[index]
    if (text === null && slot.nullable) return null
    const value = typeof text === "string" ? Text.canonical(slot.column.kind, text) : undefined
    if (value === undefined) throw refused(["after"], wrong)
    return value
  })
}

/**
 * The condition of the rows behind a keyset. Throws `Refused`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const after = (target: Target, order: Order, given: Keyset, parameters: Parameters): string => {
  const { keys } = order
  const bound = values(order, given).map((value, index) =>
    value === null ? undefined : keys[index]!.slot.compare(parameters.bind(keys[index]!.slot, value))
  )
  const uniform = keys.every(({ descending, slot }) => descending === keys[0]!.descending && !slot.nullable)
  if (uniform) {
    const operator = keys[0]!.descending ? "<" : ">"
    if (keys.length === 1) return `${keys[0]!.slot.compared} ${operator} ${bound[0]}`
    // An index over the columns serves a comparison of rows; only engines that have them come so far.
    return `(${keys.map(({ slot }) => slot.compared).join(", ")}) ${operator} (${bound.join(", ")})`
  }
  return expand(target, keys, bound, 0)
}

/** Behind the first key, or equal in it and behind the rest. */
const expand = (
  target: Target,
  keys: ReadonlyArray<Key>,
  bound: ReadonlyArray<string | undefined>,
  index: number
): string => {
  const { descending, slot } = keys[index]!
  const placeholder = bound[index]
  const behind = behindOne(target, slot, descending, placeholder)
  if (index === keys.length - 1) return behind ?? "1 = 0"
  const rest = expand(target, keys, bound, index + 1)
  const equal = placeholder === undefined ? `${slot.name} is null` : `${slot.compared} = ${placeholder}`
  return behind === undefined ? `(${equal} and ${rest})` : `(${behind} or (${equal} and ${rest}))`
}

/** Undefined: nothing is behind. */
const behindOne = (
  target: Target,
  slot: Slot,
  descending: boolean,
  placeholder: string | undefined
): string | undefined => {
  // Ascending, NULL is either the largest or the smallest; descending the other way round.
  const nullsLast = (target.grammar.nullsSort === "largest") !== descending
  if (placeholder === undefined) return nullsLast ? undefined : `${slot.name} is not null`
  const beyond = `${slot.compared} ${descending ? "<" : ">"} ${placeholder}`
  return nullsLast && slot.nullable ? `(${beyond} or ${slot.name} is null)` : beyond
}
