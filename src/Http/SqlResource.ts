/**
 * A table as a resource over HTTP. One value gives the routes, their OpenAPI and the typed client.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Column } from "../Database/Column.js"
import type { Create, Readable, TableAny } from "../Database/TableMetadata.js"
import * as Repository from "../Repository/Repository.js"
import * as Service from "../Repository/Service.js"
import type { Default, SqlTag } from "../SqlLayer/Sql.js"
import type { TenantOf } from "../Tenancy/CurrentTenant.js"
import type { Problem } from "./Problem.js"
import * as Filter from "./request/Filter.js"
import * as Input from "./request/Input.js"
import type { Action, FilterOperator, InputField, Limits, Resource, ResourceAny } from "./Resource.js"
import * as ResourceRoutes from "./ResourceRoutes.js"

/**
 * A resource that cannot be: thrown by `make`, where the resource is defined.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResource extends Schema.TaggedError<InvalidResource>()("InvalidResource", {
  prefix: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `resource ${this.prefix}: ${this.reason}`
  }
}

/**
 * The default limits.
 *
 * @since 0.1.0
 * @category limits
 */
export const limits: Limits = {
  limit: 50,
  maxLimit: 1000,
  maxOffset: 10_000,
  orderKeys: 4,
  filters: 20,
  inValues: 100,
  q: 200,
  body: 1024 * 1024,
  jsonDepth: 32,
  jsonTokens: 10_000,
  bodyTimeout: 15_000,
  cursor: 1024,
  retries: 3
}

/**
 * Which filters are allowed: fields with all the operators of their kind, or with the ones that are listed.
 *
 * @since 0.1.0
 * @category models
 */
export type FilterFields<F extends string> = ReadonlyArray<F> | { readonly [P in F]: ReadonlyArray<FilterOperator> }

/**
 * What `make` takes beside the service.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResourceOptions<T extends TableAny, F extends Readable<T>, O extends Readable<T>> {
  readonly table: T
  /** Where it lives: `/users`. */
  readonly prefix: `/${string}`
  /** Put before the prefix. Default: nothing. */
  readonly mountPrefix?: `/${string}`
  /** Default: the last part of the prefix. */
  readonly tags?: ReadonlyArray<string>
  readonly description?: string
  /** Default: all five. */
  readonly only?: ReadonlyArray<Action>
  /** What `q` looks through. Default: nothing, and there is no `q`. */
  readonly searchFields?: ReadonlyArray<Readable<T>>
  /** Default: nothing. */
  readonly filterFields?: FilterFields<F>
  /** Default: the fields of `orderingDefault`. */
  readonly allowedOrderFields?: ReadonlyArray<O>
  /** Default: the primary key. */
  readonly orderingDefault?:
    | NoInfer<`${"" | "-"}${Readable<T>}`>
    | ReadonlyArray<NoInfer<`${"" | "-"}${Readable<T>}`>>
  /** A struct of the model's own `json` fields: the ones that clients see. Default: all that are not sensitive. */
  readonly readSchema?: Schema.Schema.AnyNoContext
  /** Default: the model's `jsonUpdate` without managed, immutable and sensitive columns. */
  readonly updateSchema?: Schema.Schema.AnyNoContext
  /** Columns that clients cannot set when they create. */
  readonly createExclude?: ReadonlyArray<Readable<T>>
  /** Clients choose keys. Default: false. */
  readonly clientKeys?: boolean
  readonly limits?: Partial<Limits>
}

/**
 * For resources without a service of their own.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlainOptions<T extends TableAny, C extends Create<T>, CI> {
  readonly service?: undefined
  /** What clients send to create. Default: the model's `jsonCreate` without managed and sensitive columns. */
  readonly createSchema?: Schema.Schema<C, CI>
}

