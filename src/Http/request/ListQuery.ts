/**
 * The parameters of a list: everything outside of the allow-lists and the limits is an issue, all issues at once.
 *
 * @since 0.1.0
 */
import * as Issue from "../../Database/Issue.js"
import type { Node } from "../../Database/Predicate.js"
import type { Item, ItemCode } from "../Problem.js"
import type { ResourceAny } from "../Resource.js"
import * as Filter from "./Filter.js"
import * as Query from "./Query.js"
import * as Value from "./Value.js"

/**
 * What a list is asked for. The cursor is still to be looked at.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListQuery {
  readonly limit: number
  readonly offset: number
  readonly cursor: string | undefined
  readonly where: ReadonlyArray<Node>
  readonly orderBy: ReadonlyArray<string>
  /** In the table's order, the key included; undefined for all. */
  readonly fields: ReadonlyArray<string> | undefined
  readonly count: "exact" | "estimated" | "none"
  /** The same text for the same filters. */
  readonly filters: string
}

/**
 * Parses the parameters.
 *
 * @since 0.1.0
 * @category models
 */
export type Parse = (parameters: Query.Parameters) => ListQuery | ReadonlyArray<Item>

const item = (parameter: string, fault: { readonly code: ItemCode; readonly detail: string }): Item => ({
  parameter,
  code: fault.code,
  detail: fault.detail
})

const unknown = { code: "unknown_parameter", detail: "is not a known parameter" } as const
const duplicate = { code: "duplicate_parameter", detail: "must be given once" } as const
const withCursor = { code: "conflict", detail: "cannot be combined with cursor" } as const
const twice = { code: "invalid_value", detail: "must not name a field twice" } as const

/** A name of the client's can be repeated where it is ours too, or short and plain; else it stays away. */
const nameOf = (name: string): string => (/^[\w.-]{1,64}$/.test(name) ? name : "?")

/**
 * The issues that a query string has whatever its parameters mean: names given twice, and names that are not `known`.
 *
 * @since 0.1.0
 * @category checks
 */
export const strangers = (
  { duplicates, values }: Query.Parameters,
  known: (name: string) => boolean
): Array<Item> => {
  const issues: Array<Item> = []
  for (const name of values.keys()) {
    if (!known(name)) issues.push(item(nameOf(name), unknown))
    else if (duplicates.includes(name)) issues.push(item(name, duplicate))
  }
  return issues
}

const wholeBetween = (text: string, min: number, max: number): number | Issue.Fault => {
  if (!/^-?\d{1,400}$/.test(text)) return Issue.faults.whole
  const value = Number(text)
  return value < min ? Issue.bound("too_small", min) : value > max ? Issue.bound("too_large", max) : value + 0
}

/**
 * Compiles the reader of `fields`: a list of readable ones; the key is always part of it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fieldsReader = (resource: ResourceAny): (text: string) => ReadonlyArray<string> | Issue.Fault => {
  const readable = new Set(resource.readable)
  return (text) => {
    const names = Query.list(text)
    if (!names.every((name) => readable.has(name))) return Issue.oneOf(resource.readable)
    return resource.readable.filter((property) => names.includes(property) || resource.key.includes(property))
  }
}

const isFault = (value: unknown): value is Issue.Fault =>
  typeof value === "object" && value !== null && "code" in value && "detail" in value

const reserved = ["limit", "offset", "cursor", "order_by", "fields", "count"]

/**
 * Compiles the parser of a resource's list parameters.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parser = (resource: ResourceAny): Parse => {
  const { limits } = resource
  const filters = Filter.readers(resource.table, resource.filterFields, limits)
  const searchable = resource.searchFields
  const names = new Set([...reserved, ...(searchable.length > 0 ? ["q", "search_fields"] : [])])
  const known = (name: string) => names.has(name) || filters.has(name)
  const orderable = new Set<string>(resource.allowedOrderFields)
  const readFields = fieldsReader(resource)
  const plain = {
    limit: limits.limit,
    offset: 0,
    cursor: undefined,
    where: [],
    orderBy: resource.orderingDefault,
    fields: undefined,
    count: "exact",
    filters: ""
  } as const satisfies ListQuery

  const readOrder = (text: string): ReadonlyArray<string> | Issue.Fault => {
    const order = Query.list(text)
    const properties = order.map((name) => name.startsWith("-") ? name.slice(1) : name)
    if (order.length > limits.orderKeys) return Issue.length("too_long", limits.orderKeys, "item")
    if (!properties.every((name) => orderable.has(name))) return Issue.oneOf(resource.allowedOrderFields)
    return new Set(properties).size === properties.length ? order : twice
  }
  const readQ = (text: string): string | Issue.Fault => {
    const q = text.normalize("NFC").trim()
    const { length } = [...q]
    return Value.hasForbidden(q)
      ? Issue.faults.characters
      : length < 1
      ? Issue.length("too_short", 1, "character")
      : length > limits.q
      ? Issue.length("too_long", limits.q, "character")
      : q
  }
  const readSearchFields = (text: string): ReadonlyArray<string> | Issue.Fault => {
    const fields = Query.list(text)
    return fields.every((name) => searchable.includes(name))
      ? searchable.filter((name) => fields.includes(name))
      : Issue.oneOf(searchable)
  }

  return (parameters) => {
    const { values } = parameters
    if (values.size === 0) return plain
    const issues = strangers(parameters, known)
    const take = <A>(name: string, read: (text: string) => A | Issue.Fault, otherwise: A): A => {
      const text = values.get(name)
      if (text === undefined) return otherwise
      const value = read(text)
      if (!isFault(value)) return value
      issues.push(item(name, value))
      return otherwise
    }
    const cursor = values.get("cursor")
    const counts = ["exact", "estimated", "none"] as const
    const limit = take("limit", (text) => wholeBetween(text, 0, limits.maxLimit), limits.limit)
    const offset = take("offset", (text) => wholeBetween(text, 0, limits.maxOffset), 0)
    if (cursor !== undefined && values.has("offset")) issues.push(item("offset", withCursor))
    const q = take<string | undefined>("q", readQ, undefined)
    const searched = take("search_fields", readSearchFields, searchable)
    const orderBy = take("order_by", readOrder, resource.orderingDefault)
    const fields = take<ReadonlyArray<string> | undefined>("fields", readFields, undefined)
    const count = take<ListQuery["count"]>(
      "count",
      (text) => counts.find((one) => one === text) ?? Issue.oneOf(counts),
      cursor === undefined ? "exact" : "none"
    )
    const where: Array<Node> = []
    const given: Array<readonly [string, string]> = []
    for (const [name, text] of values) {
      const read = filters.get(name)
      if (read === undefined || names.has(name)) continue
      const node = read(text)
      if (isFault(node)) issues.push(item(name, node))
      else where.push(node)
      given.push([name, text])
    }
    if (given.length > limits.filters) {
      issues.push(item(given[limits.filters]![0], { code: "too_long", detail: `at most ${limits.filters} filters` }))
    }
    if (issues.length > 0) return issues
    if (q !== undefined) where.push({ _tag: "Text", match: "contains", properties: searched, text: q })
    given.sort(([a], [b]) => (a < b ? -1 : 1))
    const signature = where.length === 0 ? "" : JSON.stringify([q ?? null, q === undefined ? [] : searched, given])
    return { limit, offset, cursor, where, orderBy, fields, count, filters: signature }
  }
}
