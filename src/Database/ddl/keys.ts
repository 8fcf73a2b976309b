/**
 * Unique keys of soft-delete tables.
 *
 * @since 0.1.0
 */
import type { TableAny, UniqueKey } from "../TableMetadata.js"
import { columnOf, quote } from "./words.js"

/**
 * The condition of a live row, undefined for a table without soft delete. The same text stands in the partial unique indexes,
 * where `on conflict (...) where ...` must repeat it.
 *
 * @since 0.1.0
 * @category soft delete
 */
export const liveCondition = (table: TableAny): string | undefined => {
  if (table.softDelete === undefined) return undefined
  const column = columnOf(table, table.softDelete)
  return column.kind === "boolean" ? `not ${quote(column.name)}` : `${quote(column.name)} is null`
}

/**
 * Whether a unique key holds among live rows only, and is therefore a partial index instead of a constraint. A key that contains
 * the primary key (the target of composite foreign keys) is unique anyway.
 *
 * @since 0.1.0
 * @category soft delete
 */
export const isPartial = (table: TableAny, key: UniqueKey): boolean =>
  table.softDelete !== undefined && !table.primaryKey.every((property) => key.properties.includes(property))
