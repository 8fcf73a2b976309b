import { describe, expect } from "@effect/vitest"
import { tooMany } from "../../support/FakeDriver.js"
import { scenario } from "./Scenario.js"

describe("the pool's queue", () => {
  scenario("a free session is handed out before acquire returns", {}, (s) => {
    const first = s.borrow()
    const { id } = first.session
    s.release(first)
    expect(s.borrow().session.id).toBe(id)
    expect(s.pool.stats()).toMatchObject({ created: 1, leased: 1, idle: 0 })
  })

  scenario("the session that came back last goes out first", {}, (s) => {
    const [a, b] = [s.borrow(), s.borrow()]
    s.release(a)
    s.release(b)
    expect(s.borrow().session).toBe(b.session)
    expect(s.borrow().session).toBe(a.session)
  })

  scenario("sessions are opened up to size and overflow, and not one more", {}, (s) => {
    s.borrowAll()
    const late = s.borrow()
    expect(late.waiting).toBe(true)
    expect(s.server.attempted).toBe(3)
    expect(s.pool.stats()).toMatchObject({ leased: 3, waiters: 1, opening: 0 })
  })

  scenario("a connection on its way counts as one", {}, (s) => {
    s.borrow()
    s.borrow()
    s.server.script.connect = "hang"
    s.borrow()
    s.borrow()
    expect(s.server.attempts).toHaveLength(1)
  })

  scenario("first come, first served", {}, (s) => {
    const held = s.borrowAll()
    const waiting = [s.borrow(), s.borrow(), s.borrow()]
    held.forEach(s.release)
    expect(waiting.map(({ session }) => session)).toEqual(held.map(({ session }) => session))
  })

  scenario("a newcomer never overtakes, not even the one who gives back", {}, (s) => {
    const held = s.borrowAll()
    const first = s.borrow()
    s.release(held[0]!)
    const again = s.borrow()
    expect(first.session).toBe(held[0]!.session)
    expect(again.waiting).toBe(true)
  })

  scenario("who asks while others wait for a connection queues behind them", { script: { connect: "hang" } }, (s) => {
    const [first, second] = [s.borrow(), s.borrow()]
    const session = s.server.attempt(1).accept()
    expect(first.session).toBe(session)
    expect(second.waiting).toBe(true)
    s.release(first)
    expect(second.session).toBe(session)
  })

  scenario("a free session goes to who waits for the validation of another", {}, (s) => {
    const [a, b, c] = [s.borrow(), s.borrow(), s.borrow()]
    c.session.die()
    s.release(a)
    s.release(s.borrow())
    s.release(b)
    Object.assign(s.server.script, { validate: "hang", connect: "hang" })
    const [first, second] = [s.borrow(), s.borrow()]
    expect(first.session).toBe(a.session)
    expect(second.waiting).toBe(true)
  })

  scenario("giving up while waiting costs nobody a place", {}, (s) => {
    const held = s.borrowAll()
    const [first, second, third] = [s.borrow(), s.borrow(), s.borrow()]
    second.giveUp()
    held.forEach(s.release)
    expect(first.lent).toBeDefined()
    expect(third.lent).toBeDefined()
    expect(s.pool.stats()).toMatchObject({ leased: 2, idle: 1, waiters: 0 })
  })

  scenario(
    "giving up while connecting leaves the connection to whoever comes next",
    { script: { connect: "hang" } },
    (s) => {
      const first = s.borrow()
      first.giveUp()
      const second = s.borrow()
      expect(s.server.attempted).toBe(1)
      const session = s.server.attempt().accept()
      expect(second.session).toBe(session)
    }
  )

  scenario("a connection nobody waits for any more is kept idle", { script: { connect: "hang" } }, (s) => {
    s.borrow().giveUp()
    s.server.attempt().accept()
    expect(s.pool.stats()).toMatchObject({ idle: 1, leased: 0, waiters: 0 })
  })

  scenario("giving up after the answer does nothing", {}, (s) => {
    const borrower = s.borrow()
    borrower.giveUp()
    expect(s.pool.stats().leased).toBe(1)
  })

  scenario("the pool's timeout says what the pool looked like", {}, (s) => {
    const first = s.borrow({ borrower: () => "orders.import" })
    s.advance(1000)
    s.borrow({ borrower: () => "users.get" })
    s.server.script.connect = tooMany()
    const late = s.borrow()
    s.advance(4999)
    expect(late.waiting).toBe(true)
    s.advance(1)
    expect(late.error).toMatchObject({
      _tag: "PoolTimeout",
      waitedMs: 5000,
      size: 2,
      maxOverflow: 1,
      leased: 2,
      idle: 0,
      waiters: 1,
      oldestLease: { heldMs: 6000, borrower: "orders.import" },
      lastConnectError: "ConnectionError (too_many)"
    })
    expect(s.pool.stats().acquireTimeouts).toBe(1)
    s.release(first)
  })

  scenario("the caller's deadline, when it is the earlier one, is his own timeout", {}, (s) => {
    s.borrowAll()
    const late = s.borrow({ deadlineAt: s.timers.now() + 300 })
    s.advance(300)
    expect(late.error).toMatchObject({
      _tag: "StatementTimeoutError",
      source: "client",
      phase: "acquire",
      budgetMs: 300,
      elapsedMs: 300
    })
    expect(s.pool.stats().acquireTimeouts).toBe(0)
  })

  scenario("a deadline that is over gets nothing, not even a free session", {}, (s) => {
    s.fill(1)
    expect(s.borrow({ deadlineAt: s.timers.now() }).error).toMatchObject({ _tag: "StatementTimeoutError" })
    expect(s.pool.stats().idle).toBe(1)
  })

  scenario("the budget covers waiting and connecting together", { script: { connect: "hang" } }, (s) => {
    const borrower = s.borrow({ deadlineAt: s.timers.now() + 1500 })
    s.advance(1500)
    expect(borrower.error).toMatchObject({ _tag: "StatementTimeoutError", phase: "acquire" })
    expect(s.pool.stats()).toMatchObject({ opening: 1, waiters: 0 })
  })

  scenario("who holds a session of the full pool is told so at once", {}, (s) => {
    s.borrowAll()
    expect(s.borrow({ held: 1 }).error).toMatchObject({ _tag: "PoolSelfDeadlock", size: 2, maxOverflow: 1 })
  })

  scenario("who holds a session gets another while there is room", {}, (s) => {
    s.borrow()
    expect(s.borrow({ held: 1 }).lent).toBeDefined()
    expect(s.borrow({ held: 2 }).lent).toBeDefined()
    expect(s.borrow({ held: 3 }).error).toMatchObject({ _tag: "PoolSelfDeadlock" })
  })

  scenario("room that others wait for already is no room", { script: { connect: "hang" } }, (s) => {
    const held = s.borrow()
    s.server.attempt().accept()
    expect(held.lent).toBeDefined()
    s.borrow()
    s.borrow()
    expect(s.borrow({ held: 1 }).error).toMatchObject({ _tag: "PoolSelfDeadlock" })
  })

  scenario("a connection on its way that nobody waits for is room", { script: { connect: "hang" } }, (s) => {
    const held = s.borrow()
    s.server.attempt().accept()
    const gone = [s.borrow(), s.borrow()]
    gone.forEach((borrower) => borrower.giveUp())
    const second = s.borrow({ held: 1 })
    expect(second.waiting).toBe(true)
    const session = s.server.attempt().accept()
    expect(second.session).toBe(session)
    expect(held.lent).toBeDefined()
  })

  scenario("nor does one that gives back and asks again at once", { size: 1, maxOverflow: 0 }, (s) => {
    const held = s.borrow()
    const served: Array<string> = []
    const once = (name: string, then: () => void) =>
      s.pool.acquire({ deadlineAt: undefined, held: 0, borrower: undefined }, (exit) => {
        served.push(name)
        if (exit._tag === "Success") s.pool.release(exit.value)
        then()
      })
    once("first", () => once("first again", () => {}))
    once("second", () => {})
    s.release(held)
    expect(served).toEqual(["first", "second", "first again"])
  })

  scenario(
    "a long queue of borrowers that finish at once does not grow the stack",
    { size: 1, maxOverflow: 0 },
    (s) => {
      const held = s.borrow()
      let served = 0
      for (let index = 0; index < 20_000; index++) {
        s.pool.acquire({ deadlineAt: undefined, held: 0, borrower: undefined }, (exit) => {
          served++
          if (exit._tag === "Success") s.pool.release(exit.value)
        })
      }
      s.release(held)
      expect(served).toBe(20_000)
    }
  )

  scenario("who fails and asks again from the callback is served", {}, (s) => {
    const held = s.borrowAll()
    let again = s.borrow
    let second: ReturnType<typeof s.borrow> | undefined
    s.pool.acquire({ deadlineAt: s.timers.now() + 100, held: 0, borrower: undefined }, () => {
      second = again()
    })
    s.advance(100)
    expect(second?.waiting).toBe(true)
    s.release(held[0]!)
    expect(second?.lent).toBeDefined()
    again = () => second!
  })
})
