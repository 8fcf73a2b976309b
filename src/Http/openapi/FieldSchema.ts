/**
 * The JSON Schema of one column, by the kind it is stored as and by what its Schema demands of it. Effect's own generator describes
 * the encoded side (`string` for `NumberFromString`), which is not what is sent: it is asked for JSON columns only.
 *
 * @since 0.1.0
 */
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import * as AST from "effect/SchemaAST"
import type { ColumnOptions, Kind } from "../../Database/Column.js"
import type { JsonSchema } from "./Document.js"

/**
 * What is described: a column, or an input that no column stands behind.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field {
  readonly kind: Kind
  readonly nullable: boolean
  readonly options: Pick<ColumnOptions, "comment" | "length">
}

const plain: { readonly [K in Exclude<Kind, "json">]: JsonSchema } = {
  text: { type: "string" },
  integer: { type: "integer", format: "int32" },
  double: { type: "number", format: "double" },
  decimal: { type: "string", format: "decimal", pattern: "^-?\\d+(\\.\\d+)?$" },
  boolean: { type: "boolean" },
  bigint: { type: "string", format: "int64", pattern: "^-?(0|[1-9]\\d{0,18})$" },
  timestamp: { type: "string", format: "date-time" },
  date: { type: "string", format: "date" },
  bytes: { type: "string", contentEncoding: "base64" },
  uuid: { type: "string", format: "uuid" }
}

const textKeywords = ["minLength", "maxLength", "pattern", "format"]
const numberKeywords = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]

/** The keywords of a refinement that say something of the value on the wire. */
const keywordsOf: { readonly [K in Kind]: ReadonlyArray<string> } = {
  text: textKeywords,
  integer: numberKeywords,
  double: numberKeywords,
  decimal: [],
  boolean: [],
  bigint: [],
  timestamp: [],
  date: [],
  bytes: [],
  uuid: [],
  json: []
}

/**
 * Inside the schema of a value: through Option, the optional and the nullable, down to what is left.
 */
const present = (ast: AST.AST): AST.AST => {
  if (ast._tag === "Union") {
    const types = ast.types.filter((type) =>
      type._tag !== "UndefinedKeyword" && !(type._tag === "Literal" && type.literal === null)
    )
    return types.length === 1 ? present(types[0]!) : AST.Union.make(types)
  }
  if (ast._tag === "Transformation" && isOption(ast)) return present(ast.from)
  return ast
}

const isOption = (ast: AST.Transformation): boolean => {
  const constructor = AST.typeAST(ast.to).annotations[Symbol.for("effect/annotation/TypeConstructor")]
  return typeof constructor === "object" && constructor !== null && "_tag" in constructor &&
    constructor._tag === "effect/Option"
}

/** What the refinements demand of the encoded side, the outermost winning. */
const demands = (ast: AST.AST): JsonSchema => {
  const own = Option.getOrElse(AST.getJSONSchemaAnnotation(ast), () => ({}))
  if (ast._tag === "Refinement" || ast._tag === "Transformation") return { ...demands(ast.from), ...own }
  return { ...own }
}

const literals = (ast: AST.AST): ReadonlyArray<string | number | boolean> | undefined => {
  switch (ast._tag) {
    case "Literal":
      return ast.literal === null || typeof ast.literal === "bigint" ? undefined : [ast.literal]
    case "Enums":
      return ast.enums.map(([, value]) => value)
    case "Union": {
      const all = ast.types.map((type) => literals(present(type)))
      return all.every((values) => values !== undefined) ? all.flat() : undefined
    }
    case "Refinement":
      return literals(ast.from)
    default:
      return undefined
  }
}

/** What the refinements of `effect/Schema` say of themselves repeats the keywords in words. */
const byDefault =
  /^an? (string|number|integer|bigint|boolean|array|date|non|positive|negative|finite|valid|Universally|BigDecimal|value) ?/i

const descriptionOf = (field: Field, ast: AST.AST): string | undefined => {
  if (field.options.comment !== undefined) return field.options.comment
  for (
    let current: AST.AST | undefined = ast;
    current !== undefined;
    current = current._tag === "Refinement" || current._tag === "Transformation" ? current.from : undefined
  ) {
    const description = Option.getOrUndefined(AST.getDescriptionAnnotation(current))
    if (description !== undefined && !byDefault.test(description)) return description
  }
  return undefined
}

const examplesOf = (ast: AST.AST): ReadonlyArray<unknown> => {
  const own = Option.getOrUndefined(AST.getExamplesAnnotation(ast))
  if (own !== undefined) return own
  return ast._tag === "Refinement" || ast._tag === "Transformation" ? examplesOf(ast.from) : []
}

const isJson = (value: unknown): boolean =>
  value === null || typeof value === "string" || typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value))

