/**
 * A table as a resource over HTTP. One value gives the routes, their OpenAPI and the typed client.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import * as Column from "../Database/Column.js"
import type { Create, Readable, TableAny } from "../Database/TableMetadata.js"
import * as Repository from "../Repository/Repository.js"
import * as Service from "../Repository/Service.js"
import type { Default, SqlTag } from "../SqlLayer/Sql.js"
import type { TenantOf } from "../Tenancy/CurrentTenant.js"
import type { Problem } from "./Problem.js"
import * as Input from "./request/Input.js"
import type { InputField, Resource, ResourceAny } from "./Resource.js"
import type { AnyOptions, PlainOptions, ResourceOptions, ServiceOptions } from "./resource/Options.js"
import { resolve } from "./resource/Resolve.js"
import * as ResourceRoutes from "./ResourceRoutes.js"

export {
  type FilterFields,
  InvalidResource,
  limits,
  type PlainOptions,
  type ResourceOptions,
  type ServiceOptions
} from "./resource/Options.js"

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

const looksSecret = /(?:^|_)(?:password|passwd|secret|token|hash)(?:_|$)/

/** Names that speak of secrets, among what clients can read. */
const warnOfSecrets = ({ prefix, readable, table }: ResourceAny): Effect.Effect<void> => {
  const names = readable.filter((property) => looksSecret.test(Column.snakeCase(property)))
  return names.length === 0 ? Effect.void : Effect.logWarning(
    `http: ${prefix} shows ${names.join(", ")} of table ${table.name} to every client: mark what is secret as sensitive`
  )
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
    routes: (settings) =>
      Effect.zipRight(
        warnOfSecrets(made),
        Effect.map(service, (store) => ResourceRoutes.make(made, handling, store, settings))
      )
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
