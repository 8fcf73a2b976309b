/**
 * Issues of an input from the errors of a Schema: fixed codes and texts in place of Effect's own messages, which repeat the input.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import * as Column from "./Column.js"
import type { InputIssue } from "./RepositoryError.js"

/**
 * What can be wrong with a value.
 *
 * @since 0.1.0
 * @category models
 */
export type Code =
  | "required"
  | "unknown_field"
  | "read_only"
  | "invalid_type"
  | "invalid_format"
  | "invalid_value"
  | "too_short"
  | "too_long"
  | "too_small"
  | "too_large"
  | "not_null"

/**
 * A code and its text.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fault {
  readonly code: Code
  readonly detail: string
}

/**
 * The texts that need no number.
 *
 * @since 0.1.0
 * @category texts
 */
export const faults = {
  required: { code: "required", detail: "is required" },
  unknownField: { code: "unknown_field", detail: "is not a known field" },
  readOnly: { code: "read_only", detail: "cannot be written" },
  notNull: { code: "not_null", detail: "must not be null" },
  wrongType: { code: "invalid_type", detail: "has the wrong type" },
  wrongForm: { code: "invalid_format", detail: "has the wrong form" },
  wrongValue: { code: "invalid_value", detail: "is not an allowed value" },
  text: { code: "invalid_type", detail: "must be a string" },
  number: { code: "invalid_type", detail: "must be a number" },
  whole: { code: "invalid_type", detail: "must be a whole number" },
  boolean: { code: "invalid_type", detail: "must be true or false" },
  object: { code: "invalid_type", detail: "must be an object" },
  array: { code: "invalid_type", detail: "must be an array" },
  characters: { code: "invalid_value", detail: "must not hold NUL or unpaired surrogates" }
} as const satisfies Record<string, Fault>

/**
 * A fault at a place.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (path: ReadonlyArray<string | number>, fault: Fault): InputIssue => ({
  path,
  code: fault.code,
  detail: fault.detail
})

const formats: Readonly<Record<string, string>> = {
  email: "must be an email address",
  uuid: "must be a UUID",
  uri: "must be a URI",
  url: "must be a URL",
  hostname: "must be a host name",
  ipv4: "must be an IPv4 address",
  ipv6: "must be an IPv6 address",
  date: "must be a date such as 2026-06-01",
  "date-time": "must be a date and time such as 2026-06-01T12:00:00.000Z"
}

/**
 * The form that a kind of column has in JSON, as an issue when a value has another one.
 *
 * @since 0.1.0
 * @category texts
 */
export const formOfKind: Readonly<Record<Column.Kind, Fault>> = {
  text: faults.text,
  integer: faults.whole,
  double: faults.number,
  decimal: { code: "invalid_format", detail: "must be a decimal number as a string" },
  boolean: faults.boolean,
  bigint: { code: "invalid_format", detail: "must be a whole number as a string" },
  timestamp: { code: "invalid_format", detail: formats["date-time"]! },
  date: { code: "invalid_format", detail: formats["date"]! },
  bytes: { code: "invalid_format", detail: "must be base64" },
  json: faults.wrongType,
  uuid: { code: "invalid_format", detail: formats["uuid"]! }
}

/**
 * The issues of a Schema's error, at most `max` (default 20), outermost fields first.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromParseError = (
  error: ParseResult.ParseError | ParseResult.ParseIssue,
  max = 20
): ReadonlyArray<InputIssue> => {
  const found: Array<InputIssue> = []
  walk(error._tag === "ParseError" ? error.issue : error, [], (path, fault) => {
    found.push(make(path, fault))
    return found.length < max
  })
  return found
}

type Path = ReadonlyArray<string | number>
/** Answers whether there is room for more. */
type Report = (path: Path, fault: Fault) => boolean

