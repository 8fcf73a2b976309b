/**
 * One statement on its way: wait for a place, run, watch the deadline, answer once. This is the hot path: one object per call,
 * one Effect primitive, no generators, scopes or spans.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as DatabaseError from "../Database/DatabaseError.js"
import * as Deadline from "../Database/Deadline.js"
import type { Guest, Place } from "./Place.js"
import type { Lent } from "./Pool.js"
import type { Statement } from "./Statement.js"

/**
 * What the core adds to a statement: its time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bounds {
  /** The caller's deadline: over waiting and running. */
  readonly deadlineAt: number | undefined
  /** Milliseconds for running alone. */
  readonly statementMs: number | undefined
  /** How long the server has to act on a bound of its own before we do. */
  readonly guardMs: number
}

/**
 * @since 0.1.0
 * @category models
 */
export const unbounded: Bounds = { deadlineAt: undefined, statementMs: undefined, guardMs: 0 }

class Call<A, E> implements Guest {
  exit: Exit.Exit<A, E | DatabaseError.DatabaseError> | undefined = undefined
  private resume: ((exit: Exit.Exit<A, E | DatabaseError.DatabaseError>) => void) | undefined = undefined
  private giveUp: (() => void) | undefined = undefined
  private lent: Lent | undefined = undefined
  private forget: (() => void) | undefined = undefined
  private stopping = false
  private budgetMs: number | undefined = undefined
  private startedAt = 0

  constructor(
    private readonly place: Place,
    private readonly statement: Statement<A, E>,
    private readonly parameters: ReadonlyArray<unknown>,
    private readonly bounds: Bounds
  ) {}

  start(): void {
    const giveUp = this.place.enter(this.bounds.deadlineAt, this)
    if (this.lent === undefined && this.exit === undefined) this.giveUp = giveUp
  }

  onExit(resume: (exit: Exit.Exit<A, E | DatabaseError.DatabaseError>) => void): void {
    if (this.exit === undefined) this.resume = resume
    else resume(this.exit)
  }

  /** Leaves the queue. False: too late, it runs or has run. */
  withdraw(): boolean {
    const { giveUp } = this
    if (giveUp === undefined) return false
    this.giveUp = undefined
    giveUp()
    return true
  }

  /** Nobody wants the answer any more: `done` when nothing of it is left on the server. */
  abandon(done: () => void): void {
    this.resume = undefined
    if (this.exit !== undefined || this.withdraw()) return done()
    const { lent } = this
    // Stopped already by the deadline: the place takes the session back by itself.
    if (lent === undefined || this.stopping) return done()
    this.stopping = true
    this.forget?.()
    this.place.stop(lent, done)
  }

  refused(error: DatabaseError.DatabaseError): void {
    this.giveUp = undefined
    this.finish(Exit.fail(error))
  }

  entered(lent: Lent): void {
    this.giveUp = undefined
    this.lent = lent
    const { bounds } = this
    let { deadlineAt } = bounds
    if (deadlineAt !== undefined || bounds.statementMs !== undefined) {
      this.startedAt = Deadline.now()
      if (bounds.statementMs !== undefined) {
        deadlineAt = Deadline.earlier(deadlineAt, this.startedAt + bounds.statementMs + bounds.guardMs)
      }
      if (deadlineAt !== undefined) this.budgetMs = deadlineAt - this.startedAt
    }
    lent.session.submit(this.statement, this.parameters, deadlineAt, (exit) => this.answered(exit))
    if (deadlineAt !== undefined && this.exit === undefined)
      this.forget = this.place.at(deadlineAt, () => this.timeUp())
  }

  private timeUp(): void {
    if (this.exit !== undefined || this.stopping || this.lent === undefined) return
    this.stopping = true
    this.place.stop(this.lent, () => {})
  }

  private answered(exit: Exit.Exit<A, E | DatabaseError.DatabaseError>): void {
    this.forget?.()
    if (!this.stopping) this.place.leave(this.lent!)
    this.finish(Exit.isFailure(exit) ? this.explain(exit) : exit)
  }

  /** After our own stop the cause is the deadline, whatever the driver made of it; and a driver does not know the budget. */
  private explain(
    exit: Exit.Failure<A, E | DatabaseError.DatabaseError>
  ): Exit.Exit<A, E | DatabaseError.DatabaseError> {
    if (exit.cause._tag !== "Fail") return exit
    const error: unknown = exit.cause.error
    if (!DatabaseError.isDatabaseError(error)) return exit
    const timedOut = error._tag === "StatementTimeoutError"
    if (!timedOut && !(this.stopping && error._tag === "ConnectionError")) return exit
    if (timedOut && error.budgetMs !== undefined) return exit
    return Exit.fail(
      new DatabaseError.StatementTimeoutError({
        source: this.stopping || !timedOut ? "client" : error.source,
        phase: timedOut ? error.phase : "statement",
        budgetMs: this.budgetMs,
        elapsedMs: this.startedAt === 0 ? undefined : Deadline.now() - this.startedAt,
        cause: timedOut ? error.cause : error
      })
    )
  }

  private finish(exit: Exit.Exit<A, E | DatabaseError.DatabaseError>): void {
    this.exit = exit
    const { resume } = this
    if (resume === undefined) return
    this.resume = undefined
    resume(exit)
  }
}

/**
 * Runs a statement at a place. For a synchronous engine whose session is free the answer is the `Exit` itself.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <A, E>(
  place: Place,
  statement: Statement<A, E>,
  parameters: ReadonlyArray<unknown>,
  bounds: Bounds,
  synchronous: boolean
): Effect.Effect<A, E | DatabaseError.DatabaseError> => {
  const call = new Call(place, statement, parameters, bounds)
  if (synchronous) {
    call.start()
    if (call.exit !== undefined) return call.exit
    // It has to wait: begin again inside the async, so that no interruption can fall between the two.
    if (!call.withdraw()) return awaiting(call, false)
  }
  return awaiting(call, true)
}

const awaiting = <A, E>(call: Call<A, E>, start: boolean): Effect.Effect<A, E | DatabaseError.DatabaseError> =>
  Effect.async<A, E | DatabaseError.DatabaseError>((resume) => {
    call.onExit(resume)
    if (start) call.start()
    return Effect.async<void>((stopped) => call.abandon(() => stopped(Effect.void)))
  })
