/**
 * Texts of a bounded length: the bound is said once, in the model's Schema, and serves requests and DDL alike.
 */
import type { Column, Table } from "effect-svc-infra/Database"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

/** At most so many characters. */
export const text = (length: number) => Schema.String.pipe(Schema.maxLength(length))

const lengthOf = (ast: AST.AST): number | undefined => {
  switch (ast._tag) {
    case "Refinement": {
      const schema = Option.getOrUndefined(AST.getJSONSchemaAnnotation(ast))
      return schema !== undefined && "maxLength" in schema && typeof schema.maxLength === "number"
        ? schema.maxLength
        : lengthOf(ast.from)
    }
    case "Transformation":
      return lengthOf(ast.from)
    case "Union":
      return ast.types.map(lengthOf).find((length) => length !== undefined)
    default:
      return undefined
  }
}

/** The columns of a model whose texts are bounded, for `Table.make`: `varchar(length)`. */
export const lengths = <M extends Table.AnyModel>(model: M) => {
  const columns: { [P in Table.Property<M>]?: Column.ColumnOptions } = {}
  for (const [property, field] of Object.entries(model.fields)) {
    const length = Schema.isSchema(field) ? lengthOf(field.ast) : undefined
    // `fields` has exactly the properties of the model.
    if (length !== undefined) columns[property as Table.Property<M>] = { length }
  }
  return columns
}
