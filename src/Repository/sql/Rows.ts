/**
 * What comes back: columns to ask for, and what becomes of a raw row. Every row of a tenant's table passes the egress check.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as Codec from "../../Database/Codec.js"
import * as Text from "../../Database/codec/Text.js"
import { TenantBreach } from "../../Database/DatabaseError.js"
import type { JsonItem } from "../Contract.js"
import type { Scope } from "./Ambient.js"
import type { Slot, Target } from "./Target.js"

/**
 * A select list with what decodes its rows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Shape<A> {
  readonly slots: ReadonlyArray<Slot>
  /** The select list. */
  readonly sql: string
  readonly decode: (raw: Codec.RawRow) => A
  /** Where a column stands in the row. */
  readonly position: (slot: Slot) => number
}

const listOf = (slots: ReadonlyArray<Slot>): string => slots.map((slot) => slot.selected).join(", ")

const readers = (target: Target): Codec.Read => target.sql.driver.values.read

/**
 * All columns, as instances of the model.
 *
 * @since 0.1.0
 * @category constructors
 */
export const instances = <A>(target: Target, options: Codec.Options): Shape<A> => ({
  slots: target.slots,
  sql: listOf(target.slots),
  // The codec makes instances of the table's model, whose type A is.
  decode: Codec.row(target.table, target.table.columns, readers(target), options) as (raw: Codec.RawRow) => A,
  position: (slot) => slot.index
})

/**
 * The columns JSON shows (those of `fields`, if given), and those that keys, ETags, orders and the egress check need.
 *
 * @since 0.1.0
 * @category constructors
 */
export const json = (
  target: Target,
  fields: ReadonlySet<string> | undefined,
  ordered: ReadonlyArray<Slot>,
  options: Codec.Options
): Shape<JsonItem> => {
  const { key, table, tenant, updatedAt, version } = target
  const needed = new Set([...key, tenant, updatedAt, version, ...ordered])
  const slots = target.slots.filter((slot) =>
    needed.has(slot) ||
    (slot.column.variants.has("json") && slot.column.options.sensitive !== true && fields?.has(slot.property) !== false)
  )
  const positions = new Map(slots.map((slot, index) => [slot, index]))
  const write = Codec.json(table, slots.map(({ column }) => column), readers(target), fields, options)
  const item = itemOf(target, (slot) => positions.get(slot)!)
  return {
    slots,
    sql: listOf(slots),
    decode: (raw) => item(write(raw), raw, true),
    position: (slot) => positions.get(slot)!
  }
}

/**
 * Puts a JSON text and what goes with it together, from a row whose columns stand at these positions.
 *
 * @since 0.1.0
 * @category constructors
 */
export const itemOf = (target: Target, position: (slot: Slot) => number) => {
  const { key, updatedAt, version } = target
  const keys = key.map((slot) => ({ slot, at: position(slot), text: Text.plain[slot.column.kind] }))
  const versionAt = version === undefined ? -1 : position(version)
  const updatedAtAt = updatedAt === undefined ? -1 : position(updatedAt)
  return (text: string, row: Codec.RawRow, raw: boolean): JsonItem => ({
    text,
    // Canonical forms: an integer, and a text.
    version: version === undefined ? undefined : (raw ? version.read(row[versionAt]) : row[versionAt]) as number,
    updatedAt: updatedAt === undefined
      ? undefined
      : (raw ? updatedAt.read(row[updatedAtAt]) : row[updatedAtAt]) as string,
    key: keys.map(({ at, slot, text: print }) => print(raw ? slot.read(row[at]) : row[at]))
  })
}

/**
 * Fails with `TenantBreach` if a row is not the scope's.
 *
 * @since 0.1.0
 * @category checks
 */
export const breach = <A>(
  target: Target,
  shape: Shape<A>,
  scope: Scope,
  rows: ReadonlyArray<Codec.RawRow>
): Exit.Exit<never, TenantBreach> | undefined => {
  const { tenant } = target
  if (tenant === undefined || scope.tenant === undefined) return undefined
  const at = shape.position(tenant)
  for (const row of rows) {
    if (tenant.read(row[at]) !== scope.tenant) return Exit.fail(new TenantBreach({ table: target.table.name }))
  }
  return undefined
}
