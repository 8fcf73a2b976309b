/**
 * A session held by a transaction (or by `reserve`), and how it travels: the value behind `@effect/sql`'s one global transaction
 * tag is a chain of leases, innermost first. A database walks the chain to the first lease of its own and never sees another's.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as DatabaseError from "../Database/DatabaseError.js"
import { Gate } from "./Gate.js"
import type { Lent, Pool } from "./Pool.js"

/**
 * What all leases of one transaction share: the session itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface Held {
  readonly pool: Pool
  readonly lent: Lent
  readonly access: "read-write" | "read-only"
  /** Whoever talks to the server now; leases order their own statements before they come here. */
  readonly wire: Gate
  /** Savepoint names given out so far: unique within the session's transaction. */
  savepoints: number
  /** Set when the session or its transaction is gone; every further statement fails with it. */
  lost: DatabaseError.DatabaseError | undefined
}

/**
 * One transaction or nested transaction. After its end (`closed`) whoever still holds it gets `TransactionClosed`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  /** The identity of the database it belongs to. */
  readonly owner: object
  readonly held: Held
  /** The lease that was current when this one began, of whichever database. */
  readonly outer: Lease | undefined
  /** The transaction this one is nested in. */
  readonly parent: Lease | undefined
  readonly depth: number
  /** Whether the server is expected to have a transaction open: false for `reserve`. */
  readonly transactional: boolean
  readonly gate: Gate
  readonly afterCommit: Array<Effect.Effect<void>>
  closed: boolean
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  owner: object,
  held: Held,
  outer: Lease | undefined,
  options: { readonly parent: Lease | undefined; readonly transactional: boolean }
): Lease => ({
  owner,
  held,
  outer,
  parent: options.parent,
  depth: options.parent === undefined ? 0 : options.parent.depth + 1,
  transactional: options.transactional,
  gate: new Gate(),
  afterCommit: [],
  closed: false
})

/**
 * Whether the transaction, or one it is nested in, has ended.
 *
 * @since 0.1.0
 * @category getters
 */
export const ended = (lease: Lease): boolean => {
  for (let current: Lease | undefined = lease; current !== undefined; current = current.parent) {
    if (current.closed) return true
  }
  return false
}

const LeaseId: unique symbol = Symbol.for("effect-svc-infra/Lease")

/**
 * What stands behind the global tag: a connection of `@effect/sql` that knows its lease.
 *
 * @since 0.1.0
 * @category models
 */
export interface LeaseConnection extends Connection {
  readonly [LeaseId]: Lease
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const connection = (lease: Lease, base: Connection): LeaseConnection => ({ ...base, [LeaseId]: lease })

/**
 * The innermost lease of a context, of whichever database; undefined also for a stock client's transaction.
 *
 * @since 0.1.0
 * @category getters
 */
export const innermost = (context: Context.Context<never>): Lease | undefined => {
  const entry: unknown = context.unsafeMap.get(SqlClient.TransactionConnection.key)
  if (entry === undefined) return undefined
  // The tag's value is a pair of connection and depth, whoever put it there.
  const [current] = entry as readonly [Connection | LeaseConnection, number]
  return LeaseId in current ? current[LeaseId] : undefined
}

/**
 * The innermost lease that belongs to this database.
 *
 * @since 0.1.0
 * @category getters
 */
export const find = (context: Context.Context<never>, owner: object): Lease | undefined => {
  let lease = innermost(context)
  while (lease !== undefined && lease.owner !== owner) lease = lease.outer
  return lease
}

/**
 * How many sessions of a pool this lease and those around it hold.
 *
 * @since 0.1.0
 * @category getters
 */
export const countHeld = (lease: Lease | undefined, pool: Pool): number => {
  const sessions = new Set<Held>()
  for (let current = lease; current !== undefined; current = current.outer) {
    if (!current.closed && current.held.pool === pool) sessions.add(current.held)
  }
  return sessions.size
}

/**
 * Why no statement may run on this lease now; undefined when one may.
 *
 * @since 0.1.0
 * @category getters
 */
export const refusal = (lease: Lease): DatabaseError.DatabaseError | undefined => {
  if (ended(lease)) return new DatabaseError.TransactionClosed({})
  if (lease.held.lost !== undefined) return lease.held.lost
  const { session } = lease.held.lent
  if (session.closed()) {
    return new DatabaseError.ConnectionError({ phase: "statement", reason: "lost", outcome: "none" })
  }
  if (!lease.transactional) return undefined
  switch (session.transactionStatus()) {
    case "open":
      return undefined
    case "failed":
      return new DatabaseError.TransactionAborted({})
    case "idle":
      // A deadlock (MySQL), a COMMIT written by hand, DDL that commits implicitly: what follows would be autocommitted.
      return lease.held.lost = new DatabaseError.TransactionLost({})
  }
}
