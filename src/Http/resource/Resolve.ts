/**
 * From options to the whole definition of a resource: defaults from the table, allow-lists checked.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { Column } from "../../Database/Column.js"
import type { TableAny } from "../../Database/TableMetadata.js"
import * as Filter from "../request/Filter.js"
import * as Input from "../request/Input.js"
import type { Action, FilterOperator, InputField, Limits, ResourceAny } from "../Resource.js"
import { type AnyOptions, InvalidResource, limits } from "./Options.js"

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

/**
 * Completes the options. Throws `InvalidResource`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolve = (options: AnyOptions): Omit<ResourceAny, "routes"> => {
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
