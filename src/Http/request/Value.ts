/**
 * Values of columns as clients write them, in JSON or in a path or query: checked by the column's kind, then by its Schema.
 *
 * A value is first brought into its kind's canonical form (see `Database/Column`). Where the Schema's encoded side is just that form
 * the Schema decodes it; where the encoded side is the storage's business (0 and 1 for booleans, `Date`, hexadecimal), the value of
 * the type side is made directly and validated.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type * as Column from "../../Database/Column.js"
import * as Issue from "../../Database/Issue.js"
import type { InputIssue } from "../../Database/RepositoryError.js"

/**
 * Why a value was refused; paths start at the value.
 *
 * @since 0.1.0
 * @category models
 */
export class Refused {
  constructor(readonly issues: ReadonlyArray<InputIssue>) {}
}

const refuse = (fault: Issue.Fault): Refused => new Refused([Issue.make([], fault)])

// ── canonical forms ──────────────────────────────────────────────────────────────────────────────────────────────────

const int4 = { min: -2_147_483_648, max: 2_147_483_647 }
const int8 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
const wholeText = /^-?(?:0|[1-9]\d*)$/
const numberText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const decimalText = /^-?\d+(?:\.\d+)?$/
const maxDecimal = 1000
const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const dateText = /^(\d{4})-(\d\d)-(\d\d)$/
const timestampText = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/
const forbidden = /[\0\p{Cs}]/u

const isDay = (year: number, month: number, day: number): boolean => {
  const date = new Date(Date.UTC(2000, month - 1, day))
  date.setUTCFullYear(year, month - 1, day)
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day
}

const timestamp = (text: string): string | undefined => {
  const match = timestampText.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number
  ]
  const offsetHour = Number(match[9] ?? 0)
  const offsetMinute = Number(match[10] ?? 0)
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) {
    return undefined
  }
  const offset = (match[8] === "-" ? -1 : 1) * (offsetHour * 60 + offsetMinute)
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, day)
  at.setUTCHours(hour, minute - offset, second)
  const normal = at.toISOString()
  if (!/^\d{4}-/.test(normal) || normal.startsWith("0000")) return undefined
  const fraction = (match[7] ?? "").slice(0, 6).replace(/0+$/, "").padEnd(3, "0")
  return `${normal.slice(0, 19)}.${fraction}Z`
}

const isDate = (text: string): boolean => {
  const match = dateText.exec(text)
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]))
}

const whole = (value: number): number | Refused =>
  !Number.isInteger(value)
    ? refuse(Issue.faults.whole)
    : value < int4.min
    ? refuse(Issue.bound("too_small", int4.min))
    : value > int4.max
    ? refuse(Issue.bound("too_large", int4.max))
    : value + 0

const bigint = (value: unknown): bigint | Refused => {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    return refuse(Number.isInteger(value) ? Issue.formOfKind.bigint : Issue.faults.whole)
  }
  if (typeof value !== "number" && !(typeof value === "string" && value.length <= 40 && wholeText.test(value))) {
    return refuse(typeof value === "string" ? Issue.formOfKind.bigint : wrongType("bigint"))
  }
  const big = BigInt(value)
  return big < int8.min
    ? refuse(Issue.bound("too_small", int8.min))
    : big > int8.max
    ? refuse(Issue.bound("too_large", int8.max))
    : big
}

const wrongType = (kind: Column.Kind): Issue.Fault => ({
  code: "invalid_type",
  detail: Issue.formOfKind[kind].detail
})

const decimal = (text: string, options: Column.ColumnOptions): string | Refused => {
  if (text.length > maxDecimal) return refuse(Issue.length("too_long", maxDecimal, "character"))
  if (!decimalText.test(text)) return refuse(Issue.formOfKind.decimal)
  const { precision, scale = 0 } = options
  const before = /^-?0*(\d*)/.exec(text)?.[1]?.length ?? 0
  return precision !== undefined && before > precision - scale
    ? refuse({ code: "too_large", detail: `must have at most ${precision - scale} digits before the point` })
    : text
}

