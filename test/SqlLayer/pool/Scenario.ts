/**
 * One pool over a scripted server and a clock moved by hand. Every scenario ends the same way: everybody goes home, nothing is
 * left behind.
 */
import { expect, it } from "@effect/vitest"
import * as Exit from "effect/Exit"
import type * as DatabaseError from "../../../src/Database/DatabaseError.js"
import type { AcquireRequest, Lent, Pool, PoolEvent, PoolOptions } from "../../../src/SqlLayer/Pool.js"
import * as Pools from "../../../src/SqlLayer/Pool.js"
import { FakeServer, type FakeSession, type Script } from "../../support/FakeDriver.js"
import * as ManualTimers from "../../support/ManualTimers.js"

export interface ScenarioOptions extends Partial<PoolOptions> {
  readonly script?: Partial<Script>
}

export class Borrower {
  answers = 0
  lent: Lent | undefined
  error: DatabaseError.DatabaseError | undefined
  gaveUp = false
  giveUp: () => void = () => {}

  answer(exit: Exit.Exit<Lent, DatabaseError.DatabaseError>): void {
    this.answers++
    if (this.gaveUp) throw new Error("answered after giving up")
    if (this.answers > 1) throw new Error("answered twice")
    if (Exit.isSuccess(exit)) this.lent = exit.value
    else if (exit.cause._tag === "Fail") this.error = exit.cause.error
    else throw new Error("a defect")
  }

  get waiting(): boolean {
    return this.answers === 0 && !this.gaveUp
  }

  /** The session held; a test fails here when there is none. */
  get session(): FakeSession {
    expect(this.error).toBeUndefined()
    expect(this.lent, "holds no session").toBeDefined()
    // every session of these pools is the scripted server's
    return this.lent!.session as FakeSession
  }
}

export class Scenario {
  readonly server: FakeServer
  readonly timers = ManualTimers.make()
  readonly events: Array<PoolEvent> = []
  readonly pool: Pool
  readonly borrowers: Array<Borrower> = []
  readonly max: number

  constructor({ script, ...options }: ScenarioOptions = {}) {
    this.server = new FakeServer(script)
    const { maxOverflow = 1, size = 2 } = options
    this.max = size + maxOverflow
    this.pool = Pools.make({
      connect: this.server.connect,
      timeoutMs: 5000,
      connectTimeoutMs: 2000,
      recycleMs: 3_600_000,
      prePing: true,
      timers: this.timers,
      random: () => 0,
      log: (event) => this.events.push(event),
      ...options,
      size,
      maxOverflow
    })
  }

  readonly borrow = (request: Partial<AcquireRequest> = {}): Borrower => {
    const borrower = new Borrower()
    this.borrowers.push(borrower)
    const giveUp = this.pool.acquire(
      { deadlineAt: undefined, held: 0, borrower: undefined, ...request },
      (exit) => borrower.answer(exit)
    )
    borrower.giveUp = () => {
      if (borrower.waiting) borrower.gaveUp = true
      giveUp()
    }
    this.check()
    return borrower
  }

  readonly borrowAll = (): ReadonlyArray<Borrower> => Array.from({ length: this.max }, () => this.borrow())

  readonly release = (borrower: Borrower): void => {
    if (borrower.lent !== undefined) this.pool.release(borrower.lent)
    this.check()
  }

  /** Borrows and gives back at once, so that so many sessions are idle. */
  readonly fill = (count: number): void => {
    Array.from({ length: count }, () => this.borrow()).forEach(this.release)
    expect(this.pool.stats().idle).toBe(count)
  }

  readonly advance = (milliseconds: number): void => {
    this.timers.advance(milliseconds)
    this.check()
  }

  /** The tags of what was logged. */
  get logged(): ReadonlyArray<string> {
    return this.events.map((event) => event._tag)
  }

  /** What holds at every moment. */
  check(): void {
    const { draining, idle, leased, opening, quarantined } = this.pool.stats()
    const { attempts, sessions } = this.server
    let validating = 0
    for (const session of sessions) if (session.validating) validating++
    const established = idle + leased + quarantined + draining
    same(Math.max(this.max, opening + established), this.max, "size and overflow")
    same(established + validating, sessions.size, "the server's sessions")
    same(opening - validating, attempts.length, "the server's attempts")
  }

  /** Everybody goes home; the pool is usable, then closed; nothing is left. */
  end(): void {
    for (const borrower of this.borrowers) {
      borrower.giveUp()
      if (borrower.lent !== undefined) this.pool.release(borrower.lent)
    }
    expect(this.pool.stats()).toMatchObject({ waiters: 0, leased: 0 })
    Object.assign(this.server.script, { connect: "accept", validate: "alive", cancel: "clean", close: "at once" })
    this.advance(10_000)
    this.check()
    let closed = 0
    this.pool.close(0, () => closed++)
    this.advance(10_000)
    expect(closed).toBe(1)
    expect(this.server.sessions.size + this.server.attempts.length, "left on the server").toBe(0)
    expect(this.timers.keepingAlive(), "timers that keep the process alive").toBe(0)
    for (const borrower of this.borrowers) expect(borrower.waiting).toBe(false)
  }
}

/** A cheap assertion: it runs after every step of thousands of scenarios. */
export const same = (seen: unknown, wanted: unknown, what: string): void => {
  if (Object.is(seen, wanted)) return
  const [is, should] = [JSON.stringify(seen), JSON.stringify(wanted)]
  if (is !== should) throw new Error(`${what}: ${is} instead of ${should}`)
}

/** A test over one pool; what every scenario must leave behind is checked at its end. */
export const scenario = (name: string, options: ScenarioOptions, run: (s: Scenario) => void): void =>
  it(name, () => {
    const s = new Scenario(options)
    run(s)
    s.check()
    s.end()
  })
