/**
 * Where a statement runs: on a session of the pool (autocommit), or on the one that a transaction holds.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as DatabaseError from "../Database/DatabaseError.js"
import * as Lease from "./Lease.js"
import type { AcquireRequest, Lent, Pool } from "./Pool.js"

/**
 * Where a statement runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  /** Calls one of the guest's two, possibly before it returns. The returned function gives up waiting. */
  readonly enter: (deadlineAt: number | undefined, guest: Guest) => () => void
  /** The statement has been answered. */
  readonly leave: (lent: Lent) => void
  /** Stop the running statement, then do what `leave` does; `done` when the session is quiet or gone. */
  readonly stop: (lent: Lent, done: () => void) => void
  readonly at: (deadlineAt: number, callback: () => void) => () => void
}

/**
 * Who enters: called once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Guest {
  entered(lent: Lent): void
  refused(error: DatabaseError.DatabaseError): void
}

/**
 * A session of the pool for this one statement.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromPool = (
  pool: Pool,
  held: number,
  borrower: (() => string | undefined) | undefined
): Place => {
  const patient: AcquireRequest = { deadlineAt: undefined, held, borrower }
  return {
    enter: (deadlineAt, guest) =>
      pool.acquire(deadlineAt === undefined ? patient : { deadlineAt, held, borrower }, (exit) => {
        if (Exit.isSuccess(exit)) guest.entered(exit.value)
        else guest.refused(failureOf(exit))
      }),
    leave: pool.release,
    stop: (lent, done) => pool.cancel(lent, false, done),
    at: pool.at
  }
}

const makeFromLease = (lease: Lease.Lease): Place => {
  const { at } = lease.held.pool
  return {
    enter: (deadlineAt, guest) => {
      let waiting = true
      const forget = deadlineAt === undefined ? undefined : at(deadlineAt, () => {
        if (!waiting) return
        giveUp()
        guest.refused(new DatabaseError.StatementTimeoutError({ source: "client", phase: "acquire" }))
      })
      const giveUp = lease.gate.enter(() => {
        waiting = false
        forget?.()
        const refusal = Lease.refusal(lease)
        if (refusal === undefined) {
          lease.held.wire.enter(() => guest.entered(lease.held.lent))
        } else {
          lease.gate.leave()
          guest.refused(refusal)
        }
      })
      return () => {
        forget?.()
        if (waiting) giveUp()
      }
    },
    leave: () => leave(lease),
    stop: (lent, done) => {
      lease.held.pool.cancel(lent, true, (clean) => {
        if (!clean) {
          lease.held.lost ??= new DatabaseError.ConnectionError({ phase: "cancel", reason: "lost", outcome: "none" })
        }
        leave(lease)
        done()
      })
    },
    at
  }
}

const leases = new WeakMap<Lease.Lease, Place>()

/**
 * The session of a lease, when it is this statement's turn.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromLease = (lease: Lease.Lease): Place => {
  const known = leases.get(lease)
  if (known !== undefined) return known
  const place = makeFromLease(lease)
  leases.set(lease, place)
  return place
}

const leave = (lease: Lease.Lease): void => {
  lease.held.wire.leave()
  lease.gate.leave()
}

/**
 * The session of a transaction itself, for BEGIN, COMMIT and their like: waits for nothing but the statement under way.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromHeld = ({ lent, pool, wire }: Lease.Held): Place => ({
  enter: (_, guest) => wire.enter(() => guest.entered(lent)),
  leave: () => wire.leave(),
  stop: (_, done) =>
    pool.cancel(lent, true, () => {
      wire.leave()
      done()
    }),
  at: pool.at
})

const failureOf = (exit: Exit.Failure<unknown, DatabaseError.DatabaseError>): DatabaseError.DatabaseError =>
  exit.cause._tag === "Fail" ? exit.cause.error : DatabaseError.fromUnknown(exit.cause)
