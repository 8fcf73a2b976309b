/**
 * Bodies of create and update against their fields: unknown ones, ones that clients cannot write, missing and wrong ones, at most
 * twenty issues, with the path of each.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Issue from "../../Database/Issue.js"
import type { InputIssue } from "../../Database/RepositoryError.js"
import type { TableAny } from "../../Database/TableMetadata.js"
import type { InputField } from "../Resource.js"
import * as Value from "./Value.js"

const maxIssues = 20

/**
 * What a body became.
 *
 * @since 0.1.0
 * @category models
 */
export type Result = Either.Either<Readonly<Record<string, unknown>>, ReadonlyArray<InputIssue>>

/**
 * Decodes a parsed body.
 *
 * @since 0.1.0
 * @category models
 */
export type Decode = (body: unknown) => Result

/**
 * The fields of a struct, as clients may send them; undefined where the Schema is more than a struct.
 *
 * @since 0.1.0
 * @category fields
 */
export const ofStruct = (
  fields: Schema.Struct.Fields,
  table: TableAny
): ReadonlyArray<InputField> => Object.entries(fields).map(([property, field]) => ofField(property, field, table))

const ofField = (property: string, field: Schema.Struct.Field, table: TableAny): InputField => {
  const column = table.byProperty.get(property)
  if (Schema.isSchema(field)) {
    // Fields of models are without requirements; those of a createSchema are typed so.
    const schema = field as Schema.Schema.AnyNoContext
    return { property, column, required: !isOptional(schema), nullable: takesNull(schema), schema }
  }
  const { ast } = field as Schema.PropertySignature.All
  const [type, required] = ast._tag === "PropertySignatureDeclaration"
    ? [ast.type, !ast.isOptional && ast.defaultValue === undefined]
    // As a whole the field decodes from its encoded side to its type, absent or not; a value that is there goes through the same.
    : [transformed(property, field), !ast.from.isOptional]
  const schema = Schema.make<unknown, unknown, never>(type)
  return { property, column, required, nullable: takesNull(schema), schema }
}

/** The value's own transformation, taken out of a struct of that one property. */
const transformed = (property: string, field: Schema.Struct.Field): AST.AST => {
  const struct = Schema.Struct({ [property]: field }) as unknown as Schema.Schema.AnyNoContext
  const decode = ParseResult.decodeUnknownEither(struct, { errors: "all", onExcessProperty: "error" })
  const encode = ParseResult.encodeUnknownEither(struct)
  const { ast } = field as Schema.PropertySignature.All
  const [from, to] = ast._tag === "PropertySignatureDeclaration" ? [ast.type, ast.type] : [ast.from.type, ast.to.type]
  const pick = (either: Either.Either<unknown, ParseResult.ParseIssue>) =>
    // The struct's own property: the one it was made with.
    Either.map(either, (value) => (value as Readonly<Record<string, unknown>>)[property])
  return Schema.transformOrFail(
    Schema.make<unknown, unknown, never>(AST.encodedAST(from)),
    Schema.make<unknown, unknown, never>(AST.typeAST(to)),
    {
      strict: false,
      decode: (value: unknown) => pick(decode({ [property]: value })),
      encode: (value: unknown) => pick(encode({ [property]: value }))
    }
  ).ast
}

const isOptional = (schema: Schema.Schema.AnyNoContext): boolean =>
  schema.ast._tag === "Union" && schema.ast.types.some((type) => type._tag === "UndefinedKeyword")

const takesNull = (schema: Schema.Schema.AnyNoContext): boolean =>
  Either.isRight(ParseResult.decodeUnknownEither(schema)(null))

/**
 * The fields of any Schema of objects: of a plain struct its own, else those of its encoded side.
 *
 * @since 0.1.0
 * @category fields
 */
export const ofSchema = (
  schema: Schema.Schema.AnyNoContext,
  table: TableAny
): ReadonlyArray<InputField> | undefined => {
  if (isStruct(schema)) return ofStruct(schema.fields, table)
  const encoded = AST.encodedAST(schema.ast)
  if (encoded._tag !== "TypeLiteral" || encoded.indexSignatures.length > 0) return undefined
  return encoded.propertySignatures.map((signature) => {
    const property = String(signature.name)
    const field = Schema.make<unknown, unknown, never>(signature.type)
    const column = table.byProperty.get(property)
    return { property, column, required: !signature.isOptional, nullable: takesNull(field), schema: field }
  })
}

