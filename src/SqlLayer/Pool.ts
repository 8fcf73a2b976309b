/**
 * Sessions of one database, lent to one borrower at a time. Synchronous and callback-shaped: a free session costs well under a
 * microsecond, and whoever waits may give up at any moment without losing one.
 *
 * States of a session: opening, idle, leased, draining, closed; validating on the way from idle to leased, quarantined while a
 * cancelled statement is not yet confirmed dead. All but closed count against `size + maxOverflow`, at all times.
 *
 * What a borrower may rely on:
 * - First come, first served: whatever becomes free goes to the head of the queue, and nobody overtakes.
 * - One budget, the earlier of the caller's deadline and `timeoutMs`, covers waiting, connecting and validating.
 * - An attempt to connect that fails is the answer to everybody who came before it began and has nothing else to hope for: no
 *   session in the pool but those he holds himself. So with the server down a borrower fails at once (the next one after at most
 *   250 ms, see `Opener`), while a pool that merely cannot grow - the server has no connection left, the password was changed -
 *   goes on serving with what it has.
 * - A session that died by itself, or failed its validation, makes all older ones suspect (a new generation): each is validated
 *   before it is handed out again, however short its rest. None is thrown away unasked: one killed backend is no outage, and in
 *   an outage they all report their own death.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import type { DatabaseError } from "../Database/DatabaseError.js"
import type { Done, Session } from "./Driver.js"
import { CoarseClock } from "./pool/CoarseClock.js"
import { type Deadline, Deadlines } from "./pool/Deadlines.js"
import { Housekeeping } from "./pool/Housekeeping.js"
import { Opener } from "./pool/Opener.js"
import { type PoolOptions, settle, type Settled } from "./pool/Options.js"
import * as Refusal from "./pool/Refusal.js"
import { type Entry, Lease, type Quarantine, Roster } from "./pool/Roster.js"
import { Waiter, Waiters } from "./pool/Waiters.js"

export type { PoolEvent, PoolObserver, PoolOptions } from "./pool/Options.js"

/**
 * Counts of a moment.
 *
 * @since 0.1.0
 * @category models
 */
export interface PoolStats {
  readonly size: number
  readonly maxOverflow: number
  /** Being connected, or validated before they are handed out. */
  readonly opening: number
  readonly idle: number
  readonly leased: number
  /** Sessions whose statement was cancelled and not yet confirmed. */
  readonly quarantined: number
  /** Saying goodbye to the server. */
  readonly draining: number
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
  /**
   * Answers at once, before it returns, when a fresh session is idle. The returned function gives up waiting; after that, and
   * after an answer, nothing is called any more.
   */
  readonly acquire: (request: AcquireRequest, done: Done<Lent, DatabaseError>) => () => void
  /**
   * Gives a session back, with no statement under way (else `cancel`). It is destroyed instead of reused when it is closed, when
   * it is expired, or when its transaction status is not idle. A second call for the same lease does nothing.
   */
  readonly release: (lent: Lent) => void
  /**
   * Stops the statement a lent session is running: cancels on the side channel and takes the session back when the server has
   * confirmed, else destroys it. `done` is called when the session is quiet or gone (`false`). With `keep` the lease goes on
   * afterwards (a transaction still has to roll back); else, or when `release` came in between, it has ended.
   */
  readonly cancel: (lent: Lent, keep: boolean, done: (clean: boolean) => void) => void
  /** Calls back at a time on the pool's clock, through the one timer of the pool; returns how to take it back. */
  readonly at: (deadlineAt: number, callback: () => void) => () => void
  readonly stats: () => PoolStats
  /**
   * Refuses new borrowers and those who wait, lets leases end up to the grace (milliseconds), then destroys what is left. `done`
   * is called when no session remains. May be called again, also with a shorter grace.
   */
  readonly close: (graceMs: number, done: () => void) => void
}

