/**
 * The sessions of a pool and what each is doing. Every change of state goes through here, so that the counts cannot drift.
 *
 * @since 0.1.0
 */
import type { Session } from "../Driver.js"
import type { Deadline } from "./Deadlines.js"

/**
 * `held`: in the hands of the pool itself, between two states, never across a callback.
 *
 * @since 0.1.0
 * @category models
 */
export type State = "held" | "idle" | "validating" | "leased" | "quarantined" | "draining" | "closed"

/**
 * A session of the pool.
 *
 * @since 0.1.0
 * @category models
 */
export class Entry {
  state: State = "held"
  lease: Lease | undefined
  quarantine: Quarantine | undefined
  /** Bounds the state it is in: validation, quarantine, draining. */
  guard: Deadline | undefined

  constructor(
    readonly session: Session,
    readonly expiresAt: number,
    /** The pool's generation when the session was last known to be alive. */
    public generation: number,
    public idleSince: number
  ) {}
}

/**
 * A session lent to somebody. One per acquire, so that a stale handle cannot give back what another borrower holds by now.
 *
 * @since 0.1.0
 * @category models
 */
export class Lease {
  /** A leak was reported. */
  reported = false

  constructor(
    readonly session: Session,
    readonly entry: Entry,
    readonly since: number,
    readonly borrower: (() => string | undefined) | undefined
  ) {}
}

/**
 * A cancel under way.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quarantine {
  readonly lease: Lease
  /** Whether the lease goes on afterwards. */
  keep: boolean
  readonly done: Array<(clean: boolean) => void>
}

/**
 * All sessions, and the idle ones as a stack: the last one in is the first one out. It is the one whose caches on the server are
 * warm and which needs no validation, while those at the bottom grow old enough to be closed after a burst.
 *
 * @since 0.1.0
 * @category models
 */
export class Roster {
  readonly entries = new Set<Entry>()
  readonly idle: Array<Entry> = []
  validating = 0
  leased = 0
  quarantined = 0
  draining = 0
  created = 0
  destroyed = 0

  /** Held. */
  add(session: Session, now: number, expiresAt: number, generation: number): Entry {
    const entry = new Entry(session, expiresAt, generation, now)
    this.entries.add(entry)
    this.created++
    return entry
  }

  /** Held or taken off the top of the stack, to leased. */
  lend(entry: Entry, now: number, borrower: (() => string | undefined) | undefined): Lease {
    entry.state = "leased"
    this.leased++
    return entry.lease = new Lease(entry.session, entry, now, borrower)
  }

  /** Held to idle. */
  rest(entry: Entry, now: number): void {
    entry.state = "idle"
    entry.idleSince = now
    this.idle.push(entry)
  }

  /** Held to a state that is bounded in time. */
  move(entry: Entry, state: "validating" | "quarantined" | "draining", guard: Deadline): void {
    entry.state = state
    entry.guard = guard
    this[state]++
  }

  /** The lease of a quarantined entry goes on: held to leased. */
  resume(entry: Entry): void {
    entry.state = "leased"
    this.leased++
  }

  /** Any state to held. Whoever holds the entry owes it the next state at once. */
  take(entry: Entry): void {
    switch (entry.state) {
      case "idle": {
        const top = this.idle.length - 1
        if (this.idle[top] === entry) this.idle.pop()
        else this.idle.splice(this.idle.indexOf(entry), 1)
        break
      }
      case "leased":
      case "validating":
      case "quarantined":
      case "draining":
        this[entry.state]--
        break
      case "held":
      case "closed":
        break
    }
    entry.state = "held"
  }

  /** Held to closed: out of the pool. */
  remove(entry: Entry): void {
    entry.state = "closed"
    entry.lease = undefined
    this.entries.delete(entry)
    this.destroyed++
  }
}
