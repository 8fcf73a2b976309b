import { describe, expect } from "@effect/vitest"
import { refused } from "../../support/FakeDriver.js"
import { scenario } from "./Scenario.js"

const hour = 3_600_000

describe("the life of a session", () => {
  scenario(
    "is not longer than the maximum: an old one is not handed out",
    { prePing: false, size: 1, maxOverflow: 0 },
    (s) => {
      const borrower = s.borrow()
      s.advance(hour - 1)
      s.release(borrower)
      expect(s.borrow().session.id).toBe(1)
    }
  )

  scenario("an old one is closed when it comes back, and politely", {}, (s) => {
    const borrower = s.borrow()
    s.advance(hour)
    s.release(borrower)
    expect(borrower.session.ended).toBe("closed")
    expect(s.pool.stats()).toMatchObject({ idle: 0, destroyed: 1 })
  })

  scenario("an old idle one is closed by itself", {}, (s) => {
    s.fill(2)
    s.advance(hour - 5000)
    expect(s.pool.stats().idle).toBe(2)
    s.advance(10_000)
    expect(s.pool.stats()).toMatchObject({ idle: 0, destroyed: 2 })
    expect(s.server.attempted).toBe(2)
  })

  let draw = 0
  scenario(
    "is up to a tenth shorter, each its own",
    { size: 3, random: () => (draw++ % 3) / 2, prePing: false },
    (s) => {
      s.fill(3)
      const alive: Array<number> = []
      for (const at of [0.901, 0.951, 1.001]) {
        s.timers.advance(1_000_000 + at * hour + 5000 - s.timers.now())
        alive.push(s.pool.stats().idle)
      }
      expect(alive).toEqual([2, 1, 0])
    }
  )

  scenario("above size ends after ten idle seconds; up to size they stay", {}, (s) => {
    s.fill(3)
    s.advance(9_999)
    expect(s.pool.stats().idle).toBe(3)
    s.advance(2_501)
    expect(s.pool.stats().idle).toBe(2)
    s.advance(600_000)
    expect(s.pool.stats().idle).toBe(2)
  })

  scenario("above size goes on while it is used: the stack's bottom is what ends", { idleMs: 2000 }, (s) => {
    s.fill(3)
    for (let round = 0; round < 30; round++) {
      s.advance(100)
      s.release(s.borrow())
    }
    expect(s.pool.stats().idle).toBe(2)
    expect(s.borrow().session.id).toBe(3)
  })

  scenario("a goodbye the server does not hear ends after a second", { script: { close: "hang" } }, (s) => {
    const held = s.borrowAll()
    const waiting = s.borrow()
    s.advance(4000)
    s.advance(hour - 4000)
    expect(waiting.error?._tag).toBe("PoolTimeout")
    const next = s.borrow()
    s.release(held[0]!)
    expect(s.pool.stats()).toMatchObject({ draining: 1, leased: 2, waiters: 1 })
    s.advance(999)
    expect(next.waiting).toBe(true)
    s.advance(1)
    expect(next.session.id).toBe(4)
    expect(held[0]!.session.ended).toBe("destroyed")
  })

  scenario("a death during the goodbye is no loss", { script: { close: "hang" } }, (s) => {
    const borrower = s.borrow()
    s.advance(hour)
    s.release(borrower)
    borrower.session.die()
    expect(s.pool.stats().draining).toBe(0)
    expect(s.events).toEqual([])
  })
})

describe("sessions kept in advance", () => {
  scenario("are there before anybody asks", { minimumIdle: 2 }, (s) => expect(s.pool.stats().idle).toBe(2))

  scenario("are replaced when they die and when they are lent, within size", { size: 3, minimumIdle: 2 }, (s) => {
    s.server.session(1).die()
    expect(s.pool.stats().idle).toBe(2)
    const held = s.borrow()
    s.advance(5000)
    expect(s.pool.stats()).toMatchObject({ idle: 2, leased: 1 })
    s.borrow()
    s.advance(5000)
    expect(s.pool.stats()).toMatchObject({ idle: 1, leased: 2 })
    s.release(held)
  })

  scenario(
    "come with the server, when it was down at first",
    { minimumIdle: 1, script: { connect: refused() } },
    (s) => {
      expect(s.pool.stats().idle).toBe(0)
      s.advance(1000)
      expect(s.server.attempted).toBeLessThan(15)
      s.server.script.connect = "accept"
      s.advance(250)
      expect(s.pool.stats().idle).toBe(1)
      expect(s.timers.keepingAlive()).toBe(0)
    }
  )
})

describe("a lease held too long", () => {
  scenario("is reported once, with the borrower's name", { leakAfterMs: 10_000 }, (s) => {
    s.borrow({ borrower: () => "reports.monthly" })
    s.advance(9_999)
    expect(s.events).toEqual([])
    s.advance(60_000)
    expect(s.events).toMatchObject([{ _tag: "LeaseLeaked", sessionId: 1, borrower: "reports.monthly" }])
  })

  scenario("is not, when it came back in time", { leakAfterMs: 10_000 }, (s) => {
    const borrower = s.borrow()
    s.advance(9000)
    s.release(borrower)
    s.borrow()
    s.advance(9000)
    expect(s.events).toEqual([])
  })
})

describe("an observer", () => {
  const seen: Array<unknown> = []
  const observer = {
    acquired: (ms: number) => seen.push(["acquired", ms]),
    released: (ms: number) => seen.push(["released", ms]),
    opened: (ms: number) => seen.push(["opened", ms]),
    timedOut: (ms: number) => seen.push(["timedOut", ms])
  }
  scenario("is told how long each took", { observer, size: 1, maxOverflow: 0, script: { connect: "hang" } }, (s) => {
    const first = s.borrow()
    s.advance(30)
    s.server.attempt().accept()
    const second = s.borrow()
    s.advance(7)
    s.release(first)
    s.borrow()
    s.advance(5000)
    s.release(second)
    const { length } = seen
    s.borrow()
    expect(seen.slice(0, length)).toEqual([
      ["opened", 30],
      ["acquired", 30],
      ["released", 7],
      ["acquired", 7],
      ["timedOut", 5000],
      ["released", 5000]
    ])
    expect(seen.slice(length)).toEqual([["acquired", 0]])
  })
})
