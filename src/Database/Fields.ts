/**
 * Fields for models, where `Model` of `@effect/sql` bends: nullable columns whose patch knows absent from null, keys made by the
 * application or the database, and the managed columns (created, updated, deleted, version, tenant) that no caller writes.
 *
 * @since 0.1.0
 */
import type * as VariantSchema from "@effect/experimental/VariantSchema"
import * as Model from "@effect/sql/Model"
import * as Schema from "effect/Schema"

type Any = Schema.Schema.Any
/** A key that may be left out; where it is given it has a value. */
type Optional<S extends Any> = Schema.optionalWith<S, { exact: true }>
const optional = <S extends Any>(schema: S): Optional<S> => Schema.optionalWith(schema, { exact: true })

/**
 * A column that may be NULL: an `Option` in rows, `null` in JSON (never an omitted key). Creating without it stores NULL;
 * a patch without it leaves it untouched, a patch with `None` or `null` sets NULL.
 *
 * @since 0.1.0
 * @category fields
 */
export const nullable = <S extends Any>(
  schema: S
): VariantSchema.Field<{
  readonly select: Schema.OptionFromNullOr<S>
  readonly insert: Optional<Schema.OptionFromNullOr<S>>
  readonly update: Optional<Schema.OptionFromNullOr<S>>
  readonly json: Schema.OptionFromNullOr<S>
  readonly jsonCreate: Optional<Schema.OptionFromNullOr<S>>
  readonly jsonUpdate: Optional<Schema.OptionFromNullOr<S>>
}> => {
  const option = Schema.OptionFromNullOr(schema)
  const maybe = optional(option)
  return Model.Field({
    select: option,
    insert: maybe,
    update: maybe,
    json: option,
    jsonCreate: maybe,
    jsonUpdate: maybe
  })
}

/**
 * A field that is read, and may be left out when the row is created: shape of generated keys.
 *
 * @since 0.1.0
 * @category models
 */
export type GeneratedKey<S extends Any> = VariantSchema.Field<{
  readonly select: S
  readonly insert: Optional<S>
  readonly json: S
}>

const generatedKey = <S extends Any>(schema: S): GeneratedKey<S> =>
  Model.Field({ select: schema, insert: optional(schema), json: schema })

/**
 * A primary key made by the application when the caller gives none: a UUID of version 7 (RFC 9562), so that new rows sort behind old ones.
 *
 * @since 0.1.0
 * @category fields
 */
export const uuidV7 = <S extends Any>(schema: S): GeneratedKey<S> => generatedKey(schema)

/**
 * A primary key made by the database when the caller gives none: an identity column (PostgreSQL), the row id (SQLite).
 *
 * @since 0.1.0
 * @category fields
 */
export const identity = <S extends Any>(schema: S): GeneratedKey<S> => generatedKey(schema)

/**
 * A column that is set when the row is created and never again.
 *
 * @since 0.1.0
 * @category fields
 */
export const immutable = <S extends Any>(
  schema: S
): VariantSchema.Field<{ readonly select: S; readonly insert: S; readonly json: S; readonly jsonCreate: S }> =>
  Model.Field({ select: schema, insert: schema, json: schema, jsonCreate: schema })

/**
 * A column of the database that JSON never shows. Not a secret by itself: mark those `sensitive` in the table's options.
 *
 * @since 0.1.0
 * @category fields
 */
export const hidden = <S extends Any>(
  schema: S
): VariantSchema.Field<{ readonly select: S; readonly insert: S; readonly update: S }> =>
  Model.Field({ select: schema, insert: schema, update: schema })

/**
 * A column the library itself writes, shown in JSON: the creation or update time, or any other role of the table.
 *
 * @since 0.1.0
 * @category fields
 */
export const managed = <S extends Any>(schema: S): VariantSchema.Field<{ readonly select: S; readonly json: S }> =>
  Model.Field({ select: schema, json: schema })

/**
 * A column the library itself writes and JSON never shows: version, deletion time, tenant.
 *
 * @since 0.1.0
 * @category fields
 */
export const internal = <S extends Any>(schema: S): VariantSchema.Field<{ readonly select: S }> =>
  Model.Field({ select: schema })

/**
 * When the row was created: for the table's `createdAt`.
 *
 * @since 0.1.0
 * @category fields
 */
export const createdAt = managed(Schema.DateTimeUtc)

/**
 * When the row was last written: for the table's `updatedAt`.
 *
 * @since 0.1.0
 * @category fields
 */
export const updatedAt = managed(Schema.DateTimeUtc)

/**
 * When the row was deleted, `None` while it lives: for the table's `softDelete`.
 *
 * @since 0.1.0
 * @category fields
 */
export const deletedAt = internal(Schema.OptionFromNullOr(Schema.DateTimeUtc))

/**
 * How often the row was written, from 1: for the table's `version` (optimistic locking, ETags).
 *
 * @since 0.1.0
 * @category fields
 */
export const version = internal(Schema.Int)
