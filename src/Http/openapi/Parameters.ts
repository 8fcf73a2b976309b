/**
 * The parameters of one resource's operations, each with the bounds that the server enforces.
 *
 * @since 0.1.0
 */
import type { FilterOperator, ResourceAny } from "../Resource.js"
import type { JsonSchema, Parameter, Reference } from "./Document.js"
import * as FieldSchema from "./FieldSchema.js"
import * as Schemas from "./Schemas.js"

const query = (name: string, schema: JsonSchema, description: string): Parameter => ({
  name,
  in: "query",
  description,
  schema
})

/** A list in one parameter, split at commas. */
const listed = (name: string, items: JsonSchema, bounds: JsonSchema, description: string): Parameter => ({
  ...query(name, { type: "array", items, ...bounds }, description),
  style: "form",
  explode: false
})

const said: { readonly [O in FilterOperator]: (field: string) => string } = {
  eq: (field) => `Rows whose ${field} is this.`,
  ne: (field) => `Rows whose ${field} is not this, or is null.`,
  in: (field) => `Rows whose ${field} is one of these.`,
  nin: (field) => `Rows whose ${field} is none of these, or is null.`,
  null: (field) => `Rows whose ${field} is null, or is not.`,
  lt: (field) => `Rows whose ${field} is less.`,
  lte: (field) => `Rows whose ${field} is less or the same.`,
  gt: (field) => `Rows whose ${field} is greater.`,
  gte: (field) => `Rows whose ${field} is greater or the same.`,
  icontains: (field) => `Rows whose ${field} contains this text, whatever the case.`,
  istartswith: (field) => `Rows whose ${field} starts with this text, whatever the case.`
}

const filter = (resource: ResourceAny, field: string, operator: FilterOperator): Parameter => {
  const name = operator === "eq" ? field : `${field}__${operator}`
  const description = said[operator](field)
  const value = valueOf(resource, field)
  switch (operator) {
    case "in":
    case "nin":
      return listed(name, value, { minItems: 1, maxItems: resource.limits.inValues }, description)
    case "null":
      return query(name, { type: "boolean" }, description)
    case "icontains":
    case "istartswith":
      return query(name, { type: "string", minLength: 1 }, description)
    default:
      return query(name, value, description)
  }
}

/** Of a value to compare with: what the column's kind demands, without what only new values must meet. */
const valueOf = (resource: ResourceAny, field: string): JsonSchema => {
  const { description: _, examples: _examples, ...schema } = Schemas.property(resource, field)
  const { enum: values, type } = schema
  if (!Array.isArray(type)) return schema
  const [first] = type
  return Array.isArray(values)
    ? { ...schema, type: first, enum: values.filter((value) => value !== null) }
    : { ...schema, type: first }
}

/**
 * Of the list.
 *
 * @since 0.1.0
 * @category constructors
 */
export const list = (resource: ResourceAny): ReadonlyArray<Parameter> => {
  const { allowedOrderFields, filterFields, limits, orderingDefault, searchFields } = resource
  const order = allowedOrderFields.flatMap((field) => [field, `-${field}`])
  return [
    query(
      "limit",
      { type: "integer", minimum: 0, maximum: limits.maxLimit, default: limits.limit },
      "Rows of a page; 0 answers the count alone."
    ),
    query(
      "offset",
      { type: "integer", minimum: 0, maximum: limits.maxOffset, default: 0 },
      "Rows to leave out before the page. Not with `cursor`."
    ),
    query(
      "cursor",
      { type: "string", minLength: 1, maxLength: limits.cursor },
      "Where to go on: `next` of an earlier page with the same order and filters."
    ),
    ...(searchFields.length === 0 ? [] : [
      query(
        "q",
        { type: "string", minLength: 1, maxLength: limits.q },
        `Text to look for in ${searchFields.join(", ")}, whatever the case.`
      ),
      listed(
        "search_fields",
        { type: "string", enum: searchFields },
        { minItems: 1 },
        "Where `q` looks. Default: in all of them."
      )
    ]),
    ...(order.length === 0 ? [] : [
      listed(
        "order_by",
        { type: "string", enum: order },
        {
          minItems: 1,
          maxItems: limits.orderKeys,
          uniqueItems: true,
          ...(orderingDefault.length === 0 || !orderingDefault.every((key) => order.includes(key))
            ? {}
            : { default: orderingDefault })
        },
        "Order of the rows, `-` for descending; the key is added behind."
      )
    ]),
    fields(resource),
    query(
      "count",
      { type: "string", enum: ["exact", "estimated", "none"] },
      "Whether `total` is counted. Default: exact, with a cursor none."
    ),
    ...Object.entries(filterFields).flatMap(([field, operators]) =>
      operators.map((operator) => filter(resource, field, operator))
    )
  ]
}

/**
 * Which properties a read answers.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fields = ({ readable }: ResourceAny): Parameter =>
  listed(
    "fields",
    { type: "string", enum: readable },
    { minItems: 1 },
    "Properties to answer. The key is always among them. Default: all."
  )

/**
 * The key in the path.
 *
 * @since 0.1.0
 * @category constructors
 */
export const key = (resource: ResourceAny): Parameter => {
  const [first] = resource.key
  if (first === undefined || resource.key.length > 1) {
    const names = resource.key.join(",")
    return {
      name: "id",
      in: "path",
      required: true,
      description: `The key: ${names}, joined by commas, each part percent-encoded.`,
      schema: { type: "string", minLength: 1 }
    }
  }
  const { description: _, ...schema } = Schemas.property(resource, first)
  const example = FieldSchema.example(schema)
  const { examples: _examples, ...plain } = schema
  return {
    name: "id",
    in: "path",
    required: true,
    description: `The key: ${first}.`,
    schema: plain,
    ...(example === undefined ? {} : { example })
  }
}

/**
 * The key where its form does not matter: OPTIONS is about the path.
 *
 * @since 0.1.0
 * @category constants
 */
export const anyKey: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "Any key.",
  schema: { type: "string", minLength: 1 }
}

const tag = "(W/)?\"[!#-~]*\""
const tags: JsonSchema = { type: "string", pattern: `^(\\*|${tag}( *, *${tag})*)$` }

/**
 * Headers that several operations take.
 *
 * @since 0.1.0
 * @category constants
 */
export const shared: Readonly<Record<string, Parameter>> = {
  RequestId: {
    name: "X-Request-Id",
    in: "header",
    description:
      "Names the request in logs and answers: at most 128 letters, digits and `._~:/+=@-`. One is made up for any other.",
    schema: { type: "string" }
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "ETags the caller has: 304 when the item is still one of them.",
    schema: tags
  },
  IfMatch: {
    name: "If-Match",
    in: "header",
    description: "ETag the caller has read: 412 when the item has changed since; `*` means that it must exist.",
    schema: tags
  },
  Prefer: {
    name: "Prefer",
    in: "header",
    description: "RFC 7240. `return=minimal`: the answer has no body.",
    schema: { type: "string", examples: ["return=minimal", "return=representation"] }
  }
}

/**
 * A pointer to one of them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const reference = (name: keyof typeof shared & string): Reference => ({
  $ref: `#/components/parameters/${name}`
})
