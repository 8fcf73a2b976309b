/**
 * A resource: a pure value that says everything about one table over HTTP. Routes, OpenAPI and the typed client are functions of
 * it. `SqlResource.make` makes one and fills in the defaults.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Column } from "../Database/Column.js"
import type { TableAny } from "../Database/TableMetadata.js"
import type { Route } from "./Route.js"
import type { Settings } from "./Settings.js"

/**
 * What can be done with a resource.
 *
 * @since 0.1.0
 * @category models
 */
export type Action = "list" | "get" | "create" | "update" | "delete"

/**
 * The operators of filters; `eq` is the bare field name, the others are `<field>__<operator>`.
 *
 * @since 0.1.0
 * @category models
 */
export type FilterOperator =
  | "eq"
  | "ne"
  | "in"
  | "nin"
  | "null"
  | "lt"
  | "lte"
  | "gt"
  | "gte"
  | "icontains"
  | "istartswith"

/**
 * Bounds of one resource. Times in milliseconds, sizes in bytes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  /** Rows of a page that does not say. Default: 50. */
  readonly limit: number
  /** Default: 1000. */
  readonly maxLimit: number
  /** Default: 10 000. */
  readonly maxOffset: number
  /** Keys of `order_by`. Default: 4. */
  readonly orderKeys: number
  /** Default: 20. */
  readonly filters: number
  /** Values of `in` and `nin`. Default: 100. */
  readonly inValues: number
  /** Characters of `q`. Default: 200. */
  readonly q: number
  /** Default: 1 MiB. */
  readonly body: number
  /** Default: 32. */
  readonly jsonDepth: number
  /** Default: 10 000. */
  readonly jsonTokens: number
  /** For the body to arrive. Default: 15 seconds. */
  readonly bodyTimeout: number
  /** Bytes of a cursor. Default: 1024. */
  readonly cursor: number
  /** Attempts after a deadlock or serialization failure. Default: 3. */
  readonly retries: number
}

/**
 * A property of a body that clients send.
 *
 * @since 0.1.0
 * @category models
 */
export interface InputField {
  readonly property: string
  /** The column of that name; undefined for inputs that only a service understands (the plain password). */
  readonly column: Column | undefined
  /** Whether a body without it is refused; never so on update. */
  readonly required: boolean
  /** Whether `null` may be sent. */
  readonly nullable: boolean
  /** Of the value. The JSON form follows the column's kind (see `Database/Column`), constraints follow this Schema's annotations. */
  readonly schema: Schema.Schema.AnyNoContext
}

/**
 * A resource. `prefix` includes the mount prefix. All lists of names are properties, in the order of the table.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resource<T extends TableAny, Filter extends string, Order extends string, out Input, out R> {
  readonly table: T
  readonly prefix: string
  readonly tags: ReadonlyArray<string>
  readonly description: string | undefined
  readonly actions: ReadonlySet<Action>
  /** Properties of the primary key; one path segment, joined by `,`. */
  readonly key: ReadonlyArray<string>
  /** Whether clients choose keys. */
  readonly clientKeys: boolean
  readonly readable: ReadonlyArray<string>
  readonly create: ReadonlyArray<InputField>
  readonly update: ReadonlyArray<InputField>
  /** Empty: there is no `q` and no `search_fields`. */
  readonly searchFields: ReadonlyArray<string>
  readonly filterFields: Readonly<Record<Filter, ReadonlyArray<FilterOperator>>>
  readonly allowedOrderFields: ReadonlyArray<Order>
  /** Order of lists that do not say; the primary key is added behind it. */
  readonly orderingDefault: ReadonlyArray<string>
  readonly limits: Limits
  /** What the item's ETag is made of; `none`: there is no ETag. */
  readonly etag: "version" | "updatedAt" | "none"
  /** Whether requests need a tenant. */
  readonly tenant: boolean
  readonly routes: (settings: Settings) => Effect.Effect<ReadonlyArray<Route<R>>, never, R>
  /** Phantom: what the service's `create` takes. */
  readonly _Input?: () => Input
}

/**
 * A resource, whatever its types.
 *
 * @since 0.1.0
 * @category models
 */
export type ResourceAny = Resource<TableAny, string, string, unknown, unknown>

/**
 * What the routes of a resource need.
 *
 * @since 0.1.0
 * @category models
 */
export type ContextOf<A> = A extends
  { readonly routes: (settings: Settings) => Effect.Effect<unknown, never, infer R> } ? R
  : never
