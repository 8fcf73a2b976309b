/**
 * Why somebody gets no session.
 *
 * @since 0.1.0
 */
import * as DatabaseError from "../../Database/DatabaseError.js"
import type { Settled } from "./Options.js"
import type { Lease, Roster } from "./Roster.js"

/**
 * The pool is closed, or about to be.
 *
 * @since 0.1.0
 * @category refusals
 */
export const closed = (): DatabaseError.ConnectionError =>
  new DatabaseError.ConnectionError({ phase: "acquire", reason: "closed", outcome: "none" })

/**
 * The caller's own deadline came first.
 *
 * @since 0.1.0
 * @category refusals
 */
export const overdue = (budgetMs: number, elapsedMs: number): DatabaseError.StatementTimeoutError =>
  new DatabaseError.StatementTimeoutError({ source: "client", phase: "acquire", budgetMs, elapsedMs })

/**
 * The caller waits for himself.
 *
 * @since 0.1.0
 * @category refusals
 */
export const selfDeadlock = ({ maxOverflow, size }: Settled): DatabaseError.PoolSelfDeadlock =>
  new DatabaseError.PoolSelfDeadlock({ size, maxOverflow })

/**
 * The pool's own timeout, with what an operator needs to know why.
 *
 * @since 0.1.0
 * @category refusals
 */
export const timeout = (
  { maxOverflow, size }: Settled,
  { entries, idle, leased }: Roster,
  seen: {
    readonly now: number
    readonly waitedMs: number
    readonly opening: number
    readonly waiters: number
    readonly lastConnectError: DatabaseError.DatabaseError | undefined
  }
): DatabaseError.PoolTimeout => {
  const { lastConnectError, now, opening, waitedMs, waiters } = seen
  let oldest: Lease | undefined
  for (const { lease } of entries) {
    if (lease !== undefined && (oldest === undefined || lease.since < oldest.since)) oldest = lease
  }
  return new DatabaseError.PoolTimeout({
    waitedMs,
    size,
    maxOverflow,
    leased,
    idle: idle.length,
    opening,
    waiters,
    oldestLease: oldest === undefined ? undefined : { heldMs: now - oldest.since, borrower: oldest.borrower?.() },
    lastConnectError: lastConnectError === undefined ? undefined : nameOf(lastConnectError),
    cause: lastConnectError
  })
}

const nameOf = (error: DatabaseError.DatabaseError): string =>
  error._tag === "ConnectionError" ? `${error._tag} (${error.reason})` : error._tag
