/**
 * Rows between the database and programs, compiled once per table: raw rows to instances of the model, raw rows to JSON text.
 * Never a Schema per row: only fields that kind and type cannot explain are decoded by their own. Inputs are `Input`'s matter.
 *
 * @since 0.1.0
 */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Field from "./codec/Field.js"
import * as Generate from "./codec/Generate.js"
import * as Instance from "./codec/Instance.js"
import { Mismatch } from "./codec/Mismatch.js"
import * as Text from "./codec/Text.js"
import type { Column, Kind } from "./Column.js"
import { DataError } from "./DatabaseError.js"
import { DriverFailure } from "./DriverFailure.js"
import { faults } from "./Issue.js"
import type { TableAny } from "./TableMetadata.js"

/**
 * How raw values become canonical ones, per kind; a missing member means they are.
 *
 * @since 0.1.0
 * @category models
 */
export type Read = { readonly [K in Kind]?: (raw: unknown) => unknown }

/**
 * `level`: `trusted` (default) checks type tags only, for the database keeps what was validated on the way in; `verify` runs the
 * column's Schema on every value. `generate: false` uses closures even where code generation is allowed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly level?: "trusted" | "verify" | undefined
  readonly generate?: boolean | undefined
}

/**
 * A raw row, in the order of the columns the codec was made for.
 *
 * @since 0.1.0
 * @category models
 */
export type RawRow = ReadonlyArray<unknown>

interface Step {
  readonly column: Column
  readonly field: Field.Field
  readonly read: ((raw: unknown) => unknown) | undefined
  /** From the raw value, NULL included. */
  readonly decode: (raw: unknown) => unknown
}

const verified = (field: Field.Field, column: Column): Field.Field["decode"] => {
  const is = ParseResult.is(Schema.make<unknown>(AST.typeAST(column.schema.ast)))
  return (canonical) => {
    const value = field.decode(canonical)
    if (!is(value)) throw new Mismatch(faults.wrongValue)
    return value
  }
}

const steps = (columns: ReadonlyArray<Column>, read: Read, options: Options): ReadonlyArray<Step> =>
  columns.map((column) => {
    const field = Field.ofColumn(column)
    const reader = read[column.kind]
    const toValue = options.level === "verify" ? verified(field, column) : field.decode
    const decode = (raw: unknown) => {
      if (raw !== null) return toValue(reader === undefined ? raw : reader(raw))
      if (field.nullability === "never") throw new Mismatch(faults.notNull)
      return toValue(null)
    }
    return { column, field, read: reader, decode }
  })

/** Says which column it was. The fast path does not know, so the row is gone through again. */
const undecodable = (table: TableAny, list: ReadonlyArray<Step>, row: RawRow, cause: unknown): DataError => {
  const culprit = list.find((step, index) => {
    try {
      step.decode(row[index])
      return false
    } catch {
      return true
    }
  })
  return new DataError({
    reason: "undecodable",
    table: table.name,
    column: culprit?.column.property,
    cause: new DriverFailure("the codec", undefined, cause)
  })
}

/**
 * Decodes raw rows of these columns (all of the table's, in its order) to instances of the model. Throws `DataError`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const row = (
  table: TableAny,
  columns: ReadonlyArray<Column>,
  read: Read,
  options: Options = {}
): (row: RawRow) => unknown => {
  const list = steps(columns, read, options)
  const properties = columns.map((column) => column.property)
  const generated = options.generate !== false && options.level !== "verify" && Generate.isAllowed()
    ? generateRow(table, list, properties)
    : undefined
  const decode = generated ?? closureRow(table, list, properties)
  return (raw) => {
    try {
      return decode(raw)
    } catch (error) {
      throw undecodable(table, list, raw, error)
    }
  }
}

const closureRow = (table: TableAny, list: ReadonlyArray<Step>, properties: ReadonlyArray<string>) => {
  const make = Instance.maker(table.model, properties)
  return (raw: RawRow): unknown => make(list.map((step, index) => step.decode(raw[index])))
}

const generateRow = (
  table: TableAny,
  list: ReadonlyArray<Step>,
  properties: ReadonlyArray<string>
): ((row: RawRow) => unknown) | undefined => {
  const Row = Instance.constructorOf(table.model, properties)
  if (Row === undefined) return undefined
  const parameters: Record<string, unknown> = {
    Row,
    bad: () => {
      throw new Mismatch(faults.wrongType)
    }
  }
  const values = list.map(({ decode, field, read }, index) => {
    const raw = `row[${index}]`
    const { identity } = field.conversion
    if (field.nullability !== "never" || identity === undefined) {
      parameters[`d${index}`] = decode
      return `d${index}(${raw})`
    }
    let value = raw
    if (read !== undefined) {
      parameters[`r${index}`] = read
      // A reader is never called with NULL.
      value = `(${raw} === null ? bad() : r${index}(${raw}))`
    }
    if (identity === "unknown") return value
    return `(typeof (t = ${value}) === "${identity}" ? t : bad())`
  })
  return Generate.make(parameters, `return function decode(row) {\nvar t\nreturn new Row(${values.join(",\n")})\n}`)
}

/**
 * A value of a column in JSON text, from its canonical form, NULL included.
 *
 * @since 0.1.0
 * @category constructors
 */
