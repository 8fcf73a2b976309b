import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { describe } from "vitest"
import * as TestSqlite from "../../../support/TestSqlite.js"
import * as Harness from "./Harness.js"

const { close, cursor, endless, memory, next, rows, run } = Harness

describe("a cursor", () => {
  it.scoped("answers rows in chunks, then none", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const open = yield* cursor(session, endless("n < 5"), 2)
      expect(yield* next(open)).toEqual([[1], [2]])
      expect(yield* next(open)).toEqual([[3], [4]])
      expect(yield* next(open)).toEqual([[5]])
      expect(yield* next(open)).toEqual([])
      expect(yield* next(open)).toEqual([])
      yield* close(open)
      yield* close(open)
      expect(yield* rows(session, "select 1")).toEqual([[1]])
    }))

  it.scoped("whose chunk is the whole answers none after it", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const open = yield* cursor(session, endless("n < 2"), 2)
      expect(yield* next(open)).toEqual([[1], [2]])
      expect(yield* next(open)).toEqual([])
      const empty = yield* cursor(session, "select 1 where 0", 2)
      expect(yield* next(empty)).toEqual([])
    }))

  it.scoped("keeps whole numbers exact", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const open = yield* cursor(session, "select 1, 9007199254740993", 2)
      expect(yield* next(open)).toEqual([[1, 9007199254740993n]])
      yield* close(open)
      const raw = yield* cursor(session, "select 1, 9007199254740993", 2, { rows: "raw" })
      expect(yield* next(raw)).toEqual([[1, 9007199254740992]])
      yield* close(raw)
    }))

  it.scoped("occupies its session until it is closed or read to its end", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(session, "create table t(n)")
      const open = yield* cursor(session, endless("n < 5"), 2)
      for (const sql of ["select 1", "insert into t values (1)"]) {
        expect(yield* Harness.failure(session, sql)).toMatchObject({ _tag: "CapabilityMissing" })
      }
      expect(yield* Effect.flip(cursor(session, "select 1", 1))).toMatchObject({ _tag: "CapabilityMissing" })
      yield* next(open)
      yield* close(open)
      yield* run(session, "insert into t values (1)")
      expect(yield* Effect.flip(next(open))).toMatchObject({ _tag: "ConnectionError", reason: "closed" })
      const another = yield* cursor(session, endless("n < 3"), 10)
      yield* next(another)
      yield* run(session, "insert into t values (2)")
    }))

  it.scoped("stops at its deadline, and the session goes on", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const open = yield* cursor(session, endless("n < 1e9"), 1_000_000_000)
      expect(yield* Effect.flip(next(open, 50))).toMatchObject({ _tag: "StatementTimeoutError", source: "client" })
      expect(yield* Effect.flip(next(open, 50))).toMatchObject({ _tag: "StatementTimeoutError" })
      expect(yield* rows(session, "select 1")).toEqual([[1]])
      const guarded = yield* cursor(session, `select count(*) from (${endless("svc_deadline()")})`, 10)
      expect(yield* Effect.flip(next(guarded, 50))).toMatchObject({ _tag: "StatementTimeoutError" })
      expect(yield* rows(session, "select 1")).toEqual([[1]])
      expect(yield* Effect.flip(cursor(session, "select 1", 1, { withinMs: 0 }))).toMatchObject({
        _tag: "StatementTimeoutError"
      })
      const late = yield* cursor(session, endless("n < 5"), 1)
      yield* next(late)
      expect(yield* Effect.flip(next(late, 0))).toMatchObject({ _tag: "StatementTimeoutError" })
      expect(yield* rows(session, "select 1")).toEqual([[1]])
    }))

  it.scoped("fails typed: at opening, at reading, at decoding", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(session, "create table t(n)")
      for (const sql of ["selec", "insert into t values (1)", "select ?"]) {
        expect(yield* Effect.flip(cursor(session, sql, 1))).toMatchObject({ _tag: "SqlSyntaxError" })
      }
      const overflow = yield* cursor(
        session,
        "select abs(n) from (select -5 as n union all select -9223372036854775808)",
        1
      )
      expect(yield* next(overflow)).toEqual([[5]])
      expect(yield* Effect.flip(next(overflow))).toMatchObject({ _tag: "SqlSyntaxError" })
      const broken = yield* Harness.answer<Parameters<typeof next>[0], unknown>((done) =>
        session.cursor(
          {
            ...Harness.statement(endless("n < 5")),
            decode: (): Exit.Exit<ReadonlyArray<never>> => {
              throw new Error("broken")
            }
          },
          [],
          2,
          undefined,
          done
        )
      )
      expect(yield* Effect.flip(next(broken))).toMatchObject({ _tag: "DataError", reason: "undecodable" })
      yield* run(session, "insert into t values (1)")
    }))

  it.scoped("reads in constant memory", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const open = yield* cursor(
        session,
        "with recursive c(n) as (select 1 union all select n + 1 from c where n < 30000) " +
          "select n, hex(randomblob(5000)) from c",
        500,
        { rows: "raw" }
      )
      let count = 0
      let start = 0
      for (let chunk = yield* next(open); chunk.length > 0; chunk = yield* next(open)) {
        count += chunk.length
        if (count === 5_000) start = process.memoryUsage().rss
      }
      expect(count).toBe(30_000)
      // 250 MB of rows lie between the two; the collector may leave some of them for a while.
      expect(process.memoryUsage().rss - start).toBeLessThan(180_000_000)
    }))

  it.scoped("shows the state of its beginning while others write", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const driver = yield* Harness.driver(file.url)
      const writer = yield* Harness.connect(driver, "write")
      const reader = yield* Harness.connect(driver, "read")
      yield* run(writer, "create table t(n integer)")
      yield* run(writer, `insert into t ${endless("n < 100")}`)
      const open = yield* cursor(reader, "select n from t order by n", 10)
      expect(yield* next(open)).toHaveLength(10)
      yield* run(writer, "delete from t")
      const rest: Array<unknown> = []
      for (let chunk = yield* next(open); chunk.length > 0; chunk = yield* next(open)) rest.push(...chunk)
      expect(rest).toHaveLength(90)
      expect(yield* rows(reader, "select count(*) from t")).toEqual([[0]])
    }))
})
