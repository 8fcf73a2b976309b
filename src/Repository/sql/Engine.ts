/**
 * What dialects do differently and no grammar says.
 *
 * @since 0.1.0
 */
import type { Text } from "./Compiled.js"
import type { Parameters, Slot, Target } from "./Target.js"

/**
 * What stands for a value nobody gave, in a row whose neighbours have one: the column's default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const absent = (target: Target, slot: Slot, parameters: Parameters): string => {
  const { dialect } = target.sql
  if (dialect !== "sqlite") return "default"
  // SQLite has no such word in a list of values; NULL lets it make a row id.
  const { default: literal, defaultSql } = slot.column.options
  const expression = typeof defaultSql === "object" ? defaultSql[dialect] : defaultSql
  if (expression !== undefined) return `(${expression})`
  return literal === undefined || literal === null ? "null" : parameters.bind(slot, literal)
}

/**
 * Moves the generator of the key above the greatest key, never back: `nextval` counts the keys that open transactions have taken.
 * Undefined where the engine looks at the table itself (SQLite: the row id after the greatest; AUTOINCREMENT notes given ids).
 *
 * @since 0.1.0
 * @category constructors
 */
export const syncIdentity = (
  target: Target
): { readonly text: Text; readonly parameters: ReadonlyArray<unknown> } | undefined => {
  const { key: [key], name, sql, table } = target
  if (table.keyGenerator !== "database" || key === undefined || sql.dialect !== "postgresql") return undefined
  return {
    text: {
      sql:
        `select setval(s.name, greatest(nextval(s.name), (select coalesce(max(${key.name}), 0) + 1 from ${name})), false) `
        + "from (select pg_get_serial_sequence($1, $2)::regclass as name) as s where s.name is not null",
      operation: `${table.name}.syncIdentity`,
      access: "write",
      lane: "exclusive",
      prepare: false
    },
    parameters: [name, key.column.name]
  }
}
