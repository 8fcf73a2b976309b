/**
 * Unique keys of soft-delete tables.
 *
 * @since 0.1.0
 */
import type { TableAny, UniqueKey } from "../TableMetadata.js"
import { columnOf, quote } from "./words.js"

/**
 * The condition of a live row, undefined for a table without soft delete. It stands in the partial unique indexes, and SQLite
 * takes an index for a statement (`on conflict (...) where ...`) only when the same text stands there.
 *
 * @since 0.1.0
 * @category soft delete
 */
export const liveCondition = (table: TableAny, dialect: "postgresql" | "sqlite"): string | undefined => {
  if (table.softDelete === undefined) return undefined
  const column = columnOf(table, table.softDelete)
  return column.kind === "boolean"
    ? `${quote(column.name)} = ${dialect === "sqlite" ? "0" : "false"}`
    : `${quote(column.name)} is null`
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
