/**
 * A table in SQLite's words.
 *
 * - Tables are STRICT, and checks stand for what SQLite's types do not say; their names (`svc:out_of_range:age`) tell the
 *   driver to report a `DataError`, as PostgreSQL's types do. A column with a type of your own makes its table an ordinary one.
 * - Keys made by the database are AUTOINCREMENT: the key of a deleted row is never given to another one.
 * - There are no schemas (those of SQLite are files): the name stands alone.
 *
 * @since 0.1.0
 */
import type { Column } from "../Column.js"
import * as Naming from "../Naming.js"
import type { TableAny } from "../TableMetadata.js"
import { isPartial, liveCondition } from "./keys.js"
import { columnList, createTable, foreignKey, given, indexStatement, quote, text } from "./words.js"

/**
 * `"table"`.
 *
 * @since 0.1.0
 * @category statements
 */
export const qualified = (table: TableAny): string => quote(table.name)

const strictTypes = new Set(["integer", "int", "real", "text", "blob", "any"])

const typeOf = ({ kind, options }: Column): string => {
  const type = given(options.type, "sqlite")
  if (type !== undefined) return type
  switch (kind) {
    case "integer":
    case "bigint":
    case "boolean":
      return "integer"
    case "double":
      return "real"
    case "bytes":
      return "blob"
    case "text":
    case "decimal":
    case "timestamp":
    case "date":
    case "json":
    case "uuid":
      return "text"
  }
}

type Reason = "too_long" | "out_of_range" | "invalid_form"

/** What the type in PostgreSQL would refuse, as conditions over the column. */
const typeChecks = ({ kind, name, options }: Column): ReadonlyArray<readonly [Reason, string]> => {
  if (given(options.type, "sqlite") !== undefined) return []
  const c = quote(name)
  switch (kind) {
    case "text":
      return options.length === undefined ? [] : [["too_long", `length(${c}) <= ${options.length}`]]
    case "integer":
      return [["out_of_range", `${c} between -2147483648 and 2147483647`]]
    case "boolean":
      return [["invalid_form", `${c} in (0, 1)`]]
    case "decimal": {
      const form = `${c} glob '*[0-9]' and ltrim(${c}, '-') glob '[0-9]*' and ${c} not glob '*[^0-9.-]*' ` +
        `and ${c} not glob '?*-*' and ${c} not glob '*.*.*'`
      if (options.precision === undefined) return [["invalid_form", form]]
      const scale = options.scale ?? 0
      const whole = `length(ltrim(substr(${c}, 1, instr(${c} || '.', '.') - 1), '-0')) <= ${options.precision - scale}`
      const fraction = `length(${c}) - instr(${c} || '.', '.') <= ${scale}`
      return [["invalid_form", form], ["out_of_range", `${whole} and ${fraction}`]]
    }
    case "timestamp":
      return [[
        "invalid_form",
        `${c} glob '????-??-??T??:??:??.[0-9][0-9][0-9]*Z' and length(${c}) <= 27 ` +
        `and substr(${c}, 21, length(${c}) - 21) not glob '*[^0-9]*' and substr(${c}, 12, 2) < '24' ` +
        `and strftime('%Y-%m-%dT%H:%M:%S', substr(${c}, 1, 19)) is substr(${c}, 1, 19)`
      ]]
    case "date":
      return [["invalid_form", `${c} glob '????-??-??' and date(${c}) is ${c}`]]
    case "json":
      return [["invalid_form", `json_valid(${c})`]]
    case "uuid":
      return [["invalid_form", `length(${c}) = 36 and ${c} not glob '*[^0-9a-f-]*'`]]
    case "double":
    case "bigint":
    case "bytes":
      return []
  }
}

const literal = (value: string | number | boolean | null, { kind }: Column): string => {
  if (value === null) return "null"
  if (kind === "bytes") return `x'${Buffer.from(String(value), "utf8").toString("hex")}'`
  if (typeof value === "boolean") return kind === "json" || kind === "text" ? text(String(value)) : value ? "1" : "0"
  const isNumeric = kind === "integer" || kind === "bigint" || kind === "double" || kind === "boolean"
  if (typeof value === "string") {
    return isNumeric && /^-?\d+(?:\.\d+)?$/.test(value) ? value : text(kind === "uuid" ? value.toLowerCase() : value)
  }
  if (!isNumeric) return text(String(value))
  return value === Infinity ? "9e999" : value === -Infinity ? "-9e999" : String(value)
}

const now = "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"

const defaultOf = (table: TableAny, column: Column): string | undefined => {
  const sql = given(column.options.defaultSql, "sqlite")
  if (sql !== undefined) return `(${sql})`
  if (column.options.default !== undefined) return literal(column.options.default, column)
  // The library writes these itself; the defaults are for rows that are inserted by hand.
  if (column.property === table.version) return "1"
  if (column.property === table.createdAt || column.property === table.updatedAt) return now
  if (column.property === table.softDelete && column.kind === "boolean") return "0"
  return undefined
}

const columnLine = (table: TableAny, column: Column): string => {
  const isKey = table.keyGenerator === "database" && column.property === table.primaryKey[0]
  const value = isKey ? undefined : defaultOf(table, column)
  const key = isKey ? ` constraint ${quote(Naming.constraint(table.name, [], "pkey"))} primary key autoincrement` : ""
  const checks = typeChecks(column).map(([reason, condition]) =>
    ` constraint ${quote(`svc:${reason}:${column.name}`)} check (${condition})`
  )
  return `${quote(column.name)} ${typeOf(column)}${column.nullable ? "" : " not null"}${
    value === undefined ? "" : ` default ${value}`
  }${key}${checks.join("")}`
}

/**
 * The table and its indexes. A foreign key may refer to a table that is made later.
 *
 * @since 0.1.0
 * @category statements
 */
export const create = (table: TableAny, ifNotExists: boolean): ReadonlyArray<string> => {
  const name = qualified(table)
  const lines = [
    ...table.columns.map((column) => columnLine(table, column)),
    ...(table.keyGenerator === "database" ? [] : [
      `constraint ${quote(Naming.constraint(table.name, [], "pkey"))} primary key (${
        columnList(table, table.primaryKey)
      })`
    ]),
    ...table.unique.filter((key) => !isPartial(table, key)).map((key) =>
      `constraint ${quote(key.name)} unique (${columnList(table, key.properties)})`
    ),
    ...table.checks.map((check) => `constraint ${quote(check.name)} check (${check.sql})`),
    ...table.foreignKeys.map((key) => foreignKey(table, key, qualified))
  ]
  const strict = table.columns.every((column) => strictTypes.has(typeOf(column).toLowerCase())) ? " strict" : ""
  return [
    createTable(name, ifNotExists, lines, strict),
    ...table.unique.filter((key) => isPartial(table, key)).map((key) =>
      indexStatement(table, name, key, { unique: true, where: liveCondition(table, "sqlite"), ifNotExists })
    ),
    ...table.indexes.map((index) =>
      indexStatement(table, name, index, { unique: false, where: undefined, ifNotExists })
    )
  ]
}

/**
 * Undoes `create`.
 *
 * @since 0.1.0
 * @category statements
 */
export const drop = (table: TableAny, ifExists: boolean): string =>
  `drop table ${ifExists ? "if exists " : ""}${qualified(table)}`
