/**
 * A table: a model of `@effect/sql` plus what a Schema cannot know. From this one value come DDL, the repository and its SQL,
 * tenancy, routes, OpenAPI and the map from constraints to fields.
 *
 * @since 0.1.0
 */
import * as Model from "@effect/sql/Model"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import * as Field from "./codec/Field.js"
import * as Column from "./Column.js"
import * as Naming from "./Naming.js"
import type {
  AnyModel,
  KeyGenerator,
  Property,
  ReferentialAction,
  Table,
  TableAny,
  UniqueKey
} from "./TableMetadata.js"

export { createAllStatements, createStatements, dropStatements } from "./Ddl.js"
export type * from "./TableMetadata.js"

/**
 * One or several properties.
 *
 * @since 0.1.0
 * @category models
 */
export type OneOrMore<P> = P | readonly [P, ...ReadonlyArray<P>]

/**
 * What `make` takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface TableOptions<M extends AnyModel, K extends Property<M>, T extends Property<M>> {
  readonly name: string
  readonly schema?: string
  readonly primaryKey: OneOrMore<K>
  /** Default: by the key's field: `Fields.uuidV7` or `Fields.identity` when it may be left out on insert, else the caller. */
  readonly keyGenerator?: KeyGenerator
  readonly unique?: ReadonlyArray<
    OneOrMore<Property<M>> | { readonly name?: string; readonly properties: OneOrMore<Property<M>> }
  >
  readonly indexes?: ReadonlyArray<
    OneOrMore<Property<M>> | { readonly name?: string; readonly properties: OneOrMore<Property<M>> }
  >
  readonly foreignKeys?: ReadonlyArray<{
    readonly name?: string
    readonly properties: OneOrMore<Property<M>>
    /** The table, a thunk of it, or `"self"`. */
    readonly references: TableAny | (() => TableAny) | "self"
    /** Default: its primary key. */
    readonly referenced?: OneOrMore<string>
    /** Default: `no action`. */
    readonly onDelete?: ReferentialAction
    readonly onUpdate?: ReferentialAction
  }>
  readonly checks?: ReadonlyArray<{
    readonly name?: string
    readonly sql: string
    readonly properties?: ReadonlyArray<Property<M>>
  }>
  /** A nullable timestamp, or a boolean. */
  readonly softDelete?: Property<M>
  readonly tenant?: T
  /** An integer; 1 for a new row, one more with every update. */
  readonly version?: Property<M>
  readonly createdAt?: Property<M>
  readonly updatedAt?: Property<M>
  readonly comment?: string
  readonly columns?: { readonly [P in Property<M>]?: Column.ColumnOptions }
}

