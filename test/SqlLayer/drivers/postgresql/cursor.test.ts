import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Cursor } from "../../../../src/SqlLayer/Driver.js"
import { pause } from "../../../support/Eventually.js"
import * as TestPostgres from "../../../support/TestPostgres.js"
import { cancel, closeCursor, connect, cursor, engines, failure, next, run } from "./Sessions.js"

const drain = <A>(open: Cursor<A>) =>
  Effect.gen(function*() {
    const sizes: Array<number> = []
    for (;;) {
      const rows = yield* next(open)
      sizes.push(rows.length)
      if (rows.length === 0) return sizes
    }
  })

for (const engine of engines) {
  describe(engine, () => {
    const opened = Effect.flatMap(TestPostgres.freshDatabase({ on: engine }), ({ url }) => connect(url))
    const series = "select g, 'row ' || g from generate_series(1, $1::int) g"

    it.scoped("rows come in chunks, then none; close frees the session", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const open = yield* cursor(made, series, [7], 3)
        expect(yield* next(open)).toEqual([["1", "row 1"], ["2", "row 2"], ["3", "row 3"]])
        expect(yield* failure(made, "select 1")).toMatchObject({ _tag: "ConnectionError", reason: "protocol" })
        expect(yield* drain(open)).toEqual([3, 1, 0])
        expect(yield* next(open)).toEqual([])
        yield* closeCursor(open)
        yield* closeCursor(open)
        expect(yield* run(made, "select 1")).toEqual([["1"]])
        expect(
          yield* Effect.flatMap(
            cursor(made, series, [6], 3),
            (again) => Effect.zipLeft(drain(again), closeCursor(again))
          )
        ).toEqual([3, 3, 0])
        expect(
          yield* Effect.flatMap(
            cursor(made, series, [0], 3),
            (again) => Effect.zipLeft(drain(again), closeCursor(again))
          )
        ).toEqual([0])
        expect(yield* run(made, "select 1")).toEqual([["1"]])
      }))

    it.scoped("typed rows are parsed in chunks too", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const open = yield* cursor(made, "select g, now() from generate_series(1, 3) g", [], 2, { rows: "typed" })
        expect(yield* next(open)).toEqual([[1, expect.any(Date)], [2, expect.any(Date)]])
        yield* closeCursor(open)
      }))

    it.scoped("closed midway, outside and inside a transaction", () =>
      Effect.gen(function*() {
        const made = yield* opened
        for (const [begin, end] of [["select 1", "select 1"], ["begin", "commit"]] as const) {
          yield* run(made, begin)
          const status = made.transactionStatus()
          const open = yield* cursor(made, series, [1_000_000], 10)
          yield* next(open)
          yield* next(open)
          yield* closeCursor(open)
          expect(yield* next(open)).toEqual([])
          expect(made.transactionStatus()).toBe(status)
          expect(yield* run(made, "select count(*) from pg_cursors")).toEqual([["0"]])
          yield* run(made, end)
        }
      }))

    it.scoped("what goes wrong at the start, or later, is typed, and the session is free after close", () =>
      Effect.gen(function*() {
        const made = yield* opened
        expect(yield* Effect.flip(cursor(made, "selec 1", [], 3))).toMatchObject({ _tag: "SqlSyntaxError" })
        expect(yield* Effect.flip(cursor(made, series, ["x"], 3))).toMatchObject({ _tag: "DataError" })
        expect(yield* Effect.flip(cursor(made, series, [Symbol("x")], 3))).toMatchObject({ _tag: "DataError" })
        expect(yield* Effect.flip(cursor(made, "copy (select 1) to stdout", [], 3)))
          .toMatchObject({ _tag: "CapabilityMissing" })
        expect(yield* run(made, "select 1")).toEqual([["1"]])
        for (const status of ["idle", "failed"] as const) {
          if (status === "failed") yield* run(made, "begin")
          const open = yield* cursor(made, "select 10 / (5 - g) from generate_series(1, 9) g", [], 3)
          expect(yield* next(open)).toEqual([["2"], ["3"], ["5"]])
          const error = yield* Effect.flip(next(open))
          expect(error).toMatchObject({ _tag: "DataError" })
          expect(yield* Effect.flip(next(open))).toBe(error)
          yield* closeCursor(open)
          expect(made.transactionStatus()).toBe(status)
          yield* run(made, "rollback")
        }
      }))

    it.scoped("a decoder that throws, at the start or later, is a DataError", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const throwing = (from: number) => ({
          decode: (result: { readonly rows: ReadonlyArray<ReadonlyArray<unknown>> }) => {
            if (Number(result.rows[0]?.[0]) >= from) throw new TypeError("no such thing")
            return Exit.succeed(result.rows)
          }
        })
        expect(yield* Effect.flip(cursor(made, series, [9], 3, throwing(1))))
          .toMatchObject({ _tag: "DataError", reason: "undecodable" })
        expect(yield* run(made, "select 1")).toEqual([["1"]])
        const open = yield* cursor(made, series, [9], 3, throwing(4))
        yield* next(open)
        expect(yield* Effect.flip(next(open))).toMatchObject({ _tag: "DataError", reason: "undecodable" })
        yield* closeCursor(open)
        expect(yield* run(made, "select 1")).toEqual([["1"]])
      }))

    it.scoped("what a cursor writes is committed when it is read to the end", () =>
      Effect.gen(function*() {
        const made = yield* opened
        yield* run(made, "create table t (a int)")
        const open = yield* cursor(
          made,
          "insert into t select g from generate_series(1, 5) g returning a",
          [],
          2,
          { access: "write" }
        )
        expect(yield* drain(open)).toEqual([2, 2, 1, 0])
        yield* closeCursor(open)
        expect(yield* run(made, "select count(*) from t")).toEqual([["5"]])
      }))

    it.scoped("cancelled while a chunk is under way", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const open = yield* cursor(
          made,
          "select g, case when g > 4 then pg_sleep(30) end from generate_series(1, 9) g",
          [],
          2
        )
        yield* next(open)
        yield* next(open)
        const fiber = yield* Effect.fork(Effect.flip(next(open)))
        yield* pause(50)
        expect(yield* cancel(made)).toBe(true)
        expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "StatementTimeoutError", source: "client" })
        yield* closeCursor(open)
        expect(yield* run(made, "select 1")).toEqual([["1"]])
      }))

    it.scoped("between two chunks there is nothing to cancel", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const open = yield* cursor(made, series, [9], 2)
        expect(yield* cancel(made)).toBe(true)
        expect(yield* drain(open)).toEqual([2, 2, 2, 2, 1, 0])
        yield* closeCursor(open)
      }))

    it.scoped("a session that dies answers the chunk under way; close still answers", () =>
      Effect.gen(function*() {
        const database = yield* TestPostgres.freshDatabase({ on: engine })
        const made = yield* connect(database.url)
        const open = yield* cursor(made, "select g, pg_sleep(g - 2) from generate_series(2, 40) g", [], 1)
        yield* next(open)
        const fiber = yield* Effect.fork(Effect.flip(next(open)))
        yield* pause(50)
        yield* TestPostgres.killBackends(database)
        expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "ConnectionError", reason: "lost", outcome: "none" })
        expect(yield* Effect.flip(next(open))).toMatchObject({ _tag: "ConnectionError" })
        yield* closeCursor(open)
      }))
  })
}

it.scoped("200 000 wide rows pass in constant memory", () =>
  Effect.gen(function*() {
    const made = yield* Effect.flatMap(TestPostgres.freshDatabase(), ({ url }) => connect(url))
    const open = yield* cursor(made, "select g, repeat('x', 1000) from generate_series(1, 200000) g", [], 500)
    const base = process.memoryUsage()
    let rows = 0
    let peak = 0
    for (;;) {
      const chunk = yield* next(open)
      if (chunk.length === 0) break
      rows += chunk.length
      if (rows % 20_000 === 0) {
        const { external, heapUsed } = process.memoryUsage()
        peak = Math.max(peak, heapUsed + external - base.heapUsed - base.external)
      }
    }
    yield* closeCursor(open)
    expect(rows).toBe(200_000)
    // All of them would be 200 MB.
    expect(peak).toBeLessThan(80_000_000)
  }), 60_000)
