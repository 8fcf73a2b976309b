/**
 * The service of one SQL database.
 *
 * @since 0.1.0
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { DatabaseError } from "../Database/DatabaseError.js"
import type { Dialect } from "../Database/Dialect.js"
import type { UnitOfWork } from "../Database/UnitOfWork.js"
import type { Driver } from "./Driver.js"
import type { PoolStats } from "./Pool.js"
import type { Statement } from "./Statement.js"

/**
 * A database: transactions, deadlines, compiled statements, and a standard `SqlClient` for handwritten SQL.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sql extends UnitOfWork {
  readonly dialect: Dialect
  readonly driver: Driver
  /** Whether every statement has a time limit, by configuration: beside the deadline that a fiber may have. */
  readonly timeLimited: boolean
  /** Handwritten SQL: fails with `SqlError`, whose `cause` is ours; `DatabaseError.fromUnknown` unwraps it. */
  readonly client: SqlClient.SqlClient
  readonly run: <A, E>(
    statement: Statement<A, E>,
    parameters: ReadonlyArray<unknown>
  ) => Effect.Effect<A, E | DatabaseError>
  readonly stream: <A>(
    statement: Statement<ReadonlyArray<A>>,
    parameters: ReadonlyArray<unknown>
  ) => Stream.Stream<A, DatabaseError>
  /**
   * What is notified on a channel, on a session of its own (PostgreSQL). When that session dies the stream connects again and goes
   * on; what was notified in between is lost. It fails if the first connection does, and where the engine has no notifications.
   */
  readonly listen: (channel: string) => Stream.Stream<string, DatabaseError>
  /** Notifies a channel, at the commit of the transaction if one is open (PostgreSQL). */
  readonly notify: (channel: string, payload: string) => Effect.Effect<void, DatabaseError>
  readonly withinDeadline: (
    budget: Duration.DurationInput
  ) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** A round trip to the server. */
  readonly ping: Effect.Effect<void, DatabaseError>
  readonly stats: Effect.Effect<SqlStats>
}

/**
 * The pools of a database by what they are for; `read` and `write` are the same pool except for a SQLite file.
 *
 * @since 0.1.0
 * @category models
 */
export interface SqlStats {
  readonly write: PoolStats
  readonly read: PoolStats
}

/**
 * The default database of a program.
 *
 * @since 0.1.0
 * @category tags
 */
export class Default extends Context.Tag("effect-svc-infra/Sql")<Default, Sql>() {}

/**
 * A tag of one more database: `class Reporting extends Sql.Tag("Reporting")<Reporting>() {}`.
 *
 * @since 0.1.0
 * @category tags
 */
export const Tag = <const Id extends string>(id: Id) => <Self>() =>
  Context.Tag(`effect-svc-infra/Sql/${id}`)<Self, Sql>()

/**
 * Any database's tag.
 *
 * @since 0.1.0
 * @category models
 */
export type SqlTag<I> = Context.Tag<I, Sql>
