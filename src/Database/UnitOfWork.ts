/**
 * What Repository, Service and Http know of a database: it can run an effect as one unit. `Sql` and `Mongo` are both one.
 *
 * @since 0.1.0
 */
import type { DurationInput } from "effect/Duration"
import type { Effect } from "effect/Effect"
import type { DatabaseError } from "./DatabaseError.js"
import type { Capabilities, Isolation } from "./Dialect.js"

/**
 * Options of a transaction. Every bound is the upper one: where several apply, the smallest wins.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransactionOptions {
  /** Default: the server's own. */
  readonly isolation?: Isolation | undefined
  /** Default: `read-write`. A replica may serve `read-only`. */
  readonly access?: "read-write" | "read-only" | undefined
  /** PostgreSQL, with `serializable` and `read-only`: wait for a safe snapshot. Default: false. */
  readonly deferrable?: boolean | undefined
  /** The whole transaction: acquire, BEGIN, every statement, COMMIT. Default: none. */
  readonly deadline?: DurationInput | undefined
  /** Each statement. Default: the configuration's. */
  readonly statementTimeout?: DurationInput | undefined
  /** Each wait for a lock. Default: the server's own. */
  readonly lockTimeout?: DurationInput | undefined
  /** Runs the whole effect again after a serialization failure or a deadlock. Default: none. */
  readonly retry?: TransactionRetry | undefined
  /** What to do inside an open transaction of the same database. Default: `savepoint` where there are savepoints, else `join`. */
  readonly nested?: "savepoint" | "join" | "forbid" | undefined
}

/**
 * How often to run a transaction again that lost against another one.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransactionRetry {
  /** Attempts after the first. */
  readonly times: number
  /** First pause; the n-th is uniform in [0, min(maxDelay, baseDelay * 2^n)]. Default: 10 ms. */
  readonly baseDelay?: DurationInput | undefined
  /** Default: 1 s. */
  readonly maxDelay?: DurationInput | undefined
}

/**
 * A database, as far as the rooms above need to know it.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnitOfWork {
  readonly capabilities: Capabilities
  /** Commits when the effect succeeds; rolls back when it fails, dies or is interrupted. */
  readonly transaction: <A, E, R>(
    effect: Effect<A, E, R>,
    options?: TransactionOptions
  ) => Effect<A, E | DatabaseError, R>
  /** Runs once after the outermost real commit, never after a rollback; at once where no transaction is open. */
  readonly afterCommit: <R>(effect: Effect<void, never, R>) => Effect<void, never, R>
}
