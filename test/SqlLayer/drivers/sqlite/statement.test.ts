import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as fc from "fast-check"
import { describe } from "vitest"
import { rewrite } from "../../../../src/SqlLayer/drivers/sqlite/placeholders.js"
import { makeCache } from "../../../../src/SqlLayer/drivers/sqlite/statements.js"
import * as TestSqlite from "../../../support/TestSqlite.js"
import * as Harness from "./Harness.js"

const { failure, memory, rows, run } = Harness

describe("a statement", () => {
  it.scoped("is answered before submit returns", () =>
    Effect.gen(function*() {
      const session = yield* memory
      let answered = false
      session.submit(Harness.statement("select 1"), [], undefined, () => (answered = true))
      expect(answered).toBe(true)
    }))

  it.scoped("answers rows, names and the number of rows", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(session, "create table t(id integer primary key, name text)")
      expect(yield* run(session, "insert into t(name) values ('a'), ('b')")).toEqual({
        rows: [],
        affected: 2,
        fields: [],
        command: ""
      })
      expect(yield* run(session, "insert into t(name) values ('c') returning id, name as \"n\"")).toEqual({
        rows: [[3, "c"]],
        affected: 1,
        fields: ["id", "n"],
        command: ""
      })
      expect(yield* run(session, "select name from t order by id")).toMatchObject({
        rows: [["a"], ["b"], ["c"]],
        affected: 3
      })
      expect((yield* run(session, "update t set name = 'x' where id > 1")).affected).toBe(2)
      expect((yield* run(session, "delete from t where id = 99")).affected).toBe(0)
      // What changed before is not counted again.
      expect((yield* run(session, "create table u(x)")).affected).toBe(0)
      expect(yield* run(session, "select 1 as a where 0")).toMatchObject({ rows: [], affected: 0, fields: ["a"] })
    }))

  it.scoped("sees a column that another session renamed or added", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const driver = yield* Harness.driver(file.url)
      const writer = yield* Harness.connect(driver, "write")
      yield* run(writer, "create table t(a, b)")
      yield* run(writer, "insert into t values (1, 2)")
      const star = run(writer, "select * from t")
      expect(yield* star).toMatchObject({ fields: ["a", "b"], rows: [[1, 2]] })
      yield* file.witness("alter table t rename column b to c")
      expect(yield* star).toMatchObject({ fields: ["a", "c"], rows: [[1, 2]] })
      yield* file.witness("alter table t add column d")
      expect(yield* star).toMatchObject({ fields: ["a", "c", "d"], rows: [[1, 2, null]] })
    }))

  it.scoped("turns what its decoder throws into a DataError", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const broken = {
        ...Harness.statement("select 1"),
        decode: (): Exit.Exit<never> => {
          throw new Error("secret value")
        }
      }
      const error = yield* Effect.flip(
        Harness.answer((done) => session.submit(broken, [], undefined, done))
      )
      expect(error).toMatchObject({ _tag: "DataError", reason: "undecodable" })
      expect(String(error)).not.toContain("secret")
      expect(yield* rows(session, "select 2")).toEqual([[2]])
    }))

  it.scoped("is one at a time, and one in a text", () =>
    Effect.gen(function*() {
      const session = yield* memory
      for (const text of ["select 1; select 2", "", "-- nothing"]) {
        expect(yield* failure(session, text)).toMatchObject({ _tag: "SqlSyntaxError", reason: "other" })
      }
    }))
})

