import { describe, expect } from "@effect/vitest"
import * as DatabaseError from "../../../src/Database/DatabaseError.js"
import { lost, refused, tooMany } from "../../support/FakeDriver.js"
import { scenario } from "./Scenario.js"

describe("a server that cannot be reached", () => {
  scenario("is reported to the borrower at once", { script: { connect: refused() } }, (s) => {
    expect(s.borrow().error).toMatchObject({ _tag: "ConnectionError", reason: "refused" })
    expect(s.logged).toEqual(["ConnectFailed"])
  })

  scenario(
    "wrong credentials are reported at once",
    { script: { connect: new DatabaseError.AuthenticationError({}) } },
    (s) => expect(s.borrow().error?._tag).toBe("AuthenticationError")
  )

  scenario("one attempt that fails answers all who came before it began", {
    size: 1,
    maxOverflow: 0,
    script: { connect: "hang" }
  }, (s) => {
    const early = [s.borrow(), s.borrow(), s.borrow()]
    s.server.attempt().fail(refused())
    // Those two came after the attempt had begun: the next one is theirs.
    expect(early.map(({ error }) => error?._tag)).toEqual(["ConnectionError", undefined, undefined])
    s.advance(5)
    s.server.attempt().fail(refused())
    expect(early.map(({ error }) => error?._tag)).toEqual(["ConnectionError", "ConnectionError", "ConnectionError"])
  })

  scenario("is probed by one attempt at a time, ever more slowly, four times a second at most", {
    script: { connect: refused() }
  }, (s) => {
    s.borrow()
    s.server.script.connect = "hang"
    const gaps: Array<number> = []
    for (let round = 0; round < 9; round++) {
      const since = s.timers.now()
      const borrower = s.borrow()
      s.borrow()
      while (s.server.attempts.length === 0) s.advance(1)
      expect(s.server.attempts).toHaveLength(1)
      gaps.push(s.timers.now() - since)
      s.server.attempt().fail(refused())
      expect(borrower.error?._tag).toBe("ConnectionError")
    }
    expect(gaps).toEqual([5, 10, 20, 40, 80, 125, 125, 125, 125])
  })

  scenario("comes back: who waits is served by the next attempt, and speed returns by doubling", {
    size: 8,
    maxOverflow: 0,
    script: { connect: refused() }
  }, (s) => {
    s.borrow()
    s.server.script.connect = "hang"
    const waiting = Array.from({ length: 8 }, () => s.borrow())
    s.advance(5)
    expect(s.server.attempts).toHaveLength(1)
    s.server.attempt().accept()
    expect(s.server.attempts).toHaveLength(2)
    s.server.attempt().accept()
    s.server.attempt().accept()
    expect(s.server.attempts).toHaveLength(5)
    while (s.server.attempts.length > 0) s.server.attempt().accept()
    expect(waiting.every(({ lent }) => lent !== undefined)).toBe(true)
    expect(s.pool.stats()).toMatchObject({ created: 8, leased: 8 })
  })

  scenario(
    "silent: the attempt ends with its time, also when the driver forgets it",
    { script: { connect: "hang" } },
    (s) => {
      const borrower = s.borrow()
      s.advance(2000)
      expect(borrower.error).toMatchObject({ _tag: "ConnectTimeout", budgetMs: 2000, elapsedMs: 2000 })
      expect(s.server.attempts).toHaveLength(0)
    }
  )

  scenario("a connection that comes too late is dropped", { script: { connect: "hang", abort: "deaf" } }, (s) => {
    const borrower = s.borrow()
    const attempt = s.server.attempt()
    s.advance(2000)
    expect(borrower.error?._tag).toBe("ConnectTimeout")
    attempt.accept()
    expect(s.pool.stats()).toMatchObject({ created: 0, idle: 0, leased: 0 })
    expect(s.server.sessions.size).toBe(0)
  })
})

describe("a pool that cannot grow", () => {
  scenario("goes on serving with what it has", { script: { connect: "accept" } }, (s) => {
    const held = s.borrow()
    s.server.script.connect = tooMany()
    const waiting = s.borrow()
    s.advance(1000)
    expect(waiting.waiting).toBe(true)
    s.release(held)
    expect(waiting.session).toBe(held.session)
  })

  scenario("does so with changed credentials too", {}, (s) => {
    const held = s.borrow()
    s.server.script.connect = new DatabaseError.AuthenticationError({})
    const waiting = s.borrow()
    s.release(held)
    expect(waiting.lent).toBeDefined()
  })

  scenario("is no hope for who holds all there is", {}, (s) => {
    const held = s.borrow()
    s.server.script.connect = tooMany()
    expect(s.borrow({ held: 1 }).error).toMatchObject({ reason: "too_many" })
    expect(held.lent).toBeDefined()
  })

  scenario("fails who waits when the last session dies as well", {}, (s) => {
    const held = s.borrow()
    s.server.script.connect = refused()
    const waiting = s.borrow()
    expect(waiting.waiting).toBe(true)
    held.session.die()
    s.advance(250)
    expect(waiting.error).toMatchObject({ reason: "refused" })
  })
})

describe("sessions that die", () => {
  scenario("idle ones are forgotten", {}, (s) => {
    s.fill(3)
    s.server.session(2).die()
    expect(s.pool.stats()).toMatchObject({ idle: 2, destroyed: 1 })
    expect(s.events).toMatchObject([{ _tag: "SessionLost", sessionId: 2, leased: false }])
  })

  scenario("one death makes the others suspect, not dead", {}, (s) => {
    s.fill(3)
    s.server.session(1).die()
    const survivors = [s.borrow(), s.borrow()]
    expect(survivors.map(({ session }) => session.validations)).toEqual([1, 1])
    survivors.forEach(s.release)
    expect(s.borrow().session.validations).toBe(1)
    expect(s.pool.stats().created).toBe(3)
  })

  scenario("a lease that outlives a loss is validated before the next borrower has it", {
    script: { validate: "hang" }
  }, (s) => {
    const [a, b] = [s.borrow(), s.borrow()]
    s.borrow()
    const waiting = s.borrow()
    a.session.die()
    expect(waiting.session.id).toBe(4)
    const second = s.borrow()
    s.release(b)
    expect(second.waiting).toBe(true)
    expect(b.session.validating).toBe(true)
    b.session.answerValidation(true)
    expect(second.session).toBe(b.session)
  })

  scenario("a leased one makes room for who waits, at once", {}, (s) => {
    const held = s.borrowAll()
    const waiting = s.borrow()
    held[0]!.session.die()
    expect(waiting.session.id).toBe(4)
    s.release(held[0]!)
    expect(s.pool.stats()).toMatchObject({ leased: 3, idle: 0 })
  })

  scenario("a crash that ends them all is over with the first connection", {}, (s) => {
    s.fill(3)
    for (const session of Array.from(s.server.sessions)) session.die(lost())
    expect(s.pool.stats()).toMatchObject({ idle: 0, leased: 0, opening: 0 })
    s.server.script.connect = new DatabaseError.ConnectionError({
      phase: "connect",
      reason: "shutting_down",
      outcome: "none"
    })
    expect(s.borrow().error).toMatchObject({ reason: "shutting_down" })
    s.server.script.connect = "accept"
    const borrower = s.borrow()
    s.advance(250)
    expect(borrower.lent).toBeDefined()
  })

  scenario("closed but not yet reported is noticed at the hand-out", {}, (s) => {
    s.fill(1)
    const session = s.server.session(1)
    session.ended = "lost"
    s.server.sessions.delete(session)
    expect(s.borrow().session.id).toBe(2)
  })
})