/** Of a string: what the kind makes of it. */
const ofText = (kind: Column.Kind, text: string, options: Column.ColumnOptions): unknown => {
  switch (kind) {
    case "text":
      return options.length !== undefined && [...text].length > options.length
        ? refuse(Issue.length("too_long", options.length, "character"))
        : text
    case "decimal":
      return decimal(text, options)
    case "timestamp":
      return timestamp(text) ?? refuse(Issue.formOfKind.timestamp)
    case "date":
      return isDate(text) ? text : refuse(Issue.formOfKind.date)
    case "uuid":
      return uuidText.test(text) ? text.toLowerCase() : refuse(Issue.formOfKind.uuid)
    case "bytes":
      return base64Text.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : refuse(Issue.formOfKind.bytes)
    default:
      return refuse(wrongType(kind))
  }
}

/**
 * A JSON value in its kind's canonical form, or why not.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromJson = (kind: Column.Kind, value: unknown, options: Column.ColumnOptions = {}): unknown => {
  switch (kind) {
    case "json":
      return value
    case "integer":
      return typeof value === "number" ? whole(value) : refuse(Issue.faults.whole)
    case "double":
      return typeof value !== "number"
        ? refuse(Issue.faults.number)
        : Number.isFinite(value)
        ? value + 0
        : refuse({ code: value > 0 ? "too_large" : "too_small", detail: "is out of range" })
    case "boolean":
      return typeof value === "boolean" ? value : refuse(Issue.faults.boolean)
    case "bigint":
      return bigint(value)
    default:
      return typeof value === "string" ? ofText(kind, value, options) : refuse(wrongType(kind))
  }
}

/**
 * Text of a path or a query in its kind's canonical form, or why not.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromText = (kind: Column.Kind, text: string, options: Column.ColumnOptions = {}): unknown => {
  if (forbidden.test(text)) return refuse(Issue.faults.characters)
  switch (kind) {
    case "json":
      return refuse(Issue.faults.wrongType)
    case "integer":
      return wholeText.test(text) ? whole(Number(text)) : refuse(Issue.faults.whole)
    case "double":
      return numberText.test(text) ? fromJson("double", Number(text)) : refuse(Issue.faults.number)
    case "boolean":
      return text === "true" ? true : text === "false" ? false : refuse(Issue.faults.boolean)
    default:
      return fromJson(kind, text, options)
  }
}

// ── through the Schema ───────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Reads the values of one column or input field.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reader {
  /** The value of the Schema's type, or why not. */
  readonly json: (value: unknown) => unknown
  readonly text: (text: string) => unknown
}

const constructorOf = (ast: AST.AST): unknown => {
  const annotation = ast.annotations[Symbol.for("effect/annotation/TypeConstructor")]
  return typeof annotation === "object" && annotation !== null && "_tag" in annotation ? annotation._tag : undefined
}

const isNothing = (ast: AST.AST): boolean =>
  ast._tag === "UndefinedKeyword" || (ast._tag === "Literal" && ast.literal === null)

/** Without null, undefined, refinements and the Option around it. */
const base = (ast: AST.AST): AST.AST => {
  if (ast._tag === "Refinement") return base(ast.from)
  if (ast._tag === "Declaration" && constructorOf(ast) === "effect/Option") return base(ast.typeParameters[0]!)
  if (ast._tag === "Union") {
    const members = ast.types.filter((member) => !isNothing(member))
    return members.length === 1 ? base(members[0]!) : ast
  }
  return ast
}

type Primitive = "string" | "number" | "boolean" | "bigint" | "Date" | "DateTime" | "BigDecimal" | "bytes" | undefined

const primitive = (given: AST.AST): Primitive => {
  const ast = base(given)
  switch (ast._tag) {
    case "StringKeyword":
    case "TemplateLiteral":
      return "string"
    case "NumberKeyword":
      return "number"
    case "BooleanKeyword":
      return "boolean"
    case "BigIntKeyword":
      return "bigint"
    case "Literal":
      return ast.literal === null ? undefined : (typeof ast.literal as Primitive)
    case "Enums":
      return ast.enums.every(([, value]) => typeof value === "string") ? "string" : "number"
    case "Union": {
      const members = new Set(ast.types.filter((member) => !isNothing(member)).map(primitive))
      return members.size === 1 ? [...members][0] : undefined
    }
    case "Declaration":
      switch (constructorOf(ast)) {
        case "Date":
          return "Date"
        case "effect/DateTime.Utc":
          return "DateTime"
        case "effect/BigDecimal":
          return "BigDecimal"
        case "Uint8Array":
          return "bytes"
        default:
          return undefined
      }
    default:
      return undefined
  }
}