const walk = (issue: ParseResult.ParseIssue, path: Path, report: Report): boolean => {
  switch (issue._tag) {
    case "Pointer": {
      const more = Array.isArray(issue.path) ? issue.path : [issue.path]
      return walk(issue.issue, [...path, ...more.map((part) => typeof part === "number" ? part : String(part))], report)
    }
    case "Composite": {
      const issues: ReadonlyArray<ParseResult.ParseIssue> = "length" in issue.issues ? issue.issues : [issue.issues]
      if (issue.ast._tag === "Union") return walkUnion(issue.ast, issue.actual, issues, path, report)
      return issues.every((inner) => walk(inner, path, report))
    }
    case "Refinement":
      if (issue.kind === "From") {
        const inner = issue.issue
        return inner._tag === "Type" && inner.ast._tag === "NumberKeyword" && isPresent(inner.actual) &&
            jsonSchema(issue.ast)["type"] === "integer"
          ? report(path, faults.whole)
          : walk(inner, path, report)
      }
      return issue.issue._tag === "Pointer" || issue.issue._tag === "Composite"
        ? walk(issue.issue, path, report)
        : report(path, ofRefinement(issue.ast, issue.actual))
    case "Transformation":
      if (issue.kind !== "Transformation") return walk(issue.issue, path, report)
      return issue.issue._tag === "Pointer" || issue.issue._tag === "Composite"
        ? walk(issue.issue, path, report)
        : report(path, ofTarget(issue.ast))
    case "Missing":
      return report(path, faults.required)
    case "Unexpected":
      return report(path, faults.unknownField)
    case "Type":
      return report(path, ofType(issue.ast, issue.actual))
    case "Forbidden":
      return report(path, faults.wrongValue)
  }
}

const isPresent = (value: unknown): boolean => value !== null && value !== undefined

/** Of a union, only the member that the value was meant for says something useful. */
const walkUnion = (
  union: AST.Union,
  actual: unknown,
  issues: ReadonlyArray<ParseResult.ParseIssue>,
  path: Path,
  report: Report
): boolean => {
  if (actual === null || actual === undefined) return report(path, ofType(union, actual))
  const meant = issues.filter((issue) => !(issue._tag === "Type" && isNothing(issue.ast)))
  if (meant.length === 1) return walk(meant[0]!, path, report)
  const beyondType = meant.filter((issue) => issue._tag !== "Type")
  return beyondType.length === 1 ? walk(beyondType[0]!, path, report) : report(path, ofType(union, actual))
}

const isNothing = (ast: AST.AST): boolean =>
  ast._tag === "UndefinedKeyword" || ast._tag === "VoidKeyword" || ast._tag === "NeverKeyword" ||
  (ast._tag === "Literal" && ast.literal === null)

const ofType = (ast: AST.AST, actual: unknown): Fault => {
  if (actual === undefined) return faults.required
  if (actual === null) return faults.notNull
  switch (ast._tag) {
    case "StringKeyword":
    case "TemplateLiteral":
      return typeof actual === "string" ? faults.wrongForm : faults.text
    case "NumberKeyword":
      return faults.number
    case "BooleanKeyword":
      return faults.boolean
    case "TypeLiteral":
    case "ObjectKeyword":
      return faults.object
    case "TupleType":
      return faults.array
    case "Literal":
    case "Enums":
    case "Union": {
      const values = literals(ast)
      return values === undefined ? faults.wrongType : ofLiterals(values, actual)
    }
    case "Refinement":
    case "Transformation":
      return ofType(ast.from, actual)
    case "Suspend":
      return ofType(ast.f(), actual)
    default: {
      const { kind } = Column.infer(ast, new Set())
      return kind === undefined || kind === "json" ? faults.wrongType : formOfKind[kind]
    }
  }
}

const literals = (ast: AST.AST): ReadonlyArray<AST.LiteralValue> | undefined => {
  if (ast._tag === "Literal") return ast.literal === null ? [] : [ast.literal]
  if (ast._tag === "Enums") return ast.enums.map(([, value]) => value)
  if (isNothing(ast)) return []
  if (ast._tag !== "Union") return undefined
  const members = ast.types.map(literals)
  return members.some((member) => member === undefined) ? undefined : members.flatMap((member) => member ?? [])
}

const ofLiterals = (values: ReadonlyArray<AST.LiteralValue>, actual: unknown): Fault => {
  if (!values.some((value) => typeof value === typeof actual)) {
    return values.every((value) => typeof value === "string")
      ? faults.text
      : values.every((value) => typeof value === "number")
      ? faults.number
      : faults.wrongType
  }
  return oneOf(values.map(String))
}

