/**
 * The contract of a repository, the same for SQL and for MongoDB. Programs reach it through `Repository`.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { Option } from "effect/Option"
import type { DatabaseError } from "../Database/DatabaseError.js"
import type { Predicate } from "../Database/Predicate.js"
import type { InvalidInput, NotFound, VersionConflict } from "../Database/RepositoryError.js"
import type { Create, Key, Order, Patch, Property, Row, TableAny } from "../Database/TableMetadata.js"
import type { UnitOfWork } from "../Database/UnitOfWork.js"
import type { TenantOf } from "../Tenancy/CurrentTenant.js"

/**
 * Which rows, in which order. The order always ends in the primary key; default: the primary key alone.
 *
 * @since 0.1.0
 * @category models
 */
export interface Selection<T extends TableAny> {
  readonly where?: Predicate<Row<T>> | undefined
  readonly orderBy?: ReadonlyArray<Order<T>> | undefined
}

/**
 * A page by offset. `limit` defaults to 50, `offset` to 0.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions<T extends TableAny> extends Selection<T> {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/**
 * Text to look for in some columns: case-insensitive, `%`, `_` and `\` mean themselves.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchOptions<T extends TableAny> extends ListOptions<T> {
  readonly q: string
  readonly fields: ReadonlyArray<Property<T["model"]>>
}

/**
 * Where a page ended: the order's columns of its last row as the database's own texts (`null` for NULL), the primary key last.
 *
 * @since 0.1.0
 * @category models
 */
export type Keyset = ReadonlyArray<string | null>

/**
 * A page by keyset: the rows behind `after`.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageOptions<T extends TableAny> extends Selection<T> {
  readonly size: number
  readonly after?: Keyset | undefined
}

/**
 * Rows, and where to go on: `next` is undefined on the last page.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: Keyset | undefined
}

/**
 * How to write a row.
 *
 * @since 0.1.0
 * @category models
 */
export interface WriteOptions {
  /** Only if the row has this version; else `VersionConflict`. `InvalidInput` where the table has no version. */
  readonly version?: number | undefined
}

/**
 * A row as JSON text with its version (undefined without a version column). What Http prints when no hook needs the row.
 *
 * @since 0.1.0
 * @category models
 */
export interface JsonItem {
  readonly text: string
  readonly version: number | undefined
  /** `updatedAt` at the database's full precision, where the table has it: for ETags of tables without a version. */
  readonly updatedAt: string | undefined
  /** The primary key's parts as the JSON writer shows them, for `Location`. */
  readonly key: ReadonlyArray<string>
}

/**
 * A page of JSON texts. `total` only when it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface JsonPage {
  readonly items: ReadonlyArray<JsonItem>
  readonly next: Keyset | undefined
  readonly total: number | undefined
}

/**
 * What a page of JSON is asked for. `offset` and `after` exclude each other.
 *
 * @since 0.1.0
 * @category models
 */
export interface JsonPageOptions<T extends TableAny> extends Selection<T> {
  /** 0: no rows, the count only. */
  readonly limit: number
  readonly offset?: number | undefined
  readonly after?: Keyset | undefined
  readonly count: boolean
  /** Which readable properties, in the table's order; default: all. */
  readonly fields?: ReadonlyArray<string> | undefined
}

/**
 * The operations of a repository that answer JSON text: the same statements, printed by a generated writer. For the rooms above.
 *
 * @since 0.1.0
 * @category models
 */
export interface JsonRepository<T extends TableAny> {
  readonly find: (
    key: Key<T>,
    fields?: ReadonlyArray<string>
  ) => Effect.Effect<Option<JsonItem>, DatabaseError | InvalidInput, TenantOf<T>>
  readonly page: (options: JsonPageOptions<T>) => Effect.Effect<JsonPage, DatabaseError | InvalidInput, TenantOf<T>>
  readonly create: (data: Create<T>) => Effect.Effect<JsonItem, DatabaseError | InvalidInput, TenantOf<T>>
  readonly update: (
    key: Key<T>,
    patch: Patch<T>,
    options?: WriteOptions
  ) => Effect.Effect<JsonItem, DatabaseError | NotFound | VersionConflict | InvalidInput, TenantOf<T>>
  /** Prints a row that a service answered. */
  readonly print: (row: Row<T>) => JsonItem
}

