import { describe, expect } from "@effect/vitest"
import type { Scenario } from "./Scenario.js"
import { scenario } from "./Scenario.js"

const close = (s: Scenario, graceMs: number): { closed: number } => {
  const result = { closed: 0 }
  s.pool.close(graceMs, () => result.closed++)
  s.check()
  return result
}

describe("closing the pool", () => {
  scenario("an unused one is closed at once", {}, (s) => expect(close(s, 1000).closed).toBe(1))

  scenario("idle sessions are closed politely", { script: { close: "hang" } }, (s) => {
    s.fill(2)
    const [a, b] = Array.from(s.server.sessions)
    const result = close(s, 0)
    a?.hearGoodbye()
    expect(result.closed).toBe(0)
    b?.hearGoodbye()
    expect(result.closed).toBe(1)
    expect([a?.ended, b?.ended]).toEqual(["closed", "closed"])
  })

  scenario("who waits and who comes is refused", {}, (s) => {
    s.borrowAll()
    const waiting = s.borrow()
    close(s, 1000)
    expect(waiting.error).toMatchObject({ _tag: "ConnectionError", reason: "closed", phase: "acquire" })
    expect(s.borrow().error).toMatchObject({ reason: "closed" })
  })

  scenario("leases may end within the grace", {}, (s) => {
    const borrower = s.borrow()
    const result = close(s, 1000)
    s.advance(900)
    expect(borrower.session.closed()).toBe(false)
    s.release(borrower)
    expect(result.closed).toBe(1)
    expect(borrower.session.ended).toBe("closed")
    expect(s.timers.keepingAlive()).toBe(0)
  })

  scenario("what is left after the grace is destroyed", {}, (s) => {
    const borrower = s.borrow()
    const result = close(s, 1000)
    s.advance(1000)
    expect(borrower.session.ended).toBe("destroyed")
    expect(result.closed).toBe(1)
    s.release(borrower)
  })

  scenario("attempts to connect are dropped", { script: { connect: "hang" } }, (s) => {
    const borrower = s.borrow()
    expect(close(s, 1000).closed).toBe(1)
    expect(s.server.attempts).toEqual([])
    expect(borrower.error).toMatchObject({ reason: "closed" })
  })

  scenario("a connection that comes afterwards is dropped", { script: { connect: "hang", abort: "deaf" } }, (s) => {
    s.borrow()
    const attempt = s.server.attempt()
    close(s, 1000)
    attempt.accept()
    expect(s.server.sessions.size).toBe(0)
  })

  scenario("a validation is not waited for", { script: { validate: "hang" } }, (s) => {
    s.fill(1)
    s.advance(1500)
    const borrower = s.borrow()
    expect(close(s, 1000).closed).toBe(1)
    expect(borrower.error).toMatchObject({ reason: "closed" })
  })

  scenario("a cancel under way has until the end of the grace", { script: { cancel: "hang" } }, (s) => {
    const borrower = s.borrow()
    const answers: Array<boolean> = []
    s.pool.cancel(borrower.lent!, true, (clean) => answers.push(clean))
    const result = close(s, 500)
    s.advance(500)
    expect(answers).toEqual([false])
    expect(result.closed).toBe(1)
  })

  scenario("may be asked for again, with less patience", {}, (s) => {
    s.borrow()
    const first = close(s, 60_000)
    const second = close(s, 100)
    s.advance(100)
    expect([first.closed, second.closed]).toEqual([1, 1])
    expect(close(s, 0).closed).toBe(1)
    expect(s.timers.keepingAlive()).toBe(0)
  })
})