describe("whole numbers", () => {
  const big = "9007199254740993"

  it.scoped("are exact in handwritten statements", () =>
    Effect.gen(function*() {
      const session = yield* memory
      expect(
        yield* rows(session, `select 5, ${big}, -${big}, 9007199254740991, 9007199254740992, 1e300, 2.0, '${big}'`)
      ).toEqual([[5, BigInt(big), -BigInt(big), 9007199254740991, 9007199254740992n, 1e300, 2, big]])
    }))

  it.scoped("have the form of their use, whatever the text was used for before", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const text = `select 5, ${big}`
      for (let round = 0; round < 2; round++) {
        expect(yield* rows(session, text, [], { rows: "typed" })).toEqual([[5, BigInt(big)]])
        expect(yield* rows(session, text, [], { rows: "raw" })).toEqual([[5, Number(big)]])
        expect(yield* rows(session, text, [], { rows: "raw", prepare: false })).toEqual([[5, Number(big)]])
      }
    }))

  it.scoped("are bound as whole numbers in handwritten statements", () =>
    Effect.gen(function*() {
      const session = yield* memory
      expect(yield* rows(session, "select typeof(?), typeof(?), ? || '', 7 / ?", [1, 1.5, 3, 2])).toEqual([
        ["integer", "real", "3", 3]
      ])
    }))
})

describe("bound values", () => {
  it.scoped("come back as they went", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const value = fc.oneof(
        fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
        fc.double({ noNaN: true }),
        fc.integer(),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.uint8Array(),
        fc.constant(null)
      )
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 6 }), async (values) => {
            const list = values.map(() => "?").join(", ")
            const [row] = await Effect.runPromise(rows(session, `select ${list}`, values))
            const expected = values.map((given) =>
              typeof given === "bigint" && Number.isSafeInteger(Number(given))
                ? Number(given)
                : Object.is(given, -0)
                ? 0
                : given instanceof Uint8Array
                ? Buffer.from(given)
                : given
            )
            expect(row).toEqual(expected)
          }),
          { numRuns: 500 }
        )
      )
    }))

  it.scoped("are converted where SQLite has no such type", () =>
    Effect.gen(function*() {
      const session = yield* memory
      expect(yield* rows(session, "select ?, ?, ?", [true, false, new Date(Date.UTC(2026, 5, 1, 12))])).toEqual([
        [1, 0, "2026-06-01T12:00:00.000Z"]
      ])
    }))

  it.scoped("are refused where SQLite would store something else", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const refused: ReadonlyArray<readonly [unknown, string]> = [
        [undefined, "invalid_form"],
        ["a\0b", "invalid_form"],
        ["\ud800", "invalid_form"],
        [NaN, "out_of_range"],
        [2n ** 63n, "out_of_range"],
        [-(2n ** 63n) - 1n, "out_of_range"],
        [new Date(NaN), "invalid_form"],
        [{}, "invalid_form"],
        [[1], "invalid_form"],
        [Symbol("x"), "invalid_form"],
        [() => 1, "invalid_form"],
        [new ArrayBuffer(1), "invalid_form"],
        [new Float64Array(1), "invalid_form"]
      ]
      for (const [value, reason] of refused) {
        for (const form of ["raw", "typed"] as const) {
          expect(yield* failure(session, "select ?", [value], { rows: form })).toMatchObject({
            _tag: "DataError",
            reason
          })
        }
      }
      expect(yield* rows(session, "select ?", ["still here"])).toEqual([["still here"]])
    }))

  it.scoped("are as many as there are placeholders, and at most 32 766", () =>
    Effect.gen(function*() {
      const session = yield* memory
      for (const values of [[], [1, 2, 3]]) {
        expect(yield* failure(session, "select ?, ?", values)).toMatchObject({ _tag: "SqlSyntaxError" })
      }
      const list = (count: number) => `select 1 where 1 in (${Array(count).fill("?").join(",")})`
      expect(yield* rows(session, list(32_766), Array(32_766).fill(1))).toEqual([[1]])
      expect(yield* failure(session, list(32_767), Array(32_767).fill(1))).toMatchObject({ _tag: "DataError" })
    }))
})