const same = (value: unknown): unknown => value

/** From the canonical form to a JavaScript type; undefined where there is no way. */
const conversions: Readonly<
  Record<Column.Kind, { readonly [P in Exclude<Primitive, undefined>]?: (value: never) => unknown }>
> = {
  text: { string: same },
  uuid: { string: same },
  integer: { number: same, bigint: (value: number) => BigInt(value), string: (value: number) => String(value) },
  double: { number: same, string: (value: number) => String(value) },
  boolean: { boolean: same, number: (value: boolean) => (value ? 1 : 0) },
  bigint: { bigint: same, string: (value: bigint) => String(value), number: (value: bigint) => Number(value) },
  decimal: {
    string: same,
    BigDecimal: (value: string) => BigDecimal.unsafeFromString(value),
    number: (value: string) => Number(value)
  },
  timestamp: {
    string: same,
    Date: (value: string) => new Date(value),
    DateTime: (value: string) => DateTime.unsafeMake(value),
    number: (value: string) => Date.parse(value)
  },
  date: {
    string: same,
    Date: (value: string) => new Date(`${value}T00:00:00Z`),
    DateTime: (value: string) => DateTime.unsafeMake(`${value}T00:00:00Z`)
  },
  bytes: { bytes: same },
  json: {}
}

const options = { errors: "all", onExcessProperty: "error" } as const

/**
 * Compiles a reader of a Schema's values. Without a kind (inputs that are no columns) the Schema alone decides.
 *
 * @since 0.1.0
 * @category constructors
 */
export const reader = (
  schema: Schema.Schema.AnyNoContext,
  kind: Column.Kind | undefined,
  column: Column.ColumnOptions = {}
): Reader => {
  const finish = kind === undefined ? decoder(schema) : throughSchema(schema, kind)
  const of = (canonical: unknown): unknown => canonical instanceof Refused ? canonical : finish(canonical)
  const json = (value: unknown): unknown => of(kind === undefined ? value : fromJson(kind, value, column))
  return { json, text: (text) => (kind === undefined ? json(text) : of(fromText(kind, text, column))) }
}

const result = (either: Either.Either<unknown, ParseResult.ParseIssue>): unknown =>
  Either.isRight(either) ? either.right : new Refused(Issue.fromParseError(either.left))

const decoder = (schema: Schema.Schema.AnyNoContext): (value: unknown) => unknown => {
  const decode = ParseResult.decodeUnknownEither(schema, options)
  return (value) => result(decode(value))
}

const throughSchema = (schema: Schema.Schema.AnyNoContext, kind: Column.Kind): (canonical: unknown) => unknown => {
  const decode = decoder(schema)
  const encoded = primitive(AST.encodedAST(schema.ast))
  if (kind === "json") {
    // A Schema such as parseJson starts from text; clients send the value itself.
    const fromJsonText = encoded === "string" && primitive(AST.typeAST(schema.ast)) !== "string"
    return fromJsonText ? (value) => decode(JSON.stringify(value)) : decode
  }
  const natural = encoded === "string" && kind === "bytes" || kind === "boolean" && encoded === "number"
  const toEncoded = encoded === undefined || natural ? undefined : conversions[kind][encoded]
  // `never` parameters: the canonical form of the kind is what each conversion takes.
  if (toEncoded !== undefined) return (value) => decode(toEncoded(value as never))
  const typeAst = AST.typeAST(schema.ast)
  const target = primitive(typeAst)
  const toType = target === undefined ? undefined : conversions[kind][target]
  if (toType === undefined) return decode
  const validate = ParseResult.validateEither(Schema.typeSchema(schema), options)
  const isOption = typeAst._tag === "Declaration" && constructorOf(typeAst) === "effect/Option"
  return (value) => {
    const typed = toType(value as never)
    return result(validate(isOption ? Option.some(typed) : typed))
  }
}

/**
 * Whether a text holds what no database stores: NUL, or half of a surrogate pair.
 *
 * @since 0.1.0
 * @category predicates
 */
export const hasForbidden = (text: string): boolean => forbidden.test(text)
