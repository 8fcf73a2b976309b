/**
 * Whether a value is of the type side of a Schema, compiled: `ParseResult.is` costs some hundred nanoseconds a field.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Shape from "./Shape.js"

/**
 * @since 0.1.0
 * @category models
 */
export type Check = (value: unknown) => boolean

const slow = (ast: AST.AST): Check => {
  const is = ParseResult.is(Schema.make<unknown>(ast))
  return (value) => is(value, { exact: true })
}

const declaration = (ast: AST.Declaration): Check => {
  switch (Shape.tag(ast)) {
    case "DateTime.Utc":
      return (value) => DateTime.isDateTime(value) && DateTime.isUtc(value)
    case "BigDecimal":
      return BigDecimal.isBigDecimal
    case "Uint8Array":
      return (value) => value instanceof Uint8Array
    default:
      return slow(ast)
  }
}

const compile = (ast: AST.AST): Check => {
  switch (ast._tag) {
    case "StringKeyword":
      return (value) => typeof value === "string"
    case "NumberKeyword":
      return (value) => typeof value === "number"
    case "BooleanKeyword":
      return (value) => typeof value === "boolean"
    case "BigIntKeyword":
      return (value) => typeof value === "bigint"
    case "UnknownKeyword":
    case "AnyKeyword":
      return () => true
    case "Literal":
      return (value) => value === ast.literal
    case "Refinement": {
      const from = compile(ast.from)
      return (value) => from(value) && Option.isNone(ast.filter(value, AST.defaultParseOption, ast))
    }
    case "Union": {
      const members = ast.types.map(compile)
      return (value) => members.some((member) => member(value))
    }
    case "Declaration":
      return declaration(ast)
    default:
      return slow(ast)
  }
}

/**
 * The check of a Schema's type side.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (ast: AST.AST): Check => compile(AST.typeAST(ast))