/**
 * Whether a Schema is a plain struct: then each field is decoded by itself.
 *
 * @since 0.1.0
 * @category guards
 */
export const isStruct = (
  schema: Schema.Schema.AnyNoContext
): schema is Schema.Schema.AnyNoContext & { readonly fields: Schema.Struct.Fields } =>
  "fields" in schema && (schema.ast._tag === "TypeLiteral" ||
    (schema.ast._tag === "Transformation" && schema.ast.transformation._tag === "TypeLiteralTransformation"))

// ── decoding ─────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Plan {
  readonly field: InputField
  readonly read: (value: unknown) => unknown
}

const compile = (fields: ReadonlyArray<InputField>): ReadonlyMap<string, Plan> =>
  new Map(fields.map((field) => {
    const { json } = Value.reader(field.schema, field.column?.kind, field.column?.options)
    const refused = new Value.Refused([Issue.make([], Issue.faults.notNull)])
    const nullable = field.nullable && (field.column === undefined || field.column.nullable)
    const decodeNull = ParseResult.decodeUnknownEither(field.schema)
    const ofNull = (): unknown => Either.getOrElse(decodeNull(null), () => refused)
    return [field.property, { field, read: (value) => value !== null ? json(value) : nullable ? ofNull() : refused }]
  }))

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Text that no database stores, anywhere in a value: escapes bring it past the checks of UTF-8 and of JSON. */
const forbidden = (value: unknown, path: ReadonlyArray<string | number>, found: Array<InputIssue>): void => {
  if (found.length >= maxIssues) return
  if (typeof value === "string") {
    if (Value.hasForbidden(value)) found.push(Issue.make(path, Issue.faults.characters))
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => forbidden(item, [...path, index], found))
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      // The key itself cannot be repeated in the path: it is the text in question.
      if (Value.hasForbidden(key)) found.push(Issue.make(path, Issue.faults.characters))
      else forbidden(item, [...path, key], found)
    }
  }
}

/**
 * What the properties of a body that is no struct's turn into before the Schema sees them, and how bodies are checked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly fields: ReadonlyArray<InputField>
  /** Properties that clients see but cannot write; other unknown ones are not told apart. */
  readonly readOnly: ReadonlySet<string>
  /** Whether missing fields are issues. */
  readonly complete: boolean
  /** The Schema of the whole, where it is more than a struct. */
  readonly whole: Schema.Schema.AnyNoContext | undefined
}

/**
 * Compiles the decoder of a body.
 *
 * @since 0.1.0
 * @category constructors
 */
export const decoder = (options: Options): Decode => {
  const plans = compile(options.fields)
  const required = options.complete ? options.fields.filter((field) => field.required) : []
  const whole = options.whole === undefined
    ? undefined
    : ParseResult.decodeUnknownEither(options.whole, { errors: "all", onExcessProperty: "error" })
  return (body) => {
    if (!isObject(body)) return Either.left([Issue.make([], Issue.faults.object)])
    const issues: Array<InputIssue> = []
    const output: Record<string, unknown> = {}
    for (const property of Object.keys(body)) {
      if (issues.length >= maxIssues) return Either.left(issues.slice(0, maxIssues))
      const plan = plans.get(property)
      if (plan === undefined) {
        const fault = options.readOnly.has(property) ? Issue.faults.readOnly : Issue.faults.unknownField
        issues.push(Issue.make([property], fault))
        continue
      }
      const before = issues.length
      forbidden(body[property], [property], issues)
      if (issues.length > before) continue
      const value = plan.read(body[property])
      if (value instanceof Value.Refused) {
        issues.push(...value.issues.map((issue) => ({ ...issue, path: [property, ...issue.path] })))
      } else {
        output[property] = value
      }
    }
    for (const { property } of required) {
      if (!Object.hasOwn(body, property)) issues.push(Issue.make([property], Issue.faults.required))
    }
    if (issues.length > 0) return Either.left(issues.slice(0, maxIssues))
    if (whole === undefined) return Either.right(output)
    const decoded = whole(output)
    // A Schema of objects decodes to an object.
    return Either.isRight(decoded)
      ? Either.right(decoded.right as Readonly<Record<string, unknown>>)
      : Either.left(Issue.fromParseError(decoded.left))
  }
}
