import { describe, expect } from "@effect/vitest"
import { scenario } from "./Scenario.js"

describe("giving back", () => {
  scenario("a session inside an open transaction never reaches another borrower", {}, (s) => {
    const borrower = s.borrow({ borrower: () => "orders.place" })
    borrower.session.status = "open"
    s.release(borrower)
    expect(s.pool.stats()).toMatchObject({ idle: 0, destroyed: 1 })
    expect(borrower.session.ended).toBe("destroyed")
    expect(s.events).toEqual([{ _tag: "UncleanRelease", sessionId: 1, borrower: "orders.place" }])
    expect(s.borrow().session.id).toBe(2)
  })

  scenario("nor one inside a failed transaction", {}, (s) => {
    const borrower = s.borrow()
    borrower.session.status = "failed"
    s.release(borrower)
    expect(borrower.session.ended).toBe("destroyed")
  })

  scenario("the place of a destroyed one is filled for who waits", {}, (s) => {
    const held = s.borrowAll()
    const waiting = s.borrow()
    held[1]!.session.status = "open"
    s.release(held[1]!)
    expect(waiting.session.id).toBe(4)
  })

  scenario("one that died in use is not kept", {}, (s) => {
    const borrower = s.borrow()
    borrower.session.die()
    s.release(borrower)
    expect(s.pool.stats()).toMatchObject({ idle: 0, leased: 0, destroyed: 1 })
  })

  scenario("twice counts once, even when somebody else has the session by then", {}, (s) => {
    const first = s.borrow()
    s.release(first)
    s.release(first)
    expect(s.pool.stats()).toMatchObject({ idle: 1, leased: 0 })
    const second = s.borrow()
    expect(second.session).toBe(first.session)
    s.release(first)
    expect(s.pool.stats()).toMatchObject({ idle: 0, leased: 1 })
  })

  scenario("what is not of this pool changes nothing", {}, (s) => {
    const borrower = s.borrow()
    s.pool.release({ session: borrower.session })
    expect(s.pool.stats().leased).toBe(1)
    let clean: boolean | undefined
    s.pool.cancel({ session: borrower.session }, false, (answer) => (clean = answer))
    expect(clean).toBe(false)
    expect(borrower.session.cancels).toBe(0)
  })
})
