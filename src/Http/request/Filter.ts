/**
 * Filters as query parameters, `<field>` and `<field>__<operator>`, for the pairs that a resource allows.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import type * as Column from "../../Database/Column.js"
import * as Issue from "../../Database/Issue.js"
import type { Node } from "../../Database/Predicate.js"
import type { TableAny } from "../../Database/TableMetadata.js"
import type { FilterOperator, Limits } from "../Resource.js"
import * as Query from "./Query.js"
import * as Value from "./Value.js"

const equality: ReadonlyArray<FilterOperator> = ["eq", "ne", "in", "nin", "null"]
const ordered: ReadonlyArray<FilterOperator> = [...equality, "lt", "lte", "gt", "gte"]

/**
 * The operators that a kind of column has.
 *
 * @since 0.1.0
 * @category models
 */
export const operatorsOf = (kind: Column.Kind): ReadonlyArray<FilterOperator> => {
  switch (kind) {
    case "text":
      return [...ordered, "icontains", "istartswith"]
    case "json":
    case "bytes":
      return ["null"]
    case "boolean":
      return equality
    default:
      return ordered
  }
}

/**
 * Reads the value of one filter parameter.
 *
 * @since 0.1.0
 * @category models
 */
export type Read = (text: string) => Node | Issue.Fault

/**
 * Compiles the readers of a resource's filters by parameter name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const readers = (
  table: TableAny,
  filterFields: Readonly<Record<string, ReadonlyArray<FilterOperator>>>,
  limits: Limits
): ReadonlyMap<string, Read> => {
  const map = new Map<string, Read>()
  for (const [property, operators] of Object.entries(filterFields)) {
    // SqlResource.make has checked the names.
    const column = table.byProperty.get(property)!
    for (const operator of operators) {
      map.set(operator === "eq" ? property : `${property}__${operator}`, read(column, operator, limits))
    }
  }
  return map
}

/** Refinements say what may be stored, not what may be looked for: a text that no row can have matches none. */
const forSearch = (column: Column.Column): Schema.Schema.AnyNoContext => {
  const strip = (ast: AST.AST): AST.AST => ast._tag === "Refinement" ? strip(ast.from) : ast
  return column.kind === "text" && strip(column.schema.ast)._tag === "StringKeyword" ? Schema.String : column.schema
}

const read = (column: Column.Column, operator: FilterOperator, limits: Limits): Read => {
  const { property } = column
  const { length: _, ...options } = column.options
  const reader = Value.reader(forSearch(column), column.kind, options).text
  const scalar = (text: string): unknown => {
    const value = reader(text)
    return Option.isOption(value) ? Option.getOrNull(value) : value
  }
  const of = (text: string, node: (value: unknown) => Node): Node | Issue.Fault => {
    const value = scalar(text)
    return value instanceof Value.Refused ? fault(value) : node(value)
  }
  switch (operator) {
    case "eq":
    case "ne":
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      return (text) => of(text, (value) => ({ _tag: "Compare", operator, property, value }))
    case "in":
    case "nin":
      return (text) => {
        const texts = text === "" ? [] : Query.list(text)
        if (texts.length > limits.inValues) return Issue.length("too_long", limits.inValues, "item")
        const values = texts.map(scalar)
        const refused = values.find((value) => value instanceof Value.Refused)
        return refused instanceof Value.Refused
          ? fault(refused)
          : { _tag: "In", negated: operator === "nin", property, values }
      }
    case "null":
      return (text) =>
        text === "true" || text === "false"
          ? { _tag: "Null", negated: text === "false", property }
          : Issue.faults.boolean
    case "icontains":
    case "istartswith":
      return (text) =>
        Value.hasForbidden(text) ? Issue.faults.characters : {
          _tag: "Text",
          match: operator === "icontains" ? "contains" : "startsWith",
          properties: [property],
          text
        }
  }
}

const fault = (refused: Value.Refused): Issue.Fault => {
  const [first] = refused.issues
  // Issues of `Issue` carry its codes.
  return first === undefined ? Issue.faults.wrongValue : { code: first.code as Issue.Code, detail: first.detail }
}
