/**
 * The pool's face: what the lease and the layer need of it.
 *
 * @since 0.1.0
 */
import type { DatabaseError } from "../Database/DatabaseError.js"
import type { Done, Session } from "./Driver.js"

/**
 * Counts of a moment.
 *
 * @since 0.1.0
 * @category models
 */
export interface PoolStats {
  readonly size: number
  readonly maxOverflow: number
  readonly opening: number
  readonly idle: number
  readonly leased: number
  /** Sessions whose statement was cancelled and not yet confirmed. */
  readonly quarantined: number
  readonly waiters: number
  /** Since the pool was made. */
  readonly created: number
  readonly destroyed: number
  readonly acquireTimeouts: number
}

/**
 * A session held by somebody. `session` may be used until `release`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lent {
  readonly session: Session
}

/**
 * Who asks, and for how long.
 *
 * @since 0.1.0
 * @category models
 */
export interface AcquireRequest {
  /** The caller's deadline on the clock of the pool; the pool's own timeout applies beside it. */
  readonly deadlineAt: number | undefined
  /** How many sessions of this pool the caller's own context holds: waiting for one's own is a deadlock. */
  readonly held: number
  /** Names the borrower (its span) for leak reports and `PoolTimeout`; called only when needed. */
  readonly borrower: (() => string | undefined) | undefined
}

/**
 * A pool of sessions of one database and one access.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pool {
  /** Answers at once, before it returns, when a fresh session is idle. The returned function gives up waiting. */
  readonly acquire: (request: AcquireRequest, done: Done<Lent, DatabaseError>) => () => void
  /**
   * Gives a session back. It is destroyed instead of reused when it is closed, expired, of an old generation, or when its
   * transaction status is not idle.
   */
  readonly release: (lent: Lent) => void
  /**
   * Stops the statement a lent session is running: cancels on the side channel and takes the session back when the server has
   * confirmed, else destroys it. `done` is called when the session is quiet or gone. With `keep` the lease goes on afterwards
   * (a transaction still has to roll back); else it is released.
   */
  readonly cancel: (lent: Lent, keep: boolean, done: (clean: boolean) => void) => void
  /** Calls back at a time on the pool's clock, through the one timer of the pool; returns how to take it back. */
  readonly at: (deadlineAt: number, callback: () => void) => () => void
  readonly stats: () => PoolStats
  /** Refuses new borrowers, waits for leases up to the grace (milliseconds), then destroys what is left. */
  readonly close: (graceMs: number, done: () => void) => void
}
