import { describe, expect } from "@effect/vitest"
import { scenario } from "./Scenario.js"

describe("validation before a hand-out", () => {
  scenario("a session idle for no longer than the bypass window goes out unasked", {}, (s) => {
    s.fill(1)
    s.advance(1000)
    expect(s.borrow().session.validations).toBe(0)
  })

  scenario("a session idle for longer is validated", { script: { validate: "hang" } }, (s) => {
    s.fill(1)
    s.advance(1001)
    const borrower = s.borrow()
    expect(borrower.waiting).toBe(true)
    expect(s.pool.stats()).toMatchObject({ opening: 1, idle: 0, waiters: 1 })
    s.server.session(1).answerValidation(true)
    expect(borrower.session.id).toBe(1)
  })

  scenario("without pre-ping it is not", { prePing: false }, (s) => {
    s.fill(1)
    s.advance(60_000)
    expect(s.borrow().session.validations).toBe(0)
  })

  scenario("one that fails is replaced inside the same acquire", {}, (s) => {
    s.fill(1)
    s.advance(1500)
    s.server.script.validate = "dead"
    const borrower = s.borrow()
    expect(borrower.session.id).toBe(2)
    expect(s.pool.stats()).toMatchObject({ created: 2, destroyed: 1 })
    expect(s.logged).toContain("ValidationFailed")
  })

  scenario("silence is a failure after two seconds, and nobody waits for two of them", {}, (s) => {
    s.fill(3)
    s.advance(1500)
    s.server.script.validate = "hang"
    const borrower = s.borrow()
    s.advance(1999)
    expect(borrower.waiting).toBe(true)
    s.advance(1)
    expect(borrower.session.id).toBe(4)
  })

  scenario("a failed validation makes the other idle ones suspect, however short their rest", {}, (s) => {
    const [a, b, c] = [s.borrow(), s.borrow(), s.borrow()]
    s.release(a)
    s.advance(1500)
    s.server.script.validate = "dead"
    s.borrow()
    s.release(b)
    s.release(c)
    s.server.script.validate = "alive"
    expect(s.borrow().session).toBe(c.session)
    expect(c.session.validations).toBe(1)
    expect(s.borrow().session.validations).toBe(1)
  })

  scenario("giving up while validating leaves the session to the next", { script: { validate: "hang" } }, (s) => {
    s.fill(1)
    s.advance(1500)
    const [first, second] = [s.borrow(), s.borrow({ deadlineAt: s.timers.now() + 10_000 })]
    s.server.script.connect = "hang"
    first.giveUp()
    s.server.session(1).answerValidation(true)
    expect(second.lent).toBeDefined()
  })

  scenario("a validation nobody waits for any more ends idle", { script: { validate: "hang" } }, (s) => {
    s.fill(1)
    s.advance(1500)
    s.borrow().giveUp()
    s.server.session(1).answerValidation(true)
    expect(s.pool.stats()).toMatchObject({ idle: 1, opening: 0 })
    expect(s.borrow().session.validations).toBe(1)
  })

  scenario("the budget covers the validation", { script: { validate: "hang" } }, (s) => {
    s.fill(1)
    s.advance(1500)
    const borrower = s.borrow({ deadlineAt: s.timers.now() + 500 })
    s.advance(500)
    expect(borrower.error).toMatchObject({ _tag: "StatementTimeoutError", phase: "acquire", elapsedMs: 500 })
    s.server.session(1).answerValidation(true)
    expect(s.pool.stats()).toMatchObject({ idle: 1, waiters: 0 })
  })

  scenario("a session that dies while it is validated is replaced", { script: { validate: "hang" } }, (s) => {
    s.fill(1)
    s.advance(1500)
    const borrower = s.borrow()
    s.server.session(1).die()
    expect(borrower.session.id).toBe(2)
    expect(s.pool.stats().destroyed).toBe(1)
  })

  scenario("an answer that comes after the two seconds is not heard", {}, (s) => {
    s.fill(1)
    const session = s.server.session(1)
    s.advance(1500)
    s.server.script.validate = "hang"
    s.borrow()
    s.advance(2000)
    session.answerValidation(true)
    expect(s.pool.stats()).toMatchObject({ leased: 1, idle: 0, opening: 0, destroyed: 1 })
  })
})