/**
 * A pool that opens its first session when it is first asked for one (or at once, with `minimumIdle`).
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: PoolOptions): Pool => new Core(settle(options))

const nothing = (): void => {}

class Core implements Pool {
  readonly #options: Settled
  readonly #deadlines: Deadlines
  readonly #clock: { readonly now: () => number }
  readonly #roster = new Roster()
  readonly #waiters = new Waiters()
  readonly #opener: Opener
  readonly #housekeeping: Housekeeping
  readonly #closers: Array<{ readonly done: () => void; readonly graceEnds: Deadline }> = []
  #generation = 0
  #tickets = 0
  #acquireTimeouts = 0
  #dispatching = false
  #wakeUp = false
  #closing = false

  constructor(options: Settled) {
    this.#options = options
    const deadlines = this.#deadlines = new Deadlines(options.timers)
    this.#clock = options.observer === undefined ? new CoarseClock(options.timers, deadlines) : options.timers
    this.#opener = new Opener({ ...options, deadlines, opened: this.#opened, failed: this.#failed })
    this.#housekeeping = new Housekeeping(options, this.#roster, deadlines, {
      drain: (entry) => this.#drain(entry),
      replenish: () => this.#dispatch()
    })
    if (options.minimumIdle > 0) {
      this.#housekeeping.start()
      this.#dispatch()
    }
  }

  readonly acquire = (request: AcquireRequest, done: Done<Lent, DatabaseError>): () => void => {
    const roster = this.#roster
    const entry = roster.idle[roster.idle.length - 1]
    if (entry === undefined || this.#waiters.size > 0) return this.#enqueue(request, done)
    const now = this.#clock.now()
    const overdue = request.deadlineAt !== undefined && request.deadlineAt <= now
    if (overdue || !this.#isFresh(entry, now) || entry.session.closed()) return this.#enqueue(request, done)
    roster.idle.pop()
    const lease = roster.lend(entry, now, request.borrower)
    this.#options.observer?.acquired(0)
    done(Exit.succeed(lease))
    return nothing
  }

  readonly release = (lent: Lent): void => {
    if (!(lent instanceof Lease)) return
    const { entry, session } = lent
    if (entry.lease !== lent) return
    if (entry.quarantine !== undefined) {
      entry.quarantine.keep = false
      return
    }
    const now = this.#clock.now()
    entry.lease = undefined
    this.#options.observer?.released(now - lent.since)
    this.#roster.take(entry)
    if (session.closed()) return this.#destroy(entry)
    if (session.transactionStatus() !== "idle") {
      this.#options.log({ _tag: "UncleanRelease", sessionId: session.id, borrower: lent.borrower?.() })
      return this.#destroy(entry)
    }
    if (this.#closing || now >= entry.expiresAt) return this.#drain(entry)
    if (this.#waiters.size > 0 && entry.generation !== this.#generation) return this.#validate(entry)
    // A synchronous engine comes here from the hand-out to the borrower before: let that loop go on, not the stack grow.
    if (this.#waiters.size === 0 || this.#dispatching) return this.#roster.rest(entry, now)
    this.#offer(entry, now)
  }

  readonly cancel = (lent: Lent, keep: boolean, done: (clean: boolean) => void): void => {
    if (!(lent instanceof Lease) || lent.entry.lease !== lent) return done(false)
    const { entry } = lent
    if (entry.quarantine !== undefined) {
      entry.quarantine.keep &&= keep
      entry.quarantine.done.push(done)
      return
    }
    const quarantine: Quarantine = { lease: lent, keep, done: [done] }
    const { cancelMs, timers } = this.#options
    // The driver keeps the grace; one that breaks its word must not cost a place in the pool.
    const guard = this.#deadlines.add(
      timers.now() + 2 * cancelMs,
      true,
      () => this.#confirmed(entry, quarantine, false)
    )
    this.#roster.take(entry)
    this.#roster.move(entry, "quarantined", guard)
    entry.quarantine = quarantine
    entry.session.cancel(cancelMs, (clean) => this.#confirmed(entry, quarantine, clean))
  }

  readonly at = (deadlineAt: number, callback: () => void): () => void => {
    const deadline = this.#deadlines.add(deadlineAt, true, callback)
    return () => this.#deadlines.remove(deadline)
  }

  readonly stats = (): PoolStats => {
    const { created, destroyed, draining, idle, leased, quarantined, validating } = this.#roster
    return {
      size: this.#options.size,
      maxOverflow: this.#options.maxOverflow,
      opening: this.#opener.opening + validating,
      idle: idle.length,
      leased,
      quarantined,
      draining,
      waiters: this.#waiters.size,
      created,
      destroyed,
      acquireTimeouts: this.#acquireTimeouts
    }
  }

  readonly close = (graceMs: number, done: () => void): void => {
    const graceEnds = this.#deadlines.add(this.#options.timers.now() + graceMs, true, this.#terminate)
    this.#closers.push({ done, graceEnds })
    if (!this.#closing) {
      this.#closing = true
      this.#housekeeping.stop()
      this.#opener.abortAll()
      for (const waiter of Array.from(this.#waiters)) this.#refuse(waiter, Refusal.closed())
      for (const entry of Array.from(this.#roster.entries)) {
        if (entry.state === "idle") this.#drain(entry)
        else if (entry.state === "validating") this.#destroy(entry)
      }
    }
    this.#announceClosed()
  }

  #isFresh(entry: Entry, now: number): boolean {
    return entry.generation === this.#generation && now < entry.expiresAt &&
      (!this.#options.prePing || now - entry.idleSince <= this.#options.bypassMs)
  }

  #enqueue(request: AcquireRequest, done: Done<Lent, DatabaseError>): () => void {
    const now = this.#options.timers.now()
    const refusal = this.#refusal(request, now)
    if (refusal !== undefined) {
      done(Exit.fail(refusal))
      return nothing
    }
    const ownDeadlineAt = now + this.#options.timeoutMs
    const ownTimeout = request.deadlineAt === undefined || request.deadlineAt > ownDeadlineAt
    const deadlineAt = ownTimeout ? ownDeadlineAt : request.deadlineAt
    const waiter = new Waiter(++this.#tickets, now, deadlineAt, ownTimeout, request.held, request.borrower, done)
    this.#waiters.push(waiter)
    waiter.deadline = this.#deadlines.add(deadlineAt, true, () => this.#expire(waiter))
    this.#dispatch()
    return waiter.waiting ? () => void this.#leave(waiter) : nothing
  }

  #refusal(request: AcquireRequest, now: number): DatabaseError | undefined {
    if (this.#closing) return Refusal.closed()
    if (request.deadlineAt !== undefined && request.deadlineAt <= now) return Refusal.overdue(0, 0)
    // Every place that does not depend on somebody's release is taken by who came before.
    if (request.held > 0 && this.#waiters.size >= this.#options.max - this.#borrowed()) {
      return Refusal.selfDeadlock(this.#options)
    }
    return undefined
  }

  #borrowed(): number {
    let borrowed = this.#roster.leased
    if (this.#roster.quarantined > 0) {
      for (const { quarantine } of this.#roster.entries) if (quarantine?.keep === true) borrowed++
    }
    return borrowed
  }

  /** Out of the queue; false: it was answered before. */
  #leave(waiter: Waiter): boolean {
    if (waiter.deadline !== undefined) this.#deadlines.remove(waiter.deadline)
    return this.#waiters.remove(waiter)
  }

  #refuse(waiter: Waiter, error: DatabaseError): void {
    if (this.#leave(waiter)) waiter.done(Exit.fail(error))
  }

  #expire(waiter: Waiter): void {
    const now = this.#options.timers.now()
    const waitedMs = now - waiter.since
    if (!waiter.ownTimeout) return this.#refuse(waiter, Refusal.overdue(waiter.deadlineAt - waiter.since, waitedMs))
    this.#acquireTimeouts++
    this.#options.observer?.timedOut(waitedMs)
    const { opening, waiters } = this.stats()
    const { lastError } = this.#opener
    const seen = { now, waitedMs, opening, waiters, lastConnectError: lastError }
    this.#refuse(waiter, Refusal.timeout(this.#options, this.#roster, seen))
  }

  /** The one place where waiters, idle sessions and room meet. Whatever changes one of them calls it; nested calls are no-ops. */
  #dispatch(): void {
    if (this.#dispatching || this.#closing) return
    this.#dispatching = true
    try {
      while (this.#step());
    } finally {
      this.#dispatching = false
    }
  }

  /** False: there is nothing to do but wait. */
  #step(): boolean {
    const { entries, idle, validating } = this.#roster
    const { max, minimumIdle, size, timers } = this.#options
    const now = timers.now()
    const entry = idle[idle.length - 1]
    const wanted = this.#waiters.size - validating - this.#opener.opening
    if (entry !== undefined && this.#waiters.size > 0) {
      if (entry.session.closed()) this.#destroy(entry)
      else if (now >= entry.expiresAt) this.#drain(entry)
      else if (this.#isFresh(entry, now)) this.#offer(entry, now)
      else if (wanted > 0) this.#validate(entry)
      else return false
      return true
    }
    const sessions = entries.size + this.#opener.opening
    const opens = wanted > 0 ? sessions < max : idle.length - wanted < minimumIdle && sessions < size
    if (!opens || this.#closing || !this.#opener.hasRoom) return false
    if (now < this.#opener.retryAt) {
      this.#wakeAt(this.#opener.retryAt, wanted > 0)
      return false
    }
    this.#opener.start(++this.#tickets, now)
    return true
  }

  #wakeAt(time: number, keepAlive: boolean): void {
    if (this.#wakeUp) return
    this.#wakeUp = true
    this.#deadlines.add(time, keepAlive, () => {
      this.#wakeUp = false
      this.#dispatch()
    })
  }

  readonly #opened = (session: Session, tookMs: number): void => {
    const { observer, random, recycleMs, timers } = this.#options
    const now = timers.now()
    const entry = this.#roster.add(session, now, now + recycleMs * (1 - 0.1 * random()), this.#generation)
    session.onClose((error) => this.#lost(entry, error))
    this.#housekeeping.start()
    observer?.opened(tookMs)
    this.#offer(entry, now)
  }

  readonly #failed = (error: DatabaseError, ticket: number, failures: number): void => {
    this.#options.log({ _tag: "ConnectFailed", error, failures })
    const hope = this.#roster.entries.size - this.#roster.draining + this.#opener.opening
    for (const waiter of Array.from(this.#waiters)) {
      if (waiter.ticket < ticket && hope <= waiter.held) this.#refuse(waiter, error)
    }
    this.#dispatch()
  }

  /** Known to be good: to the head of the queue, else to the idle ones. */
  #offer(entry: Entry, now: number): void {
    this.#hold(entry)
    const waiter = this.#waiters.shift()
    if (waiter === undefined) this.#roster.rest(entry, now)
    else this.#hand(entry, now, waiter)
    this.#dispatch()
  }

  #hand(entry: Entry, now: number, waiter: Waiter): void {
    if (waiter.deadline !== undefined) this.#deadlines.remove(waiter.deadline)
    const lease = this.#roster.lend(entry, now, waiter.borrower)
    this.#options.observer?.acquired(now - waiter.since)
    const nested = this.#dispatching
    this.#dispatching = true
    try {
      waiter.done(Exit.succeed(lease))
    } finally {
      this.#dispatching = nested
    }
  }

  #validate(entry: Entry): void {
    const { timers, validateMs } = this.#options
    const generation = this.#generation
    const idleMs = timers.now() - entry.idleSince
    let answered = false
    const settle = (alive: boolean): void => {
      if (answered || entry.state !== "validating") return
      answered = true
      if (!alive || entry.session.closed()) {
        this.#options.log({ _tag: "ValidationFailed", sessionId: entry.session.id, idleMs })
        this.#generation++
        return this.#replace(entry)
      }
      entry.generation = generation
      this.#offer(entry, timers.now())
    }
    const guard = this.#deadlines.add(timers.now() + validateMs, true, () => settle(false))
    this.#hold(entry)
    this.#roster.move(entry, "validating", guard)
    entry.session.validate(settle)
  }

  /**
   * A dead session's place goes to a new one and not to the next idle one, which may be dead as well: so nobody waits for more
   * than one validation.
   */
  #replace(entry: Entry): void {
    const now = this.#options.timers.now()
    const { hasRoom, opening, retryAt } = this.#opener
    const opens = !this.#closing && this.#waiters.size >= this.#roster.validating + opening && hasRoom && now >= retryAt
    this.#remove(entry)
    entry.session.destroy()
    if (opens && this.#waiters.size > 0) this.#opener.start(++this.#tickets, now)
    this.#dispatch()
  }

  #confirmed(entry: Entry, quarantine: Quarantine, clean: boolean): void {
    if (entry.quarantine !== quarantine) return
    entry.quarantine = undefined
    const quiet = clean && !entry.session.closed()
    if (quiet) {
      this.#hold(entry)
      this.#roster.resume(entry)
      if (!quarantine.keep) this.release(quarantine.lease)
    } else {
      this.#options.log({ _tag: "CancelUnconfirmed", sessionId: entry.session.id })
      this.#destroy(entry)
    }
    for (const done of quarantine.done) done(quiet)
  }

  #lost(entry: Entry, error: DatabaseError): void {
    const { quarantine, state } = entry
    if (state === "closed") return
    this.#remove(entry)
    if (state !== "draining") {
      this.#generation++
      this.#options.log({
        _tag: "SessionLost",
        sessionId: entry.session.id,
        error,
        leased: state === "leased" || state === "quarantined"
      })
    }
    if (quarantine !== undefined) { for (const done of quarantine.done) done(false) }
    this.#dispatch()
  }

  #drain(entry: Entry): void {
    const guard = this.#deadlines.add(
      this.#options.timers.now() + this.#options.closeMs,
      true,
      () => this.#destroy(entry)
    )
    this.#hold(entry)
    this.#roster.move(entry, "draining", guard)
    entry.session.close(() => {
      if (entry.state !== "draining") return
      this.#remove(entry)
      this.#dispatch()
    })
  }

  #destroy(entry: Entry): void {
    if (entry.state === "closed") return
    this.#remove(entry)
    entry.session.destroy()
    this.#dispatch()
  }

  #hold(entry: Entry): void {
    if (entry.guard !== undefined) this.#deadlines.remove(entry.guard)
    entry.guard = undefined
    this.#roster.take(entry)
  }

  #remove(entry: Entry): void {
    this.#hold(entry)
    entry.quarantine = undefined
    this.#roster.remove(entry)
    this.#announceClosed()
  }

  readonly #terminate = (): void => {
    for (const entry of Array.from(this.#roster.entries)) {
      if (entry.quarantine !== undefined) this.#confirmed(entry, entry.quarantine, false)
      else if (entry.state !== "draining") this.#destroy(entry)
    }
  }

  #announceClosed(): void {
    if (!this.#closing || this.#roster.entries.size > 0) return
    for (const { done, graceEnds } of this.#closers.splice(0)) {
      this.#deadlines.remove(graceEnds)
      done()
    }
  }
}