/**
 * A value that is none of these; long lists are left out of the text.
 *
 * @since 0.1.0
 * @category texts
 */
export const oneOf = (values: ReadonlyArray<string>): Fault => {
  const list = values.join(", ")
  return { code: "invalid_value", detail: list.length > 300 ? faults.wrongValue.detail : `must be one of: ${list}` }
}

const ofTarget = (ast: AST.Transformation): Fault => {
  const { kind } = Column.infer(AST.typeAST(ast.to), new Set())
  return kind === undefined || kind === "text" || kind === "json" ? faults.wrongForm : {
    code: "invalid_format",
    detail: formOfKind[kind].detail
  }
}

// ── refinements ──────────────────────────────────────────────────────────────────────────────────────────────────────

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

/**
 * Shorter or longer than allowed.
 *
 * @since 0.1.0
 * @category texts
 */
export const length = (code: "too_short" | "too_long", bound: number, what: "character" | "item"): Fault => {
  const word = code === "too_short" ? "least" : "most"
  return {
    code,
    detail: what === "character"
      ? `must be at ${word} ${many(bound, what)} long`
      : `must have at ${word} ${many(bound, what)}`
  }
}

/**
 * Smaller or larger than allowed.
 *
 * @since 0.1.0
 * @category texts
 */
export const bound = (code: "too_small" | "too_large", limit: unknown, exclusive = false): Fault => ({
  code,
  detail: code === "too_small"
    ? `must be ${exclusive ? "greater than" : "at least"} ${String(limit)}`
    : `must be ${exclusive ? "less than" : "at most"} ${String(limit)}`
})

const jsonSchema = (ast: AST.Annotated): Readonly<Record<string, unknown>> => ({
  ...Option.getOrUndefined(AST.getJSONSchemaAnnotation(ast))
})

const ofRefinement = (ast: AST.Refinement, actual: unknown): Fault => {
  const schema = jsonSchema(ast)
  const format = schema["format"]
  if (typeof format === "string" && formats[format] !== undefined) {
    return { code: "invalid_format", detail: formats[format] }
  }
  const { maxItems, maxLength, maximum, minItems, minLength, minimum, exclusiveMaximum, exclusiveMinimum } = schema
  const size = typeof actual === "string" || Array.isArray(actual) ? actual.length : undefined
  if (size !== undefined) {
    const what = typeof actual === "string" ? "character" : "item"
    const [least, most] = what === "character" ? [minLength, maxLength] : [minItems, maxItems]
    if (typeof least === "number" && size < least) return length("too_short", least, what)
    if (typeof most === "number" && size > most) return length("too_long", most, what)
  }
  if (typeof actual === "number") {
    if (typeof minimum === "number" && actual < minimum) return bound("too_small", minimum)
    if (typeof maximum === "number" && actual > maximum) return bound("too_large", maximum)
    if (typeof exclusiveMinimum === "number" && actual <= exclusiveMinimum) {
      return bound("too_small", exclusiveMinimum, true)
    }
    if (typeof exclusiveMaximum === "number" && actual >= exclusiveMaximum) {
      return bound("too_large", exclusiveMaximum, true)
    }
    if (typeof schema["multipleOf"] === "number") {
      return { code: "invalid_value", detail: `must be a multiple of ${schema["multipleOf"]}` }
    }
    if (schema["type"] === "integer") return faults.whole
  }
  if (typeof schema["pattern"] === "string") return faults.wrongForm
  return ofSchemaId(ast)
}

/** Bounds of values that JSON Schema has no numbers for: bigint, decimal, dates. */
const ofSchemaId = (ast: AST.Refinement): Fault => {
  const id = Option.getOrUndefined(AST.getSchemaIdAnnotation(ast))
  const name = String(typeof id === "symbol" ? id.description : id ?? "").split("/").at(-1) ?? ""
  if (name.startsWith("LessThan") || name.startsWith("Negative") || name.startsWith("NonPositive")) {
    return { code: "too_large", detail: "is too large" }
  }
  if (name.startsWith("GreaterThan") || name.startsWith("Positive") || name.startsWith("NonNegative")) {
    return { code: "too_small", detail: "is too small" }
  }
  return name === "ValidDate" ? formOfKind.timestamp : faults.wrongValue
}
