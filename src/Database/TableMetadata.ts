/**
 * What a table is: the metadata that `Table.make` checks and completes, and the types of its rows, inputs and keys. Programs
 * reach all of this through `Table`.
 *
 * @since 0.1.0
 */
import type * as VariantSchema from "@effect/experimental/VariantSchema"
import type * as Model from "@effect/sql/Model"
import type * as Schema from "effect/Schema"
import type * as Column from "./Column.js"

type Fields = { readonly fields: Schema.Struct.Fields }

/**
 * Any model made with `Model.Class`.
 *
 * @since 0.1.0
 * @category models
 */
export type AnyModel = Model.AnyNoContext & {
  readonly insert: Fields
  readonly update: Fields
  readonly json: Fields
  readonly jsonCreate: Fields
  readonly jsonUpdate: Fields
  // VariantSchema's own constraint for a struct of any fields; nothing is read through it here.
  // oxlint-disable-next-line no-explicit-any
  readonly [VariantSchema.TypeId]: any
}

/**
 * The names of a model's columns.
 *
 * @since 0.1.0
 * @category models
 */
export type Property<M extends AnyModel> = keyof M["fields"] & string

/**
 * A unique key. In a soft-delete table it means: unique among live rows.
 *
 * @since 0.1.0
 * @category models
 */
export interface UniqueKey {
  readonly name: string
  readonly properties: ReadonlyArray<string>
}

/**
 * A secondary index.
 *
 * @since 0.1.0
 * @category models
 */
export interface Index {
  readonly name: string
  readonly properties: ReadonlyArray<string>
}

/**
 * What happens to referencing rows.
 *
 * @since 0.1.0
 * @category models
 */
export type ReferentialAction = "no action" | "restrict" | "cascade" | "set null" | "set default"

/**
 * A foreign key. `references` is a thunk because tables may refer to each other.
 *
 * @since 0.1.0
 * @category models
 */
export interface ForeignKey {
  readonly name: string
  readonly properties: ReadonlyArray<string>
  readonly references: () => TableAny
  /** Properties of the referenced table. */
  readonly referenced: () => ReadonlyArray<string>
  readonly onDelete: ReferentialAction
  readonly onUpdate: ReferentialAction
}

/**
 * A CHECK constraint: SQL over column names, verbatim; `properties` are the fields an error points at.
 *
 * @since 0.1.0
 * @category models
 */
export interface Check {
  readonly name: string
  readonly sql: string
  readonly properties: ReadonlyArray<string>
}

/**
 * Who makes primary keys: the application (`uuid-v7`), the database (identity), or the caller.
 *
 * @since 0.1.0
 * @category models
 */
export type KeyGenerator = "uuid-v7" | "database" | "caller"

/**
 * A table, whatever its types.
 *
 * @since 0.1.0
 * @category models
 */
export interface TableAny {
  readonly model: AnyModel
  readonly name: string
  /** Schema (namespace) in the database; undefined is the connection's default. */
  readonly schema: string | undefined
  readonly columns: ReadonlyArray<Column.Column>
  readonly byProperty: ReadonlyMap<string, Column.Column>
  readonly primaryKey: ReadonlyArray<string>
  readonly keyGenerator: KeyGenerator
  readonly unique: ReadonlyArray<UniqueKey>
  readonly indexes: ReadonlyArray<Index>
  readonly foreignKeys: ReadonlyArray<ForeignKey>
  readonly checks: ReadonlyArray<Check>
  readonly tenant: string | undefined
  readonly softDelete: string | undefined
  readonly version: string | undefined
  readonly createdAt: string | undefined
  readonly updatedAt: string | undefined
  readonly comment: string | undefined
}

/**
 * A table with its types: model, key properties, tenant property.
 *
 * @since 0.1.0
 * @category models
 */
export interface Table<M extends AnyModel, Key extends Property<M>, Tenant extends Property<M> = never>
  extends TableAny
{
  readonly model: M
  readonly primaryKey: ReadonlyArray<Key>
  readonly tenant: [Tenant] extends [never] ? undefined : Tenant
}

/**
 * A row as programs see it.
 *
 * @since 0.1.0
 * @category types
 */
export type Row<T extends TableAny> = T["model"]["Type"]

/**
 * The properties that JSON shows.
 *
 * @since 0.1.0
 * @category types
 */
export type Readable<T extends TableAny> = keyof T["model"]["json"]["fields"] & string

type Managed<T extends TableAny> = T["primaryKey"][number] | (T["tenant"] & string)

/**
 * What creates a row. Generated columns are optional keys, managed ones absent; the tenant is never given.
 *
 * @since 0.1.0
 * @category types
 */
export type Create<T extends TableAny> = Omit<
  Schema.Struct.Constructor<T["model"]["insert"]["fields"]>,
  T["tenant"] & string
>

/**
 * What changes a row: an absent property is untouched; the key and the tenant are not part of it.
 *
 * @since 0.1.0
 * @category types
 */
export type Patch<T extends TableAny> = {
  readonly [K in Exclude<keyof T["model"]["update"]["fields"] & keyof Row<T>, Managed<T>>]?: Row<T>[K]
}

type IsUnion<U, C = U> = U extends unknown ? ([C] extends [U] ? false : true) : never

/**
 * A primary-key value: the property's own type, or a record of all key properties when there are several.
 *
 * @since 0.1.0
 * @category types
 */
export type Key<T extends TableAny> = T["primaryKey"] extends ReadonlyArray<infer K extends string>
  ? IsUnion<K> extends true ? Pick<Row<T>, K & keyof Row<T>>
  : Row<T>[K & keyof Row<T>]
  : never

/**
 * An order: a property, `-` before it for descending.
 *
 * @since 0.1.0
 * @category types
 */
export type Order<T extends TableAny> = `${"" | "-"}${Property<T["model"]>}`
