/**
 * What nobody waits for: closes idle sessions that are too old or too many, reports leaks. One deadline of the pool's timer,
 * which does not keep the process alive, and runs only while there are sessions.
 *
 * @since 0.1.0
 */
import type { Deadline, Deadlines } from "./Deadlines.js"
import type { Settled } from "./Options.js"
import type { Entry, Roster } from "./Roster.js"

const shortestMs = 100
const longestMs = 5000

/**
 * @since 0.1.0
 * @category models
 */
export class Housekeeping {
  readonly #options: Settled
  readonly #roster: Roster
  readonly #deadlines: Deadlines
  readonly #drain: (entry: Entry) => void
  readonly #replenish: () => void
  readonly #intervalMs: number
  #next: Deadline | undefined

  constructor(
    options: Settled,
    roster: Roster,
    deadlines: Deadlines,
    does: { readonly drain: (entry: Entry) => void; readonly replenish: () => void }
  ) {
    this.#options = options
    this.#roster = roster
    this.#deadlines = deadlines
    this.#drain = does.drain
    this.#replenish = does.replenish
    const finest = Math.min(options.idleMs, options.recycleMs, options.leakAfterMs) / 4
    this.#intervalMs = Math.min(Math.max(finest, shortestMs), longestMs)
  }

  /** Safe to call again. */
  start(): void {
    this.#next ??= this.#deadlines.add(this.#options.timers.now() + this.#intervalMs, false, this.#sweep)
  }

  stop(): void {
    if (this.#next !== undefined) this.#deadlines.remove(this.#next)
    this.#next = undefined
  }

  readonly #sweep = (): void => {
    this.#next = undefined
    const now = this.#options.timers.now()
    this.#retire(now)
    if (this.#options.leakAfterMs !== Number.POSITIVE_INFINITY) this.#report(now)
    this.#replenish()
    if (this.#roster.entries.size > 0 || this.#options.minimumIdle > 0) this.start()
  }

  #retire(now: number): void {
    const { entries, idle } = this.#roster
    // The bottom of the stack has been idle for longest.
    let surplus = entries.size - this.#roster.draining - this.#options.size
    for (const entry of idle.slice()) {
      const tooMany = surplus > 0 && now - entry.idleSince >= this.#options.idleMs
      if (!tooMany && now < entry.expiresAt) continue
      surplus--
      this.#drain(entry)
    }
  }

  #report(now: number): void {
    for (const { lease, session } of this.#roster.entries) {
      if (lease === undefined || lease.reported || now - lease.since < this.#options.leakAfterMs) continue
      lease.reported = true
      this.#options.log({
        _tag: "LeaseLeaked",
        sessionId: session.id,
        heldMs: now - lease.since,
        borrower: lease.borrower?.()
      })
    }
  }
}
