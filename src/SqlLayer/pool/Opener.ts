/**
 * Attempts to connect, and how often. While the server is well, as many run at once as there is room for. After a failure it is
 * probed by one attempt at a time, after a pause that grows from 10 to 250 ms, and after a success the number doubles with every
 * further one: an outage is neither hammered nor followed by a stampede, and its end is noticed within a quarter of a second.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as DatabaseError from "../../Database/DatabaseError.js"
import type { Done, Session } from "../Driver.js"
import type { Timers } from "../Timers.js"
import type { Deadline, Deadlines } from "./Deadlines.js"

const firstPauseMs = 10
const longestPauseMs = 250

/**
 * What the opener works with, and whom it tells.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenerOptions {
  readonly connect: (deadlineAt: number, done: Done<Session>) => () => void
  readonly connectTimeoutMs: number
  readonly max: number
  readonly random: () => number
  readonly timers: Timers
  readonly deadlines: Deadlines
  readonly opened: (session: Session, tookMs: number) => void
  /** `ticket` is that of the attempt: who came later has not had his yet. */
  readonly failed: (error: DatabaseError.DatabaseError, ticket: number, failures: number) => void
}

interface Attempt {
  readonly ticket: number
  readonly startedAt: number
  /** Attempts of one round fail together: they count once. */
  readonly round: number
  readonly guard: Deadline
  abort: (() => void) | undefined
}

/**
 * The attempts of one pool.
 *
 * @since 0.1.0
 * @category models
 */
export class Opener {
  /** Of the last attempt, until one succeeds. */
  lastError: DatabaseError.DatabaseError | undefined
  /** No attempt before this time. */
  retryAt = Number.NEGATIVE_INFINITY
  readonly #options: OpenerOptions
  readonly #attempts = new Set<Attempt>()
  #limit: number
  #round = 0
  #failures = 0

  constructor(options: OpenerOptions) {
    this.#options = options
    this.#limit = options.max
  }

  get opening(): number {
    return this.#attempts.size
  }

  /** Whether one more attempt may run beside those that do. The pause is apart: see `retryAt`. */
  get hasRoom(): boolean {
    return this.#attempts.size < this.#limit
  }

  start(ticket: number, now: number): void {
    const { connect, connectTimeoutMs, deadlines } = this.#options
    const deadlineAt = now + connectTimeoutMs
    // A driver keeps the deadline itself; one that does not must not cost a place in the pool.
    const guard = deadlines.add(deadlineAt, true, () => this.#expire(attempt))
    const attempt: Attempt = { ticket, startedAt: now, round: this.#round, guard, abort: undefined }
    this.#attempts.add(attempt)
    const abort = connect(deadlineAt, (exit) => this.#settle(attempt, exit))
    if (this.#attempts.has(attempt)) attempt.abort = abort
  }

  abortAll(): void {
    const attempts = Array.from(this.#attempts)
    this.#attempts.clear()
    for (const attempt of attempts) {
      this.#options.deadlines.remove(attempt.guard)
      attempt.abort?.()
    }
  }

  #expire(attempt: Attempt): void {
    const { connectTimeoutMs, timers } = this.#options
    const { abort } = attempt
    const elapsedMs = timers.now() - attempt.startedAt
    this.#settle(attempt, Exit.fail(new DatabaseError.ConnectTimeout({ budgetMs: connectTimeoutMs, elapsedMs })))
    abort?.()
  }

  #settle(attempt: Attempt, exit: Exit.Exit<Session, DatabaseError.DatabaseError>): void {
    if (!this.#attempts.delete(attempt)) {
      if (Exit.isSuccess(exit)) exit.value.destroy()
      return
    }
    this.#options.deadlines.remove(attempt.guard)
    if (Exit.isFailure(exit)) return this.#failed(attempt, errorOf(exit.cause))
    if (exit.value.closed()) {
      const lost = new DatabaseError.ConnectionError({ phase: "connect", reason: "lost", outcome: "none" })
      return this.#failed(attempt, lost)
    }
    this.lastError = undefined
    this.retryAt = Number.NEGATIVE_INFINITY
    this.#failures = 0
    this.#limit = Math.min(this.#limit * 2, this.#options.max)
    this.#options.opened(exit.value, this.#options.timers.now() - attempt.startedAt)
  }

  #failed(attempt: Attempt, error: DatabaseError.DatabaseError): void {
    const { failed, random, timers } = this.#options
    this.lastError = error
    this.#limit = 1
    if (attempt.round === this.#round) {
      this.#round++
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures++)
      this.retryAt = timers.now() + pauseMs * (0.5 + 0.5 * random())
    }
    failed(error, attempt.ticket, this.#failures)
  }
}

const errorOf = (cause: Cause.Cause<DatabaseError.DatabaseError>): DatabaseError.DatabaseError =>
  Option.getOrElse(Cause.failureOption(cause), () => DatabaseError.fromUnknown(Cause.squash(cause)))
