/**
 * What the AST of a column's Schema says of the JavaScript side: nullable how, and a value of what type.
 *
 * @since 0.1.0
 */
import * as AST from "effect/SchemaAST"

/**
 * The type of a value in programs, as far as codecs care. `other`: only its Schema knows.
 *
 * @since 0.1.0
 * @category models
 */
export type Tag =
  | "string"
  | "number"
  | "boolean"
  | "bigint"
  | "DateTime.Utc"
  | "Date"
  | "BigDecimal"
  | "Uint8Array"
  | "unknown"
  | "other"

/**
 * How NULL looks in programs.
 *
 * @since 0.1.0
 * @category models
 */
export type Nullability = "never" | "null" | "undefined" | "option"

/**
 * A Schema without its nullability.
 *
 * @since 0.1.0
 * @category models
 */
export interface Shape {
  readonly nullability: Nullability
  readonly inner: AST.AST
}

const declared: { readonly [name: string]: Tag } = {
  "effect/DateTime.Utc": "DateTime.Utc",
  "effect/BigDecimal": "BigDecimal",
  Date: "Date",
  Uint8Array: "Uint8Array"
}

const constructorOf = (ast: AST.AST): string | undefined => {
  const annotation = ast.annotations[AST.TypeConstructorAnnotationId]
  return typeof annotation === "object" && annotation !== null && "_tag" in annotation
    ? String(annotation._tag)
    : undefined
}

const ofLiteral = (value: AST.LiteralValue): Tag => {
  const type = typeof value
  return type === "string" || type === "number" || type === "boolean" || type === "bigint" ? type : "other"
}

/**
 * The tag of what is on the type side.
 *
 * @since 0.1.0
 * @category getters
 */
export const tag = (ast: AST.AST): Tag => {
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
    case "UnknownKeyword":
    case "AnyKeyword":
    case "ObjectKeyword":
      return "unknown"
    case "Literal":
      return ofLiteral(ast.literal)
    case "Enums":
      return ast.enums.every(([, value]) => typeof value === "string")
        ? "string"
        : ast.enums.every(([, value]) => typeof value === "number")
        ? "number"
        : "other"
    case "Declaration":
      return declared[constructorOf(ast) ?? ""] ?? "other"
    case "Refinement":
      return tag(ast.from)
    case "Transformation":
      return tag(ast.to)
    case "Union": {
      const [first, ...rest] = ast.types.map(tag)
      return first !== undefined && rest.every((other) => other === first) ? first : "other"
    }
    default:
      return "other"
  }
}

const isNull = (ast: AST.AST): boolean => ast._tag === "Literal" && ast.literal === null
const isUndefined = (ast: AST.AST): boolean => ast._tag === "UndefinedKeyword"

/** The union without null and undefined, if there was any. */
const present = (ast: AST.AST): Shape | undefined => {
  if (ast._tag !== "Union") return undefined
  const rest = ast.types.filter((type) => !isNull(type) && !isUndefined(type))
  if (rest.length === 0 || rest.length === ast.types.length) return undefined
  return { nullability: ast.types.some(isNull) ? "null" : "undefined", inner: AST.Union.make(rest) }
}

/**
 * Takes nullability off: unions with null, and options of such a union (`Schema.OptionFromNullOr` and its relatives).
 *
 * @since 0.1.0
 * @category getters
 */
export const of = (ast: AST.AST): Shape => {
  const union = present(ast)
  if (union !== undefined) return union
  if (ast._tag === "Transformation") {
    const option = ast.to._tag === "Declaration" && constructorOf(ast.to) === "effect/Option" ? ast.to : undefined
    const source = option === undefined ? undefined : present(ast.from)
    const [inside] = option?.typeParameters ?? []
    // A transformation of one's own into an option changes the type inside: that one is left to its Schema.
    if (source !== undefined && inside !== undefined && tag(inside) === tag(AST.typeAST(source.inner))) {
      return { nullability: "option", inner: source.inner }
    }
  }
  return { nullability: "never", inner: ast }
}

/**
 * The outermost transformation below the refinements; undefined if type and encoded side are the same.
 *
 * @since 0.1.0
 * @category getters
 */
export const transformation = (ast: AST.AST): AST.Transformation | undefined =>
  ast._tag === "Refinement" ? transformation(ast.from) : ast._tag === "Transformation" ? ast : undefined

/**
 * Whether anything in it is transformed.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isTransformed = (ast: AST.AST): boolean => AST.typeAST(ast) !== ast

/**
 * What stands for the parsed value in `Schema.parseJson(schema)`: the schema's own AST; undefined for anything else.
 *
 * @since 0.1.0
 * @category getters
 */
export const insideParseJson = (ast: AST.AST): AST.AST | undefined => {
  if (ast._tag !== "Transformation") return undefined
  if (ast.annotations[AST.SchemaIdAnnotationId] === AST.ParseJsonSchemaId) return ast.to
  const { from } = ast
  return from._tag === "Transformation" && from.annotations[AST.SchemaIdAnnotationId] === AST.ParseJsonSchemaId
    ? ast.to
    : undefined
}