const structured = (ast: AST.AST): JsonSchema => {
  try {
    const definitions: Record<string, JSONSchema.JsonSchema7> = {}
    const schema = JSONSchema.fromAST(ast, {
      definitions,
      target: "openApi3.1",
      topLevelReferenceStrategy: "skip",
      definitionPath: "#/$defs/"
    })
    return inlined(schema, definitions, new Set())
  } catch {
    // The generator throws for what has no JSON Schema, such as a declaration of the user's own: any JSON value is described.
    return {}
  }
}

/** Names of anonymous schemas, and texts that repeat the keywords. A property of such a name has an object as its value. */
const isNoise = (key: string, value: unknown): boolean =>
  typeof value === "string" && (key === "$id" || key === "title" || (key === "description" && byDefault.test(value)))

/** References resolved where they stand; a recursive schema ends in "any value", for it could not be written in place. */
const inlined = (
  node: unknown,
  definitions: Readonly<Record<string, unknown>>,
  open: ReadonlySet<string>
): JsonSchema => {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== "object" || value === null) return value
    if ("$ref" in value && typeof value.$ref === "string") {
      const name = decodeURIComponent(value.$ref.slice("#/$defs/".length))
      return open.has(name) ? {} : inlined(definitions[name], definitions, new Set([...open, name]))
    }
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, child]) => isNoise(key, child) ? [] : [[key, walk(child)]])
    )
  }
  // The generator's schemas are objects, and walk keeps their shape.
  return walk(node) as JsonSchema
}

const orNull = (schema: JsonSchema): JsonSchema => {
  const { enum: values, type } = schema
  if (typeof type === "string" && !("const" in schema)) {
    return { ...schema, type: [type, "null"], ...(Array.isArray(values) ? { enum: [...values, null] } : {}) }
  }
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: "null" }] }
}

/**
 * The schema of a value as it is sent, `ast` being that of the variant at hand (what is read, created, changed).
 *
 * @since 0.1.0
 * @category conversions
 */
export const make = (field: Field, ast: AST.AST): JsonSchema => {
  const inner = present(ast)
  const values = field.kind === "json" ? undefined : literals(inner)
  const keywords = Object.fromEntries(
    Object.entries(demands(inner)).filter(([keyword]) => keywordsOf[field.kind].includes(keyword))
  )
  const length = field.kind === "text" && field.options.length !== undefined ? { maxLength: field.options.length } : {}
  const description = descriptionOf(field, inner)
  const examples = examplesOf(inner).filter(isJson)
  const base = field.kind === "json" ? structured(inner) : plain[field.kind]
  const schema: JsonSchema = {
    ...(values === undefined ? { ...base, ...length, ...keywords } : { type: base["type"], enum: values }),
    ...(description === undefined ? {} : { description }),
    ...(examples.length === 0 ? {} : { examples })
  }
  return field.nullable ? orNull(schema) : schema
}

/**
 * A value that fits the schema, for examples; undefined where none can be made up (a pattern without an example of its own).
 *
 * @since 0.1.0
 * @category conversions
 */
export const example = (schema: JsonSchema): unknown => {
  if (Array.isArray(schema["examples"]) && schema["examples"].length > 0) return schema["examples"][0]
  if (Array.isArray(schema["enum"])) return schema["enum"][0]
  const type = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"]
  switch (type) {
    case "boolean":
      return true
    case "integer":
    case "number":
      return exampleNumber(schema, type === "integer")
    case "string":
      return exampleText(schema)
    case "array":
      return typeof schema["minItems"] === "number" && schema["minItems"] > 0 ? undefined : []
    case "object":
      return Array.isArray(schema["required"]) && schema["required"].length > 0 ? undefined : {}
    default:
      return undefined
  }
}

const exampleNumber = (schema: JsonSchema, integer: boolean): number | undefined => {
  const number = (keyword: string) => (typeof schema[keyword] === "number" ? schema[keyword] : undefined)
  if (number("multipleOf") !== undefined) return undefined
  const below = number("exclusiveMinimum")
  const start = number("minimum") ?? (below === undefined ? 1 : Math.floor(below) + 1)
  const value = integer ? Math.ceil(start) : start
  const fits = value <= (number("maximum") ?? Infinity) && value < (number("exclusiveMaximum") ?? Infinity)
  return fits ? value : undefined
}

const texts: Readonly<Record<string, string>> = {
  uuid: "0198f3c7-6b1a-7d3e-9c41-2f5a8b7c6d5e",
  "date-time": "2026-06-01T12:00:00.000Z",
  date: "2026-06-01",
  int64: "42",
  decimal: "19.99",
  email: "ada@example.com",
  uri: "https://example.com/"
}

const exampleText = (schema: JsonSchema): string | undefined => {
  const known = typeof schema["format"] === "string" ? texts[schema["format"]] : undefined
  if (known !== undefined) return known
  if (schema["contentEncoding"] === "base64") return "AQID"
  if (schema["pattern"] !== undefined || schema["format"] !== undefined) return undefined
  const least = typeof schema["minLength"] === "number" ? schema["minLength"] : 0
  const most = typeof schema["maxLength"] === "number" ? schema["maxLength"] : Infinity
  return "text".padEnd(least, ".").slice(0, most)
}
