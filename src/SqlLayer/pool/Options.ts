/**
 * What a pool is made of. The settings of `SqlConfig.pool` fit as they are; the rest has defaults.
 *
 * @since 0.1.0
 */
import type { DatabaseError } from "../../Database/DatabaseError.js"
import type { Done, Session } from "../Driver.js"
import * as Timers from "../Timers.js"

/**
 * Times in milliseconds; `Infinity` for a time switches off what it bounds.
 *
 * @since 0.1.0
 * @category models
 */
export interface PoolOptions {
  /** Opens a session; see `Driver.connect`. */
  readonly connect: (deadlineAt: number, done: Done<Session>) => () => void
  /** So many stay open once they are. */
  readonly size: number
  /** So many more are opened while all are in use. */
  readonly maxOverflow: number
  /** The whole budget of one acquire. */
  readonly timeoutMs: number
  /** One attempt to connect. */
  readonly connectTimeoutMs: number
  /** Maximum lifetime; each session gets its own, up to a tenth shorter, so that they do not all end at once. */
  readonly recycleMs: number
  /** Validate a session that was idle for longer than `bypassMs`. */
  readonly prePing: boolean
  /** A session above `size` that was idle for so long is closed; 10 000, never more than `recycleMs`. */
  readonly idleMs?: number | undefined
  /** 1000. */
  readonly bypassMs?: number | undefined
  /** A validation that takes longer has failed; 2000. */
  readonly validateMs?: number | undefined
  /** How long the server has to confirm a cancel; 1000. */
  readonly cancelMs?: number | undefined
  /** How long a polite goodbye may take; 1000. */
  readonly closeMs?: number | undefined
  /** So many sessions are kept idle in advance, within `size`; 0: open on demand. */
  readonly minimumIdle?: number | undefined
  /** A lease older than this is reported, once; undefined: never. */
  readonly leakAfterMs?: number | undefined
  readonly timers?: Timers.Timers | undefined
  /** In [0, 1). */
  readonly random?: (() => number) | undefined
  readonly log?: ((event: PoolEvent) => void) | undefined
  readonly observer?: PoolObserver | undefined
}

/**
 * What an operator wants to know. No member carries a host, a secret or a statement.
 *
 * @since 0.1.0
 * @category models
 */
export type PoolEvent =
  /** `failures` in a row; attempts that ran side by side count once. */
  | { readonly _tag: "ConnectFailed"; readonly error: DatabaseError; readonly failures: number }
  /** The server or the network ended it. */
  | {
    readonly _tag: "SessionLost"
    readonly sessionId: number
    readonly error: DatabaseError
    readonly leased: boolean
  }
  | { readonly _tag: "ValidationFailed"; readonly sessionId: number; readonly idleMs: number }
  /** The server did not confirm a cancel: its session was destroyed. */
  | { readonly _tag: "CancelUnconfirmed"; readonly sessionId: number }
  /** Given back inside an open transaction: a mistake of the borrower's. The session was destroyed. */
  | { readonly _tag: "UncleanRelease"; readonly sessionId: number; readonly borrower: string | undefined }
  | {
    readonly _tag: "LeaseLeaked"
    readonly sessionId: number
    readonly heldMs: number
    readonly borrower: string | undefined
  }

/**
 * Is told of every acquire and release, for metrics; the counts of a moment are in `Pool.stats`. With an observer the pool reads
 * the precise clock twice per lease.
 *
 * @since 0.1.0
 * @category models
 */
export interface PoolObserver {
  readonly acquired: (waitedMs: number) => void
  readonly released: (usedMs: number) => void
  readonly opened: (tookMs: number) => void
  readonly timedOut: (waitedMs: number) => void
}

type Defaulted = Omit<PoolOptions, "observer">

/**
 * The options with all defaults in.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settled extends Readonly<{ [K in keyof Defaulted]-?: Exclude<Defaulted[K], undefined> }> {
  readonly observer: PoolObserver | undefined
  readonly max: number
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const settle = (options: PoolOptions): Settled => ({
  connect: options.connect,
  size: options.size,
  maxOverflow: options.maxOverflow,
  max: options.size + options.maxOverflow,
  timeoutMs: options.timeoutMs,
  connectTimeoutMs: options.connectTimeoutMs,
  recycleMs: options.recycleMs,
  prePing: options.prePing,
  idleMs: Math.min(options.idleMs ?? 10_000, options.recycleMs),
  bypassMs: options.bypassMs ?? 1000,
  validateMs: options.validateMs ?? 2000,
  cancelMs: options.cancelMs ?? 1000,
  closeMs: options.closeMs ?? 1000,
  minimumIdle: Math.min(options.minimumIdle ?? 0, options.size),
  leakAfterMs: options.leakAfterMs ?? Number.POSITIVE_INFINITY,
  timers: options.timers ?? Timers.live,
  random: options.random ?? Math.random,
  log: options.log ?? (() => {}),
  observer: options.observer
})
