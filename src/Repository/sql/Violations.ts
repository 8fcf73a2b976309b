/**
 * Errors of constraints in the words of the table: properties in place of column names, and which side of a foreign key it was.
 *
 * @since 0.1.0
 */
import * as DatabaseError from "../../Database/DatabaseError.js"
import * as Table from "../../Database/Table.js"
import type { TableAny } from "../../Database/TableMetadata.js"

/**
 * Whether the statement wrote a row or took one away: engines that do not say which side of a foreign key failed leave it to us.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "write" | "remove"

const propertiesOf = (
  table: TableAny,
  constraint: string | undefined,
  columns: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const known = constraint === undefined ? undefined : Table.propertiesOfConstraint(table, constraint)
  if (known !== undefined) return known
  const byName = new Map(table.columns.map((column) => [column.name, column.property]))
  return columns.map((column) => byName.get(column) ?? column)
}

/** SQLite tells the columns only. */
const constraintOf = (table: TableAny, constraint: string | undefined, properties: ReadonlyArray<string>) =>
  constraint ??
    table.unique.find((key) =>
      key.properties.length === properties.length && key.properties.every((property) => properties.includes(property))
    )?.name

/** By the kind of statement and the owner of the constraint. SQLite names neither: there a write is taken for the child's. */
const sideOf = (
  table: TableAny,
  kind: Kind,
  error: { readonly table?: string | undefined; readonly constraint?: string | undefined }
): "child" | "parent" =>
  kind === "remove" || (error.table !== undefined && error.table !== table.name) ? "parent" : "child"

/**
 * @since 0.1.0
 * @category conversions
 */
export const translate =
  (table: TableAny, kind: Kind) => <E>(error: E | DatabaseError.DatabaseError): E | DatabaseError.DatabaseError => {
    if (!DatabaseError.isDatabaseError(error)) return error
    switch (error._tag) {
      case "UniqueViolation": {
        const columns = propertiesOf(table, error.constraint, error.columns)
        const constraint = constraintOf(table, error.constraint, columns)
        return new DatabaseError.UniqueViolation({ table: table.name, constraint, columns, cause: error.cause })
      }
      case "ForeignKeyViolation": {
        const side = error.side === "unknown" ? sideOf(table, kind, error) : error.side
        if (side === "parent") {
          // The key belongs to the table that still refers to the row; its columns are not ours.
          const { columns, constraint, table: other } = error
          return new DatabaseError.ForeignKeyViolation({ table: other, constraint, columns, side, cause: error.cause })
        }
        const columns = propertiesOf(table, error.constraint, error.columns)
        return new DatabaseError.ForeignKeyViolation({
          table: table.name,
          constraint: error.constraint,
          columns,
          side,
          cause: error.cause
        })
      }
      case "NotNullViolation":
      case "CheckViolation":
      case "ExclusionViolation": {
        const given = {
          table: table.name,
          constraint: error.constraint,
          columns: propertiesOf(table, error.constraint, error.columns),
          cause: error.cause
        }
        return error._tag === "NotNullViolation"
          ? new DatabaseError.NotNullViolation(given)
          : error._tag === "CheckViolation"
          ? new DatabaseError.CheckViolation(given)
          : new DatabaseError.ExclusionViolation(given)
      }
      case "DataError": {
        const [column] = error.column === undefined ? [] : propertiesOf(table, undefined, [error.column])
        return new DatabaseError.DataError({ reason: error.reason, table: table.name, column, cause: error.cause })
      }
      default:
        return error
    }
  }