/**
 * Metadata that cannot be: thrown by `make`, where the table is defined.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidTable extends Schema.TaggedError<InvalidTable>()("InvalidTable", {
  table: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `table ${this.table}: ${this.reason}`
  }
}

// ── making ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const array = <P>(value: OneOrMore<P>): ReadonlyArray<P> => (Array.isArray(value) ? value : [value as P])

const dateOnly: ReadonlySet<AST.AST> = new Set([Model.Date.ast])

const variantNames: ReadonlyArray<Exclude<Column.Variant, "select">> = [
  "insert",
  "update",
  "json",
  "jsonCreate",
  "jsonUpdate"
]

const columnsOf = (
  model: AnyModel,
  options: { readonly [property: string]: Column.ColumnOptions | undefined },
  fail: (reason: string) => never
): ReadonlyArray<Column.Column> =>
  Object.entries(model.fields).map(([property, field]) => {
    if (!Schema.isSchema(field)) {
      return fail(
        `${property} is an optional property in the select variant; a row has all its columns: use Fields.nullable`
      )
    }
    // A model without requirements has fields without requirements: AnyModel demands it.
    const schema = field as Schema.Schema.AnyNoContext
    const given = options[property] ?? {}
    const inferred = Column.infer(schema.ast, dateOnly)
    const kind = given.kind ?? inferred.kind
    if (kind === undefined) {
      return fail(`the kind of ${property} cannot be told from its Schema: give columns.${property}.kind`)
    }
    if (kind === "timestamp" && given.precision !== undefined && !(given.precision >= 0 && given.precision <= 6)) {
      return fail(`columns.${property}.precision of a timestamp is 0 to 6`)
    }
    if (Field.make(kind, schema.ast) === undefined) {
      return fail(
        `a column of kind ${kind} cannot hold the values of ${property}: give columns.${property}.kind another`
      )
    }
    if (property === "__proto__") return fail("a property cannot be named __proto__")
    const variants = new Set<Column.Variant>(["select"])
    for (const variant of variantNames) {
      if (property in model[variant].fields) variants.add(variant)
    }
    return {
      property,
      name: given.name ?? Column.snakeCase(property),
      kind,
      nullable: inferred.nullable,
      variants,
      schema,
      options: given
    }
  })

/**
 * Makes a table of a model. Throws `InvalidTable` for metadata that types cannot refuse.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <M extends AnyModel, const K extends Property<M>, const T extends Property<M> = never>(
  model: M,
  options: TableOptions<M, K, T>
): Table<M, K, T> => {
  const fail = (reason: string): never => {
    throw new InvalidTable({ table: options.name, reason })
  }
  if (options.name.trim() === "") fail("the name is empty")
  const columns = columnsOf(model, options.columns ?? {}, fail)
  const byProperty = new Map(columns.map((column) => [column.property, column]))
  const columnOf = (property: string, role: string): Column.Column =>
    byProperty.get(property) ?? fail(`${role} names ${property}, which the model does not have`)
  const names = (properties: ReadonlyArray<string>, role: string): ReadonlyArray<string> => {
    if (properties.length === 0) fail(`${role} names no column`)
    if (new Set(properties).size !== properties.length) fail(`${role} names a column twice`)
    return properties.map((property) => columnOf(property, role).name)
  }

  const primaryKey = array<K>(options.primaryKey)
  names(primaryKey, "primaryKey")
  for (const property of primaryKey) {
    if (columnOf(property, "primaryKey").nullable) fail(`the primary key's ${property} is nullable`)
  }
  const seen = new Map<string, string>()
  for (const { name, property } of columns) {
    const other = seen.get(name.toLowerCase())
    if (other !== undefined) fail(`${other} and ${property} have the same column name`)
    seen.set(name.toLowerCase(), property)
  }

  checkRoles(options, columnOf, fail)
  const [first] = primaryKey
  const keyColumn = columnOf(first!, "primaryKey")
  const keyGenerator = options.keyGenerator ?? inferKeyGenerator(model, primaryKey, keyColumn)
  if (keyGenerator !== "caller" && primaryKey.length > 1) fail("a composite primary key is given by the caller")
  if (keyGenerator === "uuid-v7" && keyColumn.kind !== "uuid" && keyColumn.kind !== "text") {
    fail(`keyGenerator uuid-v7 needs a key of uuid or text, ${first} is ${keyColumn.kind}`)
  }
  if (keyGenerator === "database" && keyColumn.kind !== "integer" && keyColumn.kind !== "bigint") {
    fail(`keyGenerator database needs a key of integer or bigint, ${first} is ${keyColumn.kind}`)
  }

  const keys = (
    list: TableOptions<M, K, T>["unique"],
    role: string,
    suffix: string
  ): ReadonlyArray<UniqueKey> =>
    (list ?? []).map((entry) => {
      const given = typeof entry === "object" && "properties" in entry ? entry : { properties: entry }
      const properties = array<Property<M>>(given.properties)
      return {
        name: given.name ?? Naming.constraint(options.name, names(properties, role), suffix),
        properties
      }
    })

  const table: TableAny = {
    model,
    name: options.name,
    schema: options.schema,
    columns,
    byProperty,
    primaryKey,
    keyGenerator,
    unique: keys(options.unique, "unique", "key"),
    indexes: keys(options.indexes, "indexes", "idx"),
    foreignKeys: (options.foreignKeys ?? []).map((given) => {
      const properties = array<Property<M>>(given.properties)
      const own = names(properties, "foreignKeys")
      const target = given.references
      const references = target === "self" ? () => table : typeof target === "function" ? target : () => target
      return {
        name: given.name ?? Naming.constraint(options.name, own, "fkey"),
        properties,
        references,
        referenced: () => (given.referenced === undefined ? references().primaryKey : array(given.referenced)),
        onDelete: given.onDelete ?? "no action",
        onUpdate: given.onUpdate ?? "no action"
      }
    }),
    checks: (options.checks ?? []).map((given) => ({
      name: given.name ?? Naming.constraint(
        options.name,
        (given.properties ?? []).map((property) => columnOf(property, "checks").name),
        "check"
      ),
      sql: given.sql,
      properties: given.properties ?? []
    })),
    tenant: options.tenant,
    softDelete: options.softDelete,
    version: options.version,
    createdAt: options.createdAt,
    updatedAt: options.updatedAt,
    comment: options.comment
  }
  const constraints = [...table.unique, ...table.indexes, ...table.foreignKeys, ...table.checks].map(({ name }) => name)
  const twice = constraints.find((name, index) => constraints.indexOf(name) !== index)
  if (twice !== undefined) fail(`two constraints or indexes are named ${twice}: give one of them a name`)
  // The parameters of Table repeat what the options were checked against above.
  return table as Table<M, K, T>
}

const checkRoles = (
  options: {
    readonly softDelete?: string
    readonly tenant?: string
    readonly version?: string
    readonly createdAt?: string
    readonly updatedAt?: string
  },
  columnOf: (property: string, role: string) => Column.Column,
  fail: (reason: string) => never
): void => {
  if (options.softDelete !== undefined) {
    const column = columnOf(options.softDelete, "softDelete")
    const fits = (column.kind === "timestamp" && column.nullable) || (column.kind === "boolean" && !column.nullable)
    if (!fits) fail(`softDelete needs a nullable timestamp or a boolean, ${column.property} is neither`)
  }
  if (options.version !== undefined) {
    const column = columnOf(options.version, "version")
    if (column.kind !== "integer" || column.nullable) fail(`version needs an integer, ${column.property} is none`)
  }
  for (const role of ["createdAt", "updatedAt"] as const) {
    const property = options[role]
    if (property === undefined) continue
    const column = columnOf(property, role)
    if (column.kind !== "timestamp" || column.nullable) fail(`${role} needs a timestamp, ${property} is none`)
  }
  if (options.tenant !== undefined && columnOf(options.tenant, "tenant").nullable) {
    fail(`the tenant column ${options.tenant} is nullable: a row without a tenant belongs to nobody`)
  }
  const roles = [options.softDelete, options.tenant, options.version, options.createdAt, options.updatedAt]
    .filter((property) => property !== undefined)
  const twice = roles.find((property, index) => roles.indexOf(property) !== index)
  if (twice !== undefined) fail(`${twice} has two roles`)
}

const inferKeyGenerator = (model: AnyModel, primaryKey: ReadonlyArray<string>, key: Column.Column): KeyGenerator => {
  if (primaryKey.length > 1) return "caller"
  const field = model.insert.fields[key.property]
  const mayBeLeftOut = field === undefined || Schema.isPropertySignature(field)
  // Model.GeneratedByApp is required on insert but absent from jsonCreate: the application makes it.
  const byApplication = field !== undefined && !("jsonCreate" in model && key.property in model.jsonCreate.fields)
  if (key.kind === "uuid" && (mayBeLeftOut || byApplication)) return "uuid-v7"
  if ((key.kind === "integer" || key.kind === "bigint") && mayBeLeftOut) return "database"
  return "caller"
}

/**
 * The column of a property that is known to exist.
 *
 * @since 0.1.0
 * @category getters
 */
export const column = (table: TableAny, property: string): Column.Column => {
  const found = table.byProperty.get(property)
  if (found === undefined) throw new InvalidTable({ table: table.name, reason: `there is no property ${property}` })
  return found
}

/**
 * The properties behind a constraint of this name, as an error of the database reports it; undefined if it is not the table's.
 *
 * @since 0.1.0
 * @category getters
 */
export const propertiesOfConstraint = (table: TableAny, constraint: string): ReadonlyArray<string> | undefined => {
  if (constraint === Naming.constraint(table.name, [], "pkey")) return table.primaryKey
  const all = [...table.unique, ...table.foreignKeys, ...table.checks]
  return all.find(({ name }) => name === constraint)?.properties
}
