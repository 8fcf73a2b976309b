/**
 * The codec of one column: compiled from its Schema where kind and type fit together by themselves, by the Schema where not.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { Column, Kind } from "../Column.js"
import { faults } from "../Issue.js"
import * as Conversion from "./Conversion.js"
import { Mismatch } from "./Mismatch.js"
import * as Shape from "./Shape.js"

/**
 * Between canonical form and program, NULL included.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field {
  readonly kind: Kind
  readonly nullability: Shape.Nullability
  /** For values that are not NULL. */
  readonly conversion: Conversion.Conversion
  /** The Schema's own AST without nullability, as far as the canonical form is its encoded side. */
  readonly inner: AST.AST
  /** Whether kind and type fit together without the Schema. */
  readonly natural: boolean
  readonly decode: (canonical: unknown) => unknown
  /** `null` for NULL; takes `null` and `undefined` wherever the column may be NULL. Throws `Mismatch`. */
  readonly encode: (value: unknown) => unknown
}

/** Schemas of columns have no requirements and must not wait: what they do is done at once. */
const bySchema = (ast: AST.AST, bridge: Conversion.Conversion): Conversion.Conversion => {
  const schema = Schema.make<unknown, unknown>(ast)
  const decode = ParseResult.decodeUnknownEither(schema)
  const encode = ParseResult.encodeUnknownEither(schema)
  return {
    identity: undefined,
    decode: (canonical) => {
      const result = decode(bridge.decode(canonical))
      if (result._tag === "Left") throw new Mismatch(faults.wrongValue)
      return result.right
    },
    encode: (value) => {
      const result = encode(value)
      if (result._tag === "Left") throw new Mismatch(faults.wrongValue)
      return bridge.encode(result.right)
    }
  }
}

const schemaOfJson: Conversion.Conversion = {
  identity: undefined,
  decode: (canonical) => canonical,
  encode: (value) => value
}

const resolve = (
  kind: Kind,
  ast: AST.AST
): { readonly conversion: Conversion.Conversion; readonly natural: boolean; readonly inner: AST.AST } | undefined => {
  const inner = kind === "json" ? Shape.insideParseJson(ast) ?? ast : ast
  const tag = Shape.tag(AST.typeAST(inner))
  const transformation = Shape.transformation(inner)
  const found = Conversion.find(kind, tag)
  const fits = found !== undefined && (transformation === undefined
    ? !Shape.isTransformed(inner)
    : Shape.tag(AST.typeAST(transformation.from)) !== tag)
  if (fits) return { conversion: found, natural: true, inner }
  const bridge = kind === "json" ? schemaOfJson : Conversion.find(kind, Shape.tag(AST.encodedAST(inner)))
  return bridge === undefined ? undefined : { conversion: bySchema(inner, bridge), natural: false, inner }
}

/**
 * The codec of a column whose values have this Schema; undefined where the kind cannot hold them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (kind: Kind, ast: AST.AST): Field | undefined => {
  const shape = Shape.of(ast)
  const resolved = resolve(kind, shape.inner)
  if (resolved === undefined) return undefined
  const { conversion, inner, natural } = resolved
  const { nullability } = shape
  const { decode, encode } = conversion
  const nothing = nullability === "option" ? Option.none() : nullability === "undefined" ? undefined : null
  return {
    kind,
    nullability,
    conversion,
    inner,
    natural,
    decode: nullability === "never"
      ? decode
      : nullability === "option"
      ? (canonical) => canonical === null ? nothing : Option.some(decode(canonical))
      : (canonical) => canonical === null ? nothing : decode(canonical),
    encode: nullability === "never" ? encode : (value) => {
      if (value === null || value === undefined) return null
      if (!Option.isOption(value)) return encode(value)
      return Option.isNone(value) ? null : encode(value.value)
    }
  }
}

const cache = new WeakMap<Column, Field>()

/**
 * The codec of a table's column. Throws `Mismatch` for a column no codec can be made for; `Table.make` has made sure.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofColumn = (column: Column): Field => {
  const known = cache.get(column)
  if (known !== undefined) return known
  const made = make(column.kind, column.schema.ast)
  if (made === undefined) throw new Mismatch(faults.wrongType)
  cache.set(column, made)
  return made
}

/**
 * Whether JSON shows the column's canonical form: its `json` variant is the Schema of rows, or the usual one of the kind.
 * Undefined: by the Schema that is returned instead.
 *
 * @since 0.1.0
 * @category getters
 */
export const jsonSchema = (column: Column, variant: AST.AST): AST.AST | undefined => {
  const field = ofColumn(column)
  const json = make(column.kind, Shape.of(variant).inner)
  if (json !== undefined && (json.natural || (json.inner === field.inner && column.kind !== "json"))) return undefined
  return variant
}
