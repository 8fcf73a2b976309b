import { describe, expect } from "@effect/vitest"
import type { Borrower, Scenario } from "./Scenario.js"
import { scenario } from "./Scenario.js"

const cancel = (s: Scenario, borrower: Borrower, keep: boolean): Array<boolean> => {
  const answers: Array<boolean> = []
  s.pool.cancel(borrower.lent!, keep, (clean) => answers.push(clean))
  s.check()
  return answers
}

describe("cancelling a statement", () => {
  scenario("the session is nobody's until the server has confirmed", { script: { cancel: "hang" } }, (s) => {
    const held = s.borrowAll()
    const waiting = s.borrow()
    const answers = cancel(s, held[0]!, false)
    expect(s.pool.stats()).toMatchObject({ quarantined: 1, leased: 2 })
    expect(waiting.waiting).toBe(true)
    held[0]!.session.confirmCancel(true)
    expect(answers).toEqual([true])
    expect(waiting.session).toBe(held[0]!.session)
    expect(s.pool.stats()).toMatchObject({ quarantined: 0, leased: 3 })
  })

  scenario("not confirmed: the session is destroyed and replaced", { script: { cancel: "unconfirmed" } }, (s) => {
    const held = s.borrowAll()
    const waiting = s.borrow()
    expect(cancel(s, held[0]!, false)).toEqual([false])
    expect(held[0]!.session.ended).toBe("destroyed")
    expect(waiting.session.id).toBe(4)
    expect(s.logged).toEqual(["CancelUnconfirmed"])
  })

  scenario("no word at all: the same, after twice the grace", { script: { cancel: "hang" } }, (s) => {
    const borrower = s.borrow()
    const answers = cancel(s, borrower, false)
    s.advance(1999)
    expect(answers).toEqual([])
    s.advance(1)
    expect(answers).toEqual([false])
    borrower.session.confirmCancel(true)
    expect(answers).toEqual([false])
    expect(s.pool.stats()).toMatchObject({ idle: 0, quarantined: 0, leased: 0 })
  })

  scenario("kept: the lease goes on, for the rollback", { script: { cancel: "hang" } }, (s) => {
    const borrower = s.borrow()
    borrower.session.status = "open"
    const answers = cancel(s, borrower, true)
    borrower.session.confirmCancel(true)
    expect(answers).toEqual([true])
    expect(s.pool.stats()).toMatchObject({ leased: 1, quarantined: 0 })
    borrower.session.status = "idle"
    s.release(borrower)
    expect(s.pool.stats()).toMatchObject({ leased: 0, idle: 1 })
  })

  scenario("given back inside an open transaction: destroyed", {}, (s) => {
    const borrower = s.borrow()
    borrower.session.status = "open"
    cancel(s, borrower, false)
    expect(borrower.session.ended).toBe("destroyed")
  })

  scenario(
    "a kept one that is released before the server's word goes back with it",
    { script: { cancel: "hang" } },
    (s) => {
      const borrower = s.borrow()
      const answers = cancel(s, borrower, true)
      s.release(borrower)
      expect(s.pool.stats()).toMatchObject({ quarantined: 1, idle: 0 })
      borrower.session.confirmCancel(true)
      expect(answers).toEqual([true])
      expect(s.pool.stats()).toMatchObject({ quarantined: 0, idle: 1 })
    }
  )

  scenario("twice asks the server once", { script: { cancel: "hang" } }, (s) => {
    const borrower = s.borrow()
    const answers = [cancel(s, borrower, true), cancel(s, borrower, false)]
    borrower.session.confirmCancel(true)
    expect(answers).toEqual([[true], [true]])
    expect(borrower.session.cancels).toBe(1)
    expect(s.pool.stats().idle).toBe(1)
  })

  scenario("a session that dies meanwhile is gone, and said to be", { script: { cancel: "hang" } }, (s) => {
    const borrower = s.borrow()
    const answers = cancel(s, borrower, true)
    borrower.session.die()
    expect(answers).toEqual([false])
    s.release(borrower)
    expect(s.pool.stats()).toMatchObject({ quarantined: 0, leased: 0, idle: 0, destroyed: 1 })
  })

  scenario("a lease that has ended is gone", {}, (s) => {
    const borrower = s.borrow()
    s.release(borrower)
    expect(cancel(s, borrower, false)).toEqual([false])
    expect(borrower.session.cancels).toBe(0)
  })

  scenario("a session that comes back by itself is room for who holds another", { script: { cancel: "hang" } }, (s) => {
    const held = s.borrowAll()
    cancel(s, held[0]!, false)
    const second = s.borrow({ held: 1 })
    expect(second.waiting).toBe(true)
    held[0]!.session.confirmCancel(true)
    expect(second.lent).toBeDefined()
    cancel(s, held[1]!, true)
    expect(s.borrow({ held: 1 }).error?._tag).toBe("PoolSelfDeadlock")
  })
})
