/**
 * Makes the repository of a table on a SQL database: every text compiled once, every call one statement.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Codec from "../../Database/Codec.js"
import { CapabilityMissing } from "../../Database/DatabaseError.js"
import type { Row, TableAny } from "../../Database/TableMetadata.js"
import * as UuidV7 from "../../Database/UuidV7.js"
import { Default, type Sql, type SqlTag } from "../../SqlLayer/Sql.js"
import type { Repository } from "../Contract.js"
import * as Input from "../Input.js"
import * as Bulk from "./Bulk.js"
import * as Compiled from "./Compiled.js"
import * as Engine from "./Engine.js"
import * as Json from "./Json.js"
import * as Reads from "./Reads.js"
import * as Rows from "./Rows.js"
import * as Target from "./Target.js"
import * as Writes from "./Writes.js"

/**
 * `decode`: `trusted` (default) takes the database's word that its values match the model's refinements; `verify` checks each.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly decode?: "trusted" | "verify" | undefined
}

/**
 * The same, on a database of its own tag.
 *
 * @since 0.1.0
 * @category models
 */
export interface OptionsOn<I> extends Options {
  readonly database: SqlTag<I>
}

/**
 * The repository of a table, on the default database or on another (`{ database: Reporting }`).
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <T extends TableAny>(table: T, options?: Options): Effect.Effect<Repository<T>, never, Default>
  <T extends TableAny, I>(table: T, options: OptionsOn<I>): Effect.Effect<Repository<T>, never, I>
} = <T extends TableAny, I>(
  table: T,
  options: Options | OptionsOn<I> = {}
): Effect.Effect<Repository<T>, never, Default | I> => {
  const of = (sql: Sql): Repository<T> => fromSql(table, sql, options)
  return "database" in options ? Effect.map(options.database, of) : Effect.map(Default, of)
}

/**
 * The same from the service itself.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromSql = <T extends TableAny>(table: T, sql: Sql, options: Options = {}): Repository<T> => {
  const target = Target.make(table, sql)
  const codec: Codec.Options = { level: options.decode }
  const context: Writes.Context = { target, input: Input.make(table), uuid: UuidV7.make() }
  const shape = Rows.instances<Row<T>>(target, codec)
  const sync = Engine.syncIdentity(target)
  const writes = {
    ...Writes.make(context, shape),
    ...Writes.removals(context, shape),
    insertMany: Bulk.make(context, shape)
  }
  const repository = {
    ...Reads.make(target, shape),
    ...(sql.capabilities.returning ? writes : unwritable(sql, writes)),
    table,
    unitOfWork: sql,
    syncIdentity: sync === undefined
      ? Effect.void
      : sql.run(Compiled.make(sync.text, () => Exit.void), sync.parameters),
    json: Json.make<Row<T>>(context, codec)
  }
  // The implementation is untyped in rows, keys and predicates, and reads the tenant itself: the contract's types are for callers.
  return repository as unknown as Repository<T>
}

/** An engine without RETURNING needs plans of several statements. */
const unwritable = (sql: Sql, writes: object): object => {
  const missing = Effect.fail(new CapabilityMissing({ capability: "RETURNING", dialect: sql.dialect }))
  return Object.fromEntries(Object.keys(writes).map((name) => [name, () => missing]))
}