/**
 * Errors of a service that are neither the database's nor problems: what clients are told. Default: an internal error.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceOptions<T extends TableAny, Input, E, RH, R> {
  readonly service: Effect.Effect<Service.Service<T, Input, E, RH>, never, R>
  readonly problemOf?: (error: E) => Problem | undefined
}

// ── checks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const array = <A>(value: A | ReadonlyArray<A>): ReadonlyArray<A> => (Array.isArray(value) ? value : [value as A])

const reserved = new Set([
  "limit",
  "offset",
  "cursor",
  "q",
  "search_fields",
  "order_by",
  "fields",
  "count",
  "include",
  "deleted",
  "filter"
])

const segment = /^(?:\/[A-Za-z0-9._~-]+)+$/

interface AnyOptions extends ResourceOptions<TableAny, string, string> {
  readonly createSchema?: Schema.Schema.AnyNoContext
}

type Fail = (reason: string) => never

/** The columns that the library writes. */
const managedOf = (table: TableAny): ReadonlySet<string> =>
  new Set(
    [table.tenant, table.softDelete, table.version, table.createdAt, table.updatedAt].filter((name) =>
      name !== undefined
    )
  )

const readableOf = ({ readSchema, table }: AnyOptions, fail: Fail): ReadonlyArray<string> => {
  const readable = table.columns
    .filter(({ options, variants }) => variants.has("json") && options.sensitive !== true)
    .map(({ property }) => property)
  if (readSchema === undefined) return readable
  if (!Input.isStruct(readSchema)) return fail("readSchema is no struct: make it of the model's json fields")
  for (const [property, field] of Object.entries(readSchema.fields)) {
    if (!readable.includes(property)) return fail(`readSchema names ${property}, which is not readable`)
    if (astOf(field) !== astOf(table.model.json.fields[property])) {
      return fail(`readSchema changes ${property}: rows are printed as the model's json field says, so use that one`)
    }
  }
  for (const property of table.primaryKey) {
    if (!(property in readSchema.fields)) return fail(`readSchema lacks the key's ${property}`)
  }
  return readable.filter((property) => property in readSchema.fields)
}

const astOf = (field: Schema.Struct.Field | undefined): unknown => field?.ast

const writable = (column: Column, managed: ReadonlySet<string>): boolean =>
  !managed.has(column.property) && column.options.sensitive !== true

const pick = (fields: Schema.Struct.Fields, names: ReadonlyArray<string>): Schema.Struct.Fields =>
  Object.fromEntries(names.flatMap((name) => {
    const field = fields[name]
    return field === undefined ? [] : [[name, field] as const]
  }))

const given = (
  schema: Schema.Schema.AnyNoContext,
  role: string,
  { clientKeys, table }: AnyOptions,
  fail: Fail
): ReadonlyArray<InputField> => {
  const fields = Input.ofSchema(schema, table)
  if (fields === undefined) return fail(`${role} is no Schema of objects with known properties`)
  const managed = managedOf(table)
  for (const { property } of fields) {
    if (managed.has(property)) return fail(`${role} has ${property}, which the library writes`)
    if (table.primaryKey.includes(property) && !(clientKeys === true && role === "createSchema")) {
      return fail(`${role} has the key's ${property}: clients set it on create only, with clientKeys: true`)
    }
  }
  return fields
}

const createFields = (options: AnyOptions, fail: Fail): ReadonlyArray<InputField> => {
  const { clientKeys = false, createExclude = [], createSchema, table } = options
  if (createSchema !== undefined) return given(createSchema, "createSchema", options, fail)
  const managed = managedOf(table)
  const names = table.columns
    .filter((column) =>
      table.primaryKey.includes(column.property)
        ? clientKeys
        : column.variants.has("jsonCreate") && writable(column, managed)
    )
    .map(({ property }) => property)
    .filter((property) => !createExclude.includes(property))
  // A key that clients may choose can still be left out where something else makes it: that is what `insert` says of it.
  const fields = { ...table.model.insert.fields, ...table.model.jsonCreate.fields }
  return Input.ofStruct(pick(fields, names), table)
}

const updateFields = (options: AnyOptions, fail: Fail): ReadonlyArray<InputField> => {
  const { table, updateSchema } = options
  if (updateSchema !== undefined) {
    return given(updateSchema, "updateSchema", options, fail).map((field) => ({ ...field, required: false }))
  }
  const managed = managedOf(table)
  const names = table.columns
    .filter((column) =>
      column.variants.has("jsonUpdate") && writable(column, managed) && column.options.immutable !== true &&
      !table.primaryKey.includes(column.property)
    )
    .map(({ property }) => property)
  return Input.ofStruct(pick(table.model.jsonUpdate.fields, names), table)
    .map((field) => ({ ...field, required: false }))
}

