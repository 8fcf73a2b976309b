/**
 * What a resource is made from.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Create, Readable, TableAny } from "../../Database/TableMetadata.js"
import type { Service } from "../../Repository/Service.js"
import type { Problem } from "../Problem.js"
import type { Action, FilterOperator, Limits } from "../Resource.js"

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
  readonly service: Effect.Effect<Service<T, Input, E, RH>, never, R>
  readonly problemOf?: (error: E) => Problem | undefined
}

/**
 * Options of any table.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyOptions extends ResourceOptions<TableAny, string, string> {
  readonly createSchema?: Schema.Schema.AnyNoContext
}