export const jsonText = (table: TableAny, column: Column): (canonical: unknown) => string => {
  const field = Field.ofColumn(column)
  const variant = table.model.json.fields[column.property]
  const ast = variant === undefined ? column.schema.ast : astOf(variant)
  const schema = Field.jsonSchema(column, ast)
  if (schema === undefined) {
    const text = Text.json[column.kind]
    return (canonical) => canonical === null ? "null" : text(canonical)
  }
  const encode = ParseResult.encodeUnknownEither(Schema.make<unknown, unknown>(schema))
  return (canonical) => {
    const result = encode(field.decode(canonical))
    if (result._tag === "Left") throw new Mismatch(faults.wrongValue)
    return JSON.stringify(result.right, bigints) ?? "null"
  }
}

const bigints = (_key: string, value: unknown): unknown => typeof value === "bigint" ? value.toString() : value

/** The AST of a field, an optional key or not. */
const astOf = (field: Schema.Struct.Fields[string]): AST.AST => {
  const { ast } = field
  if (ast._tag === "PropertySignatureDeclaration") return ast.type
  return ast._tag === "PropertySignatureTransformation" ? ast.from.type : ast
}

/**
 * Writes raw rows as JSON objects. `columns` are those of the row in order; printed are those with a `json` variant, sensitive ones
 * apart, that `only` names (default: all), in the same order. Throws `DataError`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const json = (
  table: TableAny,
  columns: ReadonlyArray<Column>,
  read: Read,
  only?: ReadonlySet<string>,
  options: Options = {}
): (row: RawRow) => string => {
  const list = steps(columns, read, options)
  const shown = list.flatMap(({ column, field, read: reader }, index) =>
    column.variants.has("json") && column.options.sensitive !== true && only?.has(column.property) !== false
      ? [{ index, reader, column, text: jsonText(table, column), nullable: field.nullability !== "never" }]
      : []
  )
  const write = options.generate !== false && Generate.isAllowed() ? generateJson(shown) : closureJson(shown)
  return (raw) => {
    try {
      return write(raw)
    } catch (error) {
      throw undecodable(table, list, raw, error)
    }
  }
}

interface Shown {
  readonly index: number
  readonly column: Column
  readonly reader: ((raw: unknown) => unknown) | undefined
  readonly text: (canonical: unknown) => string
  readonly nullable: boolean
}

const missing = (): never => {
  throw new Mismatch(faults.notNull)
}

const closureJson = (shown: ReadonlyArray<Shown>) => (raw: RawRow): string => {
  let text = "{"
  for (const { column, index, nullable, reader, text: print } of shown) {
    const value = raw[index]
    if (value === null && !nullable) missing()
    if (text.length > 1) text += ","
    text += `${JSON.stringify(column.property)}:${
      print(value === null || reader === undefined ? value : reader(value))
    }`
  }
  return `${text}}`
}

const generateJson = (shown: ReadonlyArray<Shown>): (row: RawRow) => string => {
  const parameters: Record<string, unknown> = { missing }
  const parts = shown.map(({ column, index, nullable, reader, text }, position) => {
    const raw = `row[${index}]`
    parameters[`w${index}`] = text
    if (reader !== undefined) parameters[`r${index}`] = reader
    const value = `w${index}(${reader === undefined ? raw : `r${index}(${raw})`})`
    const key = JSON.stringify(`${position === 0 ? "{" : ","}${JSON.stringify(column.property)}:`)
    return `${key} + (${raw} === null ? ${nullable ? `w${index}(null)` : "missing()"} : ${value})`
  })
  if (parts.length === 0) return () => "{}"
  return Generate.make(parameters, `return function write(row) {\nreturn ${parts.join(" +\n")} + "}"\n}`)
}
