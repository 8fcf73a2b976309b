/**
 * The schemas of one resource: what is read, created, changed and listed; and of problems.
 *
 * @since 0.1.0
 */
import type * as Column from "../../Database/Column.js"
import { type ItemCode, maxItems } from "../Problem.js"
import type { InputField, ResourceAny } from "../Resource.js"
import type { JsonSchema, Reference } from "./Document.js"
import * as FieldSchema from "./FieldSchema.js"

/**
 * A pointer to a schema of the document.
 *
 * @since 0.1.0
 * @category constructors
 */
export const reference = (name: string): Reference => ({ $ref: `#/components/schemas/${name}` })

const columnOf = (resource: ResourceAny, property: string): Column.Column => {
  const column = resource.table.byProperty.get(property)
  // Lists of a resource are checked against the table when it is made.
  if (column === undefined) throw new Error(`there is no column behind ${property}`)
  return column
}

/**
 * One property of an item.
 *
 * @since 0.1.0
 * @category constructors
 */
export const property = (resource: ResourceAny, name: string): JsonSchema => {
  const column = columnOf(resource, name)
  return FieldSchema.make(column, column.schema.ast)
}

/**
 * What the caller gets: every readable property. Of what is read only the key is certain, for `fields` may leave out the others.
 *
 * @since 0.1.0
 * @category constructors
 */
export const item = (resource: ResourceAny, of: "written" | "read"): JsonSchema => ({
  type: "object",
  ...(resource.table.comment === undefined ? {} : { description: resource.table.comment }),
  properties: Object.fromEntries(resource.readable.map((name) => [name, property(resource, name)])),
  required: of === "written" ? resource.readable : resource.key.filter((name) => resource.readable.includes(name)),
  additionalProperties: false
})

const inputSchema = ({ column, nullable, schema }: InputField): JsonSchema =>
  FieldSchema.make(
    {
      // Without a column the Schema alone decides, as for a JSON column.
      kind: column?.kind ?? "json",
      nullable,
      options: column?.options ?? {}
    },
    schema.ast
  )

/**
 * What the caller sends. Anything else is refused.
 *
 * @since 0.1.0
 * @category constructors
 */
export const input = (fields: ReadonlyArray<InputField>): JsonSchema => {
  const required = fields.filter((field) => field.required).map((field) => field.property)
  return {
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.property, inputSchema(field)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false
  }
}

/**
 * A page. `items` hold the key and whatever `fields` asks for.
 *
 * @since 0.1.0
 * @category constructors
 */
export const page = (itemName: string, { limits }: ResourceAny): JsonSchema => ({
  type: "object",
  properties: {
    items: { type: "array", items: reference(itemName) },
    total: {
      type: ["integer", "null"],
      minimum: 0,
      description: "Rows that match in all; null when they were not counted."
    },
    total_kind: { type: "string", enum: ["exact", "estimated", "none"] },
    limit: { type: "integer", minimum: 0, maximum: limits.maxLimit },
    offset: { type: ["integer", "null"], minimum: 0, description: "Null when a cursor was given." },
    next: { type: ["string", "null"], description: "The cursor of the next page; null on the last one." }
  },
  required: ["items", "total", "total_kind", "limit", "offset", "next"],
  additionalProperties: false
})

/**
 * Values that fit, by property; undefined when one that is required has no example.
 *
 * @since 0.1.0
 * @category constructors
 */
export const example = (schema: JsonSchema): Readonly<Record<string, unknown>> | undefined => {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>> // as built above
  const required = (schema["required"] ?? []) as ReadonlyArray<string> // as built above
  const values = Object.entries(properties).flatMap(([name, each]) => {
    const value = FieldSchema.example(each)
    return value === undefined ? [] : [[name, value] as const]
  })
  const made = Object.fromEntries(values)
  return required.every((name) => name in made) ? made : undefined
}

const itemCodes = [
  "required",
  "unknown_field",
  "unknown_parameter",
  "duplicate_parameter",
  "read_only",
  "invalid_type",
  "invalid_format",
  "invalid_value",
  "too_short",
  "too_long",
  "too_small",
  "too_large",
  "not_null",
  "not_unique",
  "reference_not_found",
  "check_failed",
  "conflict"
] satisfies ReadonlyArray<ItemCode>

/**
 * Problem objects (RFC 9457).
 *
 * @since 0.1.0
 * @category constructors
 */
export const problem = (codes: ReadonlyArray<string>): JsonSchema => ({
  type: "object",
  description: "What went wrong (RFC 9457). Titles and details are constants: they never repeat what was sent.",
  properties: {
    type: { type: "string", format: "uri", description: "Names the kind of problem, as `code` does." },
    title: { type: "string" },
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: { type: "string", enum: codes },
    instance: { type: "string", description: "The id of the request, as in X-Request-Id." },
    trace_id: { type: "string", description: "The trace that the request belongs to." },
    errors: {
      type: "array",
      maxItems: maxItems,
      description: "What is wrong in detail, each with one of pointer, parameter or header.",
      items: reference("ProblemItem")
    }
  },
  required: ["type", "title", "status", "code", "instance"]
})

/**
 * One entry of a problem's `errors`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const problemItem: JsonSchema = {
  type: "object",
  properties: {
    pointer: { type: "string", description: "JSON pointer into the body, as a URI fragment: `#/email`." },
    parameter: { type: "string", description: "Name of a query parameter." },
    header: { type: "string", description: "Name of a header." },
    code: { type: "string", enum: itemCodes },
    detail: { type: "string" }
  },
  required: ["code", "detail"],
  additionalProperties: false
}
