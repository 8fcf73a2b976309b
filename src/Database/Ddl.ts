/**
 * The SQL that makes a table, for the examples, for tests, and for the first migration. It only creates: what changes a table
 * that exists is the Migrator's.
 *
 * @since 0.1.0
 */
import { order } from "./ddl/order.js"
import * as Postgresql from "./ddl/postgresql.js"
import * as Sqlite from "./ddl/sqlite.js"
import type { TableAny } from "./TableMetadata.js"

export { isPartial, liveCondition } from "./ddl/keys.js"

/**
 * Statements by dialect, in order, each without a semicolon at its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Statements {
  readonly postgresql: ReadonlyArray<string>
  readonly sqlite: ReadonlyArray<string>
}

/**
 * How tables are created.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateOptions {
  /** Leaves alone what has the same name, whatever it is. Default: false. */
  readonly ifNotExists?: boolean | undefined
}

/**
 * How tables are dropped.
 *
 * @since 0.1.0
 * @category models
 */
export interface DropOptions {
  /** Passes over what does not exist. Default: false. */
  readonly ifExists?: boolean | undefined
}

/**
 * The name of a table in a statement: quoted, and with its schema where the dialect has schemas.
 *
 * @since 0.1.0
 * @category naming
 */
export const qualifiedName = (table: TableAny, dialect: keyof Statements): string =>
  dialect === "postgresql" ? Postgresql.qualified(table) : Sqlite.qualified(table)

/**
 * What creates a table with its keys, indexes, foreign keys, checks and comments. The tables and the schema it refers to exist
 * already, but for itself.
 *
 * @since 0.1.0
 * @category statements
 */
export const createStatements = (table: TableAny, options?: CreateOptions): Statements =>
  createAllStatements([table], options)

/**
 * What creates several tables, referenced ones first. Where they refer to each other in a circle, PostgreSQL gets the foreign
 * keys that close it after the tables.
 *
 * @since 0.1.0
 * @category statements
 */
export const createAllStatements = (tables: ReadonlyArray<TableAny>, options: CreateOptions = {}): Statements => {
  const ifNotExists = options.ifNotExists === true
  const sorted = order(tables)
  return {
    postgresql: [
      ...sorted.tables.flatMap((table) => Postgresql.create(table, ifNotExists, sorted.later)),
      ...sorted.tables.flatMap((table) =>
        table.foreignKeys
          .filter((key) => sorted.later.has(key))
          .map((key) => Postgresql.addForeignKey(table, key, ifNotExists))
      )
    ],
    sqlite: sorted.tables.flatMap((table) => Sqlite.create(table, ifNotExists))
  }
}

/**
 * What drops tables, referencing ones first. Where they refer to each other in a circle, SQLite's statements need one
 * transaction around them.
 *
 * @since 0.1.0
 * @category statements
 */
export const dropStatements = (
  tables: TableAny | ReadonlyArray<TableAny>,
  options: DropOptions = {}
): Statements => {
  const ifExists = options.ifExists === true
  const sorted = order("columns" in tables ? [tables] : tables)
  const reversed = [...sorted.tables].reverse()
  return {
    postgresql: [
      ...reversed.flatMap((table) =>
        table.foreignKeys
          .filter((key) => sorted.later.has(key))
          .map((key) => Postgresql.dropForeignKey(table, key, ifExists))
      ),
      ...reversed.map((table) => Postgresql.drop(table, ifExists))
    ],
    sqlite: [
      ...(sorted.later.size === 0 ? [] : ["pragma defer_foreign_keys = on"]),
      ...reversed.map((table) => Sqlite.drop(table, ifExists))
    ]
  }
}