/**
 * A repository of one table.
 *
 * @since 0.1.0
 * @category models
 */
export interface Repository<T extends TableAny> {
  readonly table: T
  readonly unitOfWork: UnitOfWork
  /** The live row of this key, or none. */
  readonly find: (key: Key<T>) => Effect.Effect<Option<Row<T>>, DatabaseError, TenantOf<T>>
  readonly get: (key: Key<T>) => Effect.Effect<Row<T>, DatabaseError | NotFound, TenantOf<T>>
  /** The rows of these keys that live, in no order; missing ones are left out. */
  readonly getMany: (keys: ReadonlyArray<Key<T>>) => Effect.Effect<ReadonlyArray<Row<T>>, DatabaseError, TenantOf<T>>
  readonly first: (selection?: Selection<T>) => Effect.Effect<Option<Row<T>>, DatabaseError | InvalidInput, TenantOf<T>>
  /** Fails with `InvalidInput` for a property that does not exist or cannot be compared, a limit that is no count, and their like. */
  readonly list: (
    options?: ListOptions<T>
  ) => Effect.Effect<ReadonlyArray<Row<T>>, DatabaseError | InvalidInput, TenantOf<T>>
  readonly search: (
    options: SearchOptions<T>
  ) => Effect.Effect<ReadonlyArray<Row<T>>, DatabaseError | InvalidInput, TenantOf<T>>
  readonly page: (options: PageOptions<T>) => Effect.Effect<Page<Row<T>>, DatabaseError | InvalidInput, TenantOf<T>>
  readonly count: (where?: Predicate<Row<T>>) => Effect.Effect<number, DatabaseError | InvalidInput, TenantOf<T>>
  readonly exists: (where: Predicate<Row<T>>) => Effect.Effect<boolean, DatabaseError | InvalidInput, TenantOf<T>>
  readonly create: (data: Create<T>) => Effect.Effect<Row<T>, DatabaseError | InvalidInput, TenantOf<T>>
  /** One statement per chunk; all or nothing of each chunk, put it in a transaction for all or nothing of the whole. */
  readonly insertMany: (
    data: ReadonlyArray<Create<T>>
  ) => Effect.Effect<ReadonlyArray<Row<T>>, DatabaseError | InvalidInput, TenantOf<T>>
  /** Immutable and managed properties are ignored at run time, and are not part of the type. */
  readonly update: (
    key: Key<T>,
    patch: Patch<T>,
    options?: WriteOptions
  ) => Effect.Effect<Row<T>, DatabaseError | NotFound | VersionConflict | InvalidInput, TenantOf<T>>
  /** Soft where the table says so, else hard. A row that is deleted already is `NotFound`. */
  readonly delete: (
    key: Key<T>,
    options?: WriteOptions
  ) => Effect.Effect<void, DatabaseError | NotFound | VersionConflict | InvalidInput, TenantOf<T>>
  /** Removes the row for good, whether soft-deleted before or not. */
  readonly purge: (key: Key<T>) => Effect.Effect<void, DatabaseError | NotFound, TenantOf<T>>
  /** Brings a soft-deleted row back; a row that lives, or a table without soft delete, has none: `NotFound`. */
  readonly restore: (key: Key<T>) => Effect.Effect<Row<T>, DatabaseError | NotFound, TenantOf<T>>
  /** Moves the database's key generator above the greatest key, after keys were given by the caller (imports). */
  readonly syncIdentity: Effect.Effect<void, DatabaseError>
  readonly json: JsonRepository<T>
}
