/**
 * One column of a table, and how its kind follows from the model's Schema.
 *
 * Every kind has one canonical form, in which values travel between an engine's `Values`, the row codec and the JSON writer:
 *
 * | kind | canonical form | JSON |
 * |---|---|---|
 * | text | string | string |
 * | integer | number, int4 | number |
 * | double | number | number |
 * | decimal | string, plain digits | string |
 * | boolean | boolean | boolean |
 * | bigint | bigint, int8 | string |
 * | timestamp | string, `2026-06-01T12:00:00.000Z`, at least three and at most six digits of a second | the same |
 * | date | string, `2026-06-01` | the same |
 * | bytes | Uint8Array | base64 |
 * | json | the parsed value | itself |
 * | uuid | string, lower case | the same |
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { Dialect } from "./Dialect.js"

/**
 * What a column holds, independent of the engine.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind =
  | "text"
  | "integer"
  | "double"
  | "decimal"
  | "boolean"
  | "bigint"
  | "timestamp"
  | "date"
  | "bytes"
  | "json"
  | "uuid"

/**
 * The variants of `Model` that a property can take part in.
 *
 * @since 0.1.0
 * @category models
 */
export type Variant = "select" | "insert" | "update" | "json" | "jsonCreate" | "jsonUpdate"

/**
 * What `Table.make` may be told of a column beyond what the Schema says.
 *
 * @since 0.1.0
 * @category models
 */
export interface ColumnOptions {
  /** Name in the database. Default: the property in snake_case. */
  readonly name?: string
  /** Where the Schema is not enough, such as for a type of your own. */
  readonly kind?: Kind
  /** Type in the DDL, verbatim, for all dialects or for some. Default: follows from the kind. */
  readonly type?: string | { readonly [D in Dialect]?: string }
  /** Text: `varchar(length)`. Default: unbounded. */
  readonly length?: number
  /** Decimal: digits in all, and after the point. Default: unbounded. Timestamp: digits of a second (default 3, at most 6). */
  readonly precision?: number
  readonly scale?: number
  /** Value for rows inserted without one: a literal. */
  readonly default?: string | number | boolean | null
  /** The same as SQL, verbatim, for all dialects or for some. */
  readonly defaultSql?: string | { readonly [D in Dialect]?: string }
  /** Never readable, searchable, orderable, logged or echoed. Default: false. */
  readonly sensitive?: boolean
  /** May only be set when the row is created. Default: false. */
  readonly immutable?: boolean
  readonly comment?: string
}

/**
 * A column, complete.
 *
 * @since 0.1.0
 * @category models
 */
export interface Column {
  readonly property: string
  readonly name: string
  readonly kind: Kind
  readonly nullable: boolean
  readonly variants: ReadonlySet<Variant>
  /** Of the `select` variant. */
  readonly schema: Schema.Schema.AnyNoContext
  readonly options: ColumnOptions
}

/**
 * Name of a column in the database: `userId` and `UserID` become `user_id`.
 *
 * @since 0.1.0
 * @category naming
 */
export const snakeCase = (property: string): string =>
  property
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()

/**
 * Kind and nullability, as far as a Schema tells.
 *
 * @since 0.1.0
 * @category inference
 */
export interface Inferred {
  readonly kind: Kind | undefined
  readonly nullable: boolean
}

const kindOfConstructor: Readonly<Record<string, Kind>> = {
  "effect/DateTime.Utc": "timestamp",
  "effect/DateTime.Zoned": "text",
  "effect/BigDecimal": "decimal",
  Date: "timestamp",
  Uint8Array: "bytes"
}

const constructorOf = (ast: AST.AST): string | undefined => {
  const annotation = ast.annotations[Symbol.for("effect/annotation/TypeConstructor")]
  return typeof annotation === "object" && annotation !== null && "_tag" in annotation
    ? String(annotation._tag)
    : undefined
}

