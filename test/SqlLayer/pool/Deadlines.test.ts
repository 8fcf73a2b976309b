import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as fc from "fast-check"
import { spawnSync } from "node:child_process"
import * as Pool from "../../../src/SqlLayer/Pool.js"
import { Deadlines } from "../../../src/SqlLayer/pool/Deadlines.js"
import * as Timers from "../../../src/SqlLayer/Timers.js"
import { FakeServer } from "../../support/FakeDriver.js"
import * as ManualTimers from "../../support/ManualTimers.js"

const options = {
  size: 1,
  maxOverflow: 0,
  timeoutMs: 5000,
  connectTimeoutMs: 2000,
  recycleMs: Number.POSITIVE_INFINITY,
  prePing: true
}

describe("deadlines", () => {
  it("call back in order, equal ones in that of their adding, each once, none that was taken back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(50), removed: fc.boolean() }), { maxLength: 60, size: "max" }),
        (given) => {
          const timers = ManualTimers.make(0)
          const deadlines = new Deadlines(timers)
          const called: Array<number> = []
          const added = given.map(({ at }, index) => deadlines.add(at, true, () => called.push(index)))
          given.forEach(({ removed }, index) => removed && deadlines.remove(added[index]!))
          expect(timers.running()).toBeLessThanOrEqual(1)
          expect(timers.keepingAlive()).toBe(given.some(({ removed }) => !removed) ? 1 : 0)
          timers.advance(100)
          const left = given.map(({ at, removed }, index) => ({ at, removed, index })).filter(({ removed }) => !removed)
          expect(called).toEqual(left.sort((a, b) => a.at - b.at).map(({ index }) => index))
          expect([deadlines.size, timers.running()]).toEqual([0, 0])
        }
      )
    )
  })

  it("may be added and taken back by a callback", () => {
    const timers = ManualTimers.make(0)
    const deadlines = new Deadlines(timers)
    const called: Array<string> = []
    const never = deadlines.add(10, true, () => called.push("never"))
    deadlines.add(5, true, () => {
      called.push("first")
      deadlines.remove(never)
      deadlines.add(5, true, () => called.push("at once"))
      deadlines.add(7, true, () => called.push("later"))
    })
    timers.advance(5)
    expect(called).toEqual(["first", "at once"])
    timers.advance(100)
    expect(called).toEqual(["first", "at once", "later"])
  })

  it("go on when a callback throws", () => {
    const timers = ManualTimers.make(0)
    const deadlines = new Deadlines(timers)
    let called = 0
    deadlines.add(5, true, () => {
      throw new Error("a borrower's mistake")
    })
    deadlines.add(5, true, () => called++)
    expect(() => timers.advance(5)).toThrow("a borrower's mistake")
    timers.advance(0)
    expect(called).toBe(1)
  })

  it("are never early on the live clock, and infinity never comes", async () => {
    const deadlines = new Deadlines(Timers.live)
    deadlines.add(Number.POSITIVE_INFINITY, true, () => expect.unreachable())
    expect(deadlines.size).toBe(0)
    const at = Timers.live.now() + 20.4
    expect(await new Promise<number>((resolve) => deadlines.add(at, true, () => resolve(Timers.live.now()))))
      .toBeGreaterThanOrEqual(at)
  })
})

describe("the pool's timer", () => {
  it.effect("follows the TestClock", () =>
    Effect.gen(function*() {
      const server = new FakeServer({ connect: "hang" })
      const pool = Pool.make({ ...options, connect: server.connect, timers: yield* Timers.fromClock })
      let tag: string | undefined
      pool.acquire({ deadlineAt: undefined, held: 0, borrower: undefined }, (exit) => {
        if (exit._tag === "Failure" && exit.cause._tag === "Fail") tag = exit.cause.error._tag
      })
      yield* TestClock.adjust("1999 millis")
      expect(tag).toBeUndefined()
      yield* TestClock.adjust("1 millis")
      expect(tag).toBe("ConnectTimeout")
    }))

  it("serves the statements' deadlines too", () => {
    const timers = ManualTimers.make()
    const pool = Pool.make({ ...options, connect: new FakeServer().connect, timers })
    const called: Array<string> = []
    const takeBack = pool.at(timers.now() + 10, () => called.push("taken back"))
    pool.at(timers.now() + 20, () => called.push("due"))
    takeBack()
    timers.advance(20)
    takeBack()
    expect(called).toEqual(["due"])
    expect(timers.running()).toBe(0)
  })

  it("does not keep a process alive whose pool is idle", () => {
    const program = `
      import * as Pool from "./src/SqlLayer/Pool.ts"
      import { FakeServer } from "./test/support/FakeDriver.ts"
      const pool = Pool.make({ ...${
      JSON.stringify({ ...options, recycleMs: 3_600_000 })
    }, connect: new FakeServer().connect })
      pool.acquire({ deadlineAt: undefined, held: 0, borrower: undefined }, (exit) => pool.release(exit.value))
      pool.at(performance.now() + 60_000, () => {})()
      console.log(JSON.stringify(pool.stats().idle))
    `
    const { signal, stderr, stdout } = spawnSync(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", program],
      { encoding: "utf8", timeout: 20_000 }
    )
    expect({ signal, stdout, stderr }).toEqual({ signal: null, stdout: "1\n", stderr: "" })
  })
})