describe("numbered placeholders", () => {
  it.scoped("come in any order and more than once", () =>
    Effect.gen(function*() {
      const session = yield* memory
      expect(yield* rows(session, "select ?2, ?1, ?2", ["a", "b"])).toEqual([["b", "a", "b"]])
      expect(yield* rows(session, "select ?2, ?, ?1", ["a", "b", "c"])).toEqual([["b", "c", "a"]])
      expect(yield* rows(session, "select ?1, '?2', \"?3\" from (select 1 as \"?3\") -- ?4", ["a"])).toEqual([
        ["a", "?2", 1]
      ])
      expect(yield* failure(session, "select ?1, ?1", ["a", "b"])).toMatchObject({ _tag: "SqlSyntaxError" })
      expect(yield* failure(session, "select ?2", ["a"])).toMatchObject({ _tag: "SqlSyntaxError" })
    }))

  it("stand in the text only", () => {
    expect(rewrite("select ?1, 'it''s ?2', `?3`, [?4], /* ?5 */ ?2 -- ?6\n, ?3")).toEqual({
      sql: "select ?, 'it''s ?2', `?3`, [?4], /* ?5 */ ? -- ?6\n, ?",
      order: undefined,
      count: 3
    })
    expect(rewrite("select ?3, ?1").order).toEqual([2, 0])
    expect(rewrite("select ? /* ?2")).toEqual({ sql: "select ? /* ?2", order: undefined, count: 1 })
  })
})

describe("prepared statements", () => {
  it.scoped("are kept, but not without bound", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const { default: Database } = yield* Effect.promise(() => import("better-sqlite3"))
      const database = yield* Effect.acquireRelease(
        Effect.sync(() => new Database(file.path)),
        (open) => Effect.sync(() => open.close())
      )
      const cache = makeCache(database, 8)
      const hot = cache.get("select 'hot'", false)
      const cold = cache.get("select 'cold'", false)
      const seen = new Set<unknown>()
      for (let i = 0; i < 100; i++) {
        seen.add(cache.get(`select ${i}`, false))
        expect(cache.get("select 'hot'", false)).toBe(hot)
      }
      expect(seen.size).toBe(100)
      expect(cache.get("select 'cold'", false)).not.toBe(cold)
      expect(cache.get("select 'hot'", true)).not.toBe(hot)
    }))
})

describe("a transaction", () => {
  it.scoped("is followed by the session", () =>
    Effect.gen(function*() {
      const driver = yield* Harness.driver("sqlite://")
      const session = yield* Harness.connect(driver, "write")
      const { transaction } = driver
      const [begin] = transaction.begin({})
      yield* run(session, "create table t(id integer primary key)")
      expect(session.transactionStatus()).toBe("idle")
      yield* run(session, begin!.sql)
      expect(session.transactionStatus()).toBe("open")
      yield* run(session, "insert into t values (1)")
      yield* run(session, transaction.savepoint("s1"))
      yield* run(session, "insert into t values (2)")
      yield* run(session, transaction.rollbackTo("s1"))
      yield* run(session, transaction.release!("s1"))
      // A failed statement leaves the transaction open.
      expect(yield* failure(session, "insert into t values (1)")).toMatchObject({ _tag: "UniqueViolation" })
      expect(session.transactionStatus()).toBe("open")
      yield* run(session, transaction.commit)
      expect(session.transactionStatus()).toBe("idle")
      expect(yield* rows(session, "select id from t")).toEqual([[1]])
      expect(yield* failure(session, transaction.commit)).toMatchObject({ _tag: "SqlSyntaxError" })
    }))

  it.scoped("that reads only refuses to write, and the next one does not", () =>
    Effect.gen(function*() {
      const driver = yield* Harness.driver("sqlite://")
      const session = yield* Harness.connect(driver, "write")
      const { transaction } = driver
      yield* run(session, "create table t(id integer primary key)")
      for (const end of [transaction.commit, transaction.rollback]) {
        yield* run(session, transaction.begin({ access: "read-only" })[0]!.sql)
        yield* run(session, transaction.savepoint("s"))
        for (const write of ["insert into t values (1)", "delete from t returning id", "create table u(x)"]) {
          expect(yield* failure(session, write)).toMatchObject({ _tag: "ReadOnlyNode" })
        }
        expect(yield* rows(session, "select count(*) from t")).toEqual([[0]])
        yield* run(session, end)
        yield* run(session, transaction.begin({})[0]!.sql)
        yield* run(session, "insert into t values (1)")
        yield* run(session, transaction.rollback)
        yield* run(session, "delete from t")
      }
    }))
})