const filtersOf = (
  { filterFields = [], table }: AnyOptions,
  fail: Fail
): Readonly<Record<string, ReadonlyArray<FilterOperator>>> => {
  // The array and the record are told apart at run time; of a field that is no column `check` has complained.
  const entries: ReadonlyArray<readonly [string, ReadonlyArray<FilterOperator> | undefined]> =
    Array.isArray(filterFields)
      ? filterFields.map((property: string) => [property, undefined] as const)
      : Object.entries(filterFields as Readonly<Record<string, ReadonlyArray<FilterOperator>>>)
  return Object.fromEntries(entries.map(([property, operators]) => {
    const allowed = Filter.operatorsOf(
      table.byProperty.get(property)?.kind ?? fail(`there is no ${property} to filter by`)
    )
    const foreign = operators?.find((operator) => !allowed.includes(operator))
    if (foreign !== undefined)
      fail(`filterFields gives ${property} the operator ${foreign}, which its kind does not have`)
    if (reserved.has(property) && (operators ?? allowed).includes("eq")) {
      fail(`a filter by ${property} would hide the parameter of that name`)
    }
    return [property, operators ?? allowed]
  }))
}

const resolve = (options: AnyOptions): Omit<ResourceAny, "routes"> => {
  const { table } = options
  const prefix = `${options.mountPrefix ?? ""}${options.prefix}`
  const fail: Fail = (reason) => {
    throw new InvalidResource({ prefix, reason })
  }
  if (!segment.test(prefix)) fail("a prefix is made of plain segments: /users, without a slash at the end")
  const readable = readableOf(options, fail)
  const subset = (names: ReadonlyArray<string>, role: string): ReadonlyArray<string> => {
    const stranger = names.find((name) => !readable.includes(name))
    if (stranger !== undefined) fail(`${role} names ${stranger}, which is not readable`)
    if (new Set(names).size !== names.length) fail(`${role} names a field twice`)
    return names
  }
  for (const property of table.primaryKey) {
    if (!readable.includes(property)) fail(`the key's ${property} is not readable: clients could not address a row`)
  }
  const actions = new Set<Action>(options.only ?? ["list", "get", "create", "update", "delete"])
  if (actions.size === 0) fail("only is empty: nothing would be served")
  if (actions.has("create") && table.keyGenerator === "caller" && options.clientKeys !== true) {
    const byService = options.createSchema !== undefined
    if (!byService) fail("the key is the caller's: give clientKeys: true, or an only without create")
  }
  const ordering = array<string>(options.orderingDefault ?? [])
  const orderingProperties = ordering.map((name) => name.replace(/^-/, ""))
  subset(orderingProperties, "orderingDefault")
  const all: Limits = { ...limits, ...options.limits }
  for (const [name, value] of Object.entries(all)) {
    if (!Number.isInteger(value) || value < 0) fail(`limits.${name} is not a whole number`)
  }
  if (all.limit > all.maxLimit) fail("limits.limit is over limits.maxLimit")
  const filterFields = filtersOf(options, fail)
  subset(Object.keys(filterFields), "filterFields")
  const ordered = subset(options.allowedOrderFields ?? orderingProperties, "allowedOrderFields")
  for (const property of ordered) {
    const kind = table.byProperty.get(property)?.kind
    if (kind === "json" || kind === "bytes") fail(`allowedOrderFields names ${property}, whose kind has no order`)
  }
  return {
    table,
    prefix,
    tags: options.tags ?? [options.prefix.slice(options.prefix.lastIndexOf("/") + 1)],
    description: options.description ?? table.comment,
    actions,
    key: table.primaryKey,
    clientKeys: options.clientKeys ?? false,
    readable,
    create: createFields(options, fail),
    update: updateFields(options, fail),
    searchFields: subset(options.searchFields ?? [], "searchFields"),
    filterFields,
    allowedOrderFields: ordered,
    orderingDefault: ordering,
    limits: all,
    etag: table.version !== undefined ? "version" : table.updatedAt !== undefined ? "updatedAt" : "none",
    tenant: table.tenant !== undefined
  }
}