const isFormat = (ast: AST.Annotated, format: string): boolean => {
  const schema = Option.getOrUndefined(AST.getJSONSchemaAnnotation(ast))
  return schema !== undefined && "format" in schema && schema.format === format
}

const isInteger = (ast: AST.Annotated): boolean => {
  const schema = Option.getOrUndefined(AST.getJSONSchemaAnnotation(ast))
  return schema !== undefined && "type" in schema && schema.type === "integer"
}

const one = (kind: Kind | undefined): Inferred => ({ kind, nullable: false })

/** A date-only text of `Model.Date` encodes to `YYYY-MM-DD`; no annotation says so, so the encoded form of a day is looked at. */
const isDateOnly = (ast: AST.AST, dateOnly: ReadonlySet<AST.AST>): boolean => dateOnly.has(ast)

/**
 * Looks at a Schema's AST. `dateOnly` are the ASTs known to hold a day without a time.
 *
 * @since 0.1.0
 * @category inference
 */
export const infer = (ast: AST.AST, dateOnly: ReadonlySet<AST.AST>): Inferred => {
  if (isDateOnly(ast, dateOnly)) return one("date")
  switch (ast._tag) {
    case "StringKeyword":
    case "TemplateLiteral":
      return one("text")
    case "NumberKeyword":
      return one("double")
    case "BooleanKeyword":
      return one("boolean")
    case "BigIntKeyword":
      return one("bigint")
    case "Literal":
      return ast.literal === null
        ? { kind: undefined, nullable: true }
        : one(
          typeof ast.literal === "string"
            ? "text"
            : typeof ast.literal === "number"
            ? (Number.isInteger(ast.literal) ? "integer" : "double")
            : typeof ast.literal === "boolean"
            ? "boolean"
            : "bigint"
        )
    case "Enums":
      return one(ast.enums.every(([, value]) => typeof value === "string") ? "text" : "integer")
    case "TypeLiteral":
    case "TupleType":
    case "UnknownKeyword":
    case "AnyKeyword":
    case "ObjectKeyword":
      return one("json")
    case "Suspend":
      return one("json")
    case "Declaration": {
      const name = constructorOf(ast)
      return one(name === undefined ? undefined : kindOfConstructor[name])
    }
    case "Refinement": {
      const inner = infer(ast.from, dateOnly)
      if (inner.kind === "text" && isFormat(ast, "uuid")) return { kind: "uuid", nullable: inner.nullable }
      if (inner.kind === "double" && isInteger(ast)) return { kind: "integer", nullable: inner.nullable }
      return inner
    }
    case "Union": {
      const members = ast.types.filter((type) => type._tag !== "UndefinedKeyword").map((type) => infer(type, dateOnly))
      const kinds = new Set(members.flatMap((member) => (member.kind === undefined ? [] : [member.kind])))
      const nullable = members.some((member) => member.nullable)
      const [kind] = kinds
      if (kinds.size === 1) return { kind, nullable }
      return {
        kind: kinds.size === 0 ? undefined : [...kinds].every((k) => k === "json") ? "json" : undefined,
        nullable
      }
    }
    case "Transformation": {
      if (constructorOf(AST.typeAST(ast.to)) === "effect/Option") return infer(ast.from, dateOnly)
      const target = infer(AST.typeAST(ast.to), dateOnly)
      if (target.kind !== undefined) {
        const source = infer(ast.from, dateOnly)
        // Trim, split and the like: what is stored is the text they start from.
        return target.kind === "json" && source.kind === "text" && ast.from._tag !== "Refinement" && !isParseJson(ast)
          ? source
          : { kind: target.kind, nullable: target.nullable || source.nullable }
      }
      return infer(ast.from, dateOnly)
    }
    default:
      return one(undefined)
  }
}

const isParseJson = (ast: AST.Transformation): boolean => {
  const from = ast.from._tag === "Transformation" ? ast.from.to : ast.from
  return from._tag === "UnknownKeyword" || from._tag === "AnyKeyword" || ast.from._tag === "Transformation"
}
