/**
 * What both dialects write alike: names, literals, keys and references.
 *
 * @since 0.1.0
 */
import type { Column } from "../Column.js"
import type { ForeignKey, TableAny, UniqueKey } from "../TableMetadata.js"

/**
 * An identifier in quotes.
 *
 * @since 0.1.0
 * @category words
 */
export const quote = (identifier: string): string => `"${identifier.replaceAll("\"", "\"\"")}"`

/**
 * A text literal.
 *
 * @since 0.1.0
 * @category words
 */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

/**
 * Column of a property that `Table.make` has checked.
 *
 * @since 0.1.0
 * @category words
 */
export const columnOf = (table: TableAny, property: string): Column => table.byProperty.get(property)!

/**
 * `"a", "b"`.
 *
 * @since 0.1.0
 * @category words
 */
export const columnList = (table: TableAny, properties: ReadonlyArray<string>): string =>
  properties.map((property) => quote(columnOf(table, property).name)).join(", ")

/**
 * What of an index or a constraint a dialect adds.
 *
 * @since 0.1.0
 * @category words
 */
export const indexStatement = (
  table: TableAny,
  on: string,
  index: UniqueKey,
  parts: { readonly unique: boolean; readonly where: string | undefined; readonly ifNotExists: boolean }
): string =>
  `create ${parts.unique ? "unique " : ""}index ${parts.ifNotExists ? "if not exists " : ""}${
    quote(index.name)
  } on ${on} (${columnList(table, index.properties)})${parts.where === undefined ? "" : ` where ${parts.where}`}`

/**
 * `foreign key (...) references ...`.
 *
 * @since 0.1.0
 * @category words
 */
export const foreignKey = (table: TableAny, key: ForeignKey, nameOf: (table: TableAny) => string): string => {
  const target = key.references()
  const deletes = key.onDelete === "no action" ? "" : ` on delete ${key.onDelete}`
  const updates = key.onUpdate === "no action" ? "" : ` on update ${key.onUpdate}`
  return `constraint ${quote(key.name)} foreign key (${columnList(table, key.properties)}) references ${
    nameOf(target)
  } (${columnList(target, key.referenced())})${deletes}${updates}`
}

/**
 * `create table ... (...)`, one line a column or constraint.
 *
 * @since 0.1.0
 * @category words
 */
export const createTable = (name: string, ifNotExists: boolean, lines: ReadonlyArray<string>, suffix: string): string =>
  `create table ${ifNotExists ? "if not exists " : ""}${name} (\n  ${lines.join(",\n  ")}\n)${suffix}`

/**
 * A type or an expression that is given for all dialects or for some.
 *
 * @since 0.1.0
 * @category words
 */
export const given = (
  option: string | { readonly [D in "postgresql" | "sqlite"]?: string } | undefined,
  dialect: "postgresql" | "sqlite"
): string | undefined => (typeof option === "object" ? option[dialect] : option)