// ── making ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const handlingOf = (
  resource: Omit<ResourceAny, "routes">,
  options: AnyOptions,
  problemOf: ((error: unknown) => Problem | undefined) | undefined
): ResourceRoutes.Handling => {
  const readOnly = (fields: ReadonlyArray<InputField>): ReadonlySet<string> =>
    new Set(resource.readable.filter((property) => fields.every((field) => field.property !== property)))
  const whole = (schema: Schema.Schema.AnyNoContext | undefined) =>
    schema === undefined || Input.isStruct(schema) ? undefined : schema
  const merged = resource.update.filter(({ column }) => column?.kind === "json").map(({ property, schema }) => {
    const encode = ParseResult.encodeUnknownEither(schema)
    // A row has all its columns.
    return [property, (row: unknown) => {
      const encoded = Either.getOrUndefined(encode((row as Readonly<Record<string, unknown>>)[property]))
      return typeof encoded === "string" ? parsed(encoded) : encoded
    }] as const
  })
  return {
    decodeCreate: Input.decoder({
      fields: resource.create,
      readOnly: readOnly(resource.create),
      complete: true,
      whole: whole(options.createSchema)
    }),
    decodeUpdate: Input.decoder({
      fields: resource.update,
      readOnly: readOnly(resource.update),
      complete: false,
      whole: whole(options.updateSchema)
    }),
    merged: new Map(merged),
    problemOf
  }
}

/** Of a column whose Schema starts from JSON text. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const makeWith = <R>(
  given: AnyOptions,
  service: Effect.Effect<ResourceRoutes.Store<R>, never, R>,
  problemOf: ((error: unknown) => Problem | undefined) | undefined
): Resource<TableAny, string, string, unknown, R> => {
  const resource = resolve(given)
  const handling = handlingOf(resource, given, problemOf)
  const made: Resource<TableAny, string, string, unknown, R> = {
    ...resource,
    routes: (settings) => Effect.map(service, (store) => ResourceRoutes.make(made, handling, store, settings))
  }
  return made
}

/**
 * Makes the resource of a table. Throws `InvalidResource` for what types cannot refuse. The default service is the plain repository
 * of the default database.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <
    T extends TableAny,
    Input,
    I,
    E,
    RH,
    R,
    const F extends Readable<T> = never,
    const O extends Readable<T> = never
  >(
    options: ResourceOptions<T, F, O> & ServiceOptions<T, Input, E, RH, R> & {
      /** What clients send to create: what the service takes. */
      readonly createSchema: Schema.Schema<Input, I>
    }
  ): Resource<T, F, O, Input, R | RH | TenantOf<T>>
  <T extends TableAny, E, RH, R, const F extends Readable<T> = never, const O extends Readable<T> = never>(
    options: ResourceOptions<T, F, O> & ServiceOptions<T, Create<T>, E, RH, R>
  ): Resource<T, F, O, T["model"]["jsonCreate"]["Type"], R | RH | TenantOf<T>>
  <
    T extends TableAny,
    I,
    C extends Create<T> = never,
    CI = never,
    const F extends Readable<T> = never,
    const O extends Readable<T> = never
  >(
    options: ResourceOptions<T, F, O> & PlainOptions<T, C, CI> & {
      /** The database that has the table, where it is not the default one. */
      readonly database: SqlTag<I>
    }
  ): Resource<T, F, O, T["model"]["jsonCreate"]["Type"], I | TenantOf<T>>
  <
    T extends TableAny,
    C extends Create<T> = never,
    CI = never,
    const F extends Readable<T> = never,
    const O extends Readable<T> = never
  >(
    options: ResourceOptions<T, F, O> & PlainOptions<T, C, CI>
  ): Resource<T, F, O, T["model"]["jsonCreate"]["Type"], Default | TenantOf<T>>
} = (options: unknown): never => {
  // The overloads have checked it; the implementation works on the table's metadata.
  const given = options as AnyOptions & {
    readonly service?: Effect.Effect<ResourceRoutes.Store<Default>, never, Default>
    readonly problemOf?: (error: unknown) => Problem | undefined
    readonly database?: SqlTag<Default>
  }
  const { database, problemOf, table } = given
  const repository = database === undefined ? Repository.make(table) : Repository.make(table, { database })
  // Keys, inputs and fields come from decoders that were compiled from this table, so they are of the types it gives.
  const service = given.service ??
    Effect.map(repository, (made) => Service.make(made) as unknown as ResourceRoutes.Store<Default>)
  return makeWith(given, service, problemOf) as never
}
