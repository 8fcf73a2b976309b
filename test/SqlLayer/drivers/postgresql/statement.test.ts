import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import pg from "pg"
import * as TestPostgres from "../../../support/TestPostgres.js"
import { connect, engines, failure, run, statement, submit } from "./Sessions.js"

const prepared = { prepare: true }
const preparedNames = "select count(*) from pg_prepared_statements where name like 's\\_%'"

for (const engine of engines) {
  describe(engine, () => {
    const opened = Effect.flatMap(TestPostgres.freshDatabase({ on: engine }), (database) => connect(database.url))

    it.scoped("a result has rows, names, the number of rows and the command", () =>
      Effect.gen(function*() {
        const made = yield* opened
        expect(yield* submit(made, statement("create table notes (id int primary key, body text)")))
          .toEqual({ rows: [], affected: 0, fields: [], command: "CREATE" })
        expect(
          yield* submit(made, statement("insert into notes values (1, $1), (2, null) returning id, body"), ["a"])
        ).toEqual({ rows: [["1", "a"], ["2", null]], affected: 2, fields: ["id", "body"], command: "INSERT" })
        expect(yield* submit(made, statement("update notes set body = $1"), ["b"]))
          .toEqual({ rows: [], affected: 2, fields: [], command: "UPDATE" })
        expect(yield* submit(made, statement("select from notes where false", prepared)))
          .toEqual({ rows: [], affected: 0, fields: [], command: "SELECT" })
        expect(yield* submit(made, statement("")))
          .toEqual({ rows: [], affected: 0, fields: [], command: "" })
      }))

    it.scoped("of several statements in one text the last one is answered", () =>
      Effect.gen(function*() {
        const made = yield* opened
        expect(yield* submit(made, statement("select 1 as a; select 2 as b, 3 as c")))
          .toEqual({ rows: [["2", "3"]], affected: 1, fields: ["b", "c"], command: "SELECT" })
        expect(yield* submit(made, statement("select 1 as a; create temp table t ()")))
          .toEqual({ rows: [], affected: 0, fields: [], command: "CREATE" })
        expect(yield* failure(made, "select 1; select 1 / 0; select 2")).toMatchObject({ _tag: "DataError" })
        expect(yield* run(made, "select 4")).toEqual([["4"]])
      }))

    it.scoped("typed rows are parsed as pg does; raw rows are the server's text", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const sql = "select 1, 2::int8, 3.5::numeric, true, '2026-06-01T12:00:00Z'::timestamptz, '{\"a\":[1]}'::jsonb,"
          + " '{1,2}'::int[], null::text, '\\x0102'::bytea"
        for (const prepare of [false, true]) {
          expect(yield* run(made, sql, [], { rows: "typed", prepare })).toEqual([[
            1,
            "2",
            "3.5",
            true,
            new Date("2026-06-01T12:00:00Z"),
            { a: [1] },
            [1, 2],
            null,
            Buffer.from([1, 2])
          ]])
          expect(yield* run(made, sql, [], { prepare })).toEqual([[
            "1",
            "2",
            "3.5",
            "t",
            "2026-06-01 12:00:00+00",
            "{\"a\": [1]}",
            "{1,2}",
            null,
            "\\x0102"
          ]])
        }
      }))

    it.scoped("what an application does to pg's parsers reaches typed rows only", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const before = pg.types.getTypeParser(20)
        yield* Effect.acquireRelease(
          Effect.sync(() => pg.types.setTypeParser(20, (text) => `mine ${text}`)),
          () => Effect.sync(() => pg.types.setTypeParser(20, before))
        )
        expect(yield* run(made, "select 1::int8")).toEqual([["1"]])
        expect(yield* run(made, "select 1::int8", [], { rows: "typed" })).toEqual([["mine 1"]])
        pg.types.setTypeParser(20, () => {
          throw new Error("a parser that fails")
        })
        expect(yield* failure(made, "select 1::int8", [], { rows: "typed" }))
          .toMatchObject({ _tag: "DataError", reason: "undecodable" })
        expect(yield* run(made, "select 2")).toEqual([["2"]])
      }))

    it.scoped("parameters of handwritten SQL are written as pg writes them", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const at = new Date(2026, 5, 1, 12, 30, 0, 5)
        const circular: Record<string, unknown> = {}
        circular["self"] = circular
        const row = yield* run(
          made,
          "select $1::timestamptz, $2::timestamp, $3::date, $4::int[], $5::text[], $6::jsonb, $7::bytea, $8::text[],"
            + " $9::text, $10::text, $11::float8, $12::bytea[]",
          [
            at,
            at,
            at,
            [1, [2, null]].flat(),
            ["a\"b", "c\\d", "{,}", null, ""],
            { a: "ü" },
            new DataView(Uint8Array.of(1, 2, 3).buffer, 1),
            [],
            undefined,
            { toPostgres: () => "of its own" },
            -0,
            [Uint8Array.of(255), Buffer.from("a")]
          ],
          { rows: "typed" }
        )
        expect(row[0]?.slice(0, 11)).toEqual([
          at,
          at,
          new Date(2026, 5, 1),
          [1, 2, null],
          ["a\"b", "c\\d", "{,}", null, ""],
          { a: "ü" },
          Buffer.from([2, 3]),
          [],
          null,
          "of its own",
          -0
        ])
        expect(row[0]?.[11]).toEqual([Buffer.from([255]), Buffer.from("a")])
        for (const unwritable of [circular, new Date(Number.NaN), Symbol("x"), () => 1, "\ud800", [circular]]) {
          expect(yield* failure(made, "select $1::text", [unwritable]))
            .toMatchObject({ _tag: "DataError", reason: "invalid_form" })
        }
        expect(yield* failure(made, "select $1::text", ["a\0b"]))
          .toMatchObject({ _tag: "DataError", reason: "invalid_form" })
        expect(yield* failure(made, "select 'a\0b'")).toMatchObject({ _tag: "DataError", reason: "invalid_form" })
        expect(made.transactionStatus()).toBe("idle")
        expect(yield* run(made, "select 1")).toEqual([["1"]])
      }))

    it.scoped("65 535 parameters are bound, one more is refused before it is sent", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const many = Array.from({ length: 65_536 }, (_, i) => i)
        const sql = (count: number) =>
          `select count(*) from unnest(array[${many.slice(0, count).map((i) => `$${i + 1}::int`).join(",")}])`
        expect(yield* run(made, sql(65_535), many.slice(1))).toEqual([["65535"]])
        expect(yield* failure(made, sql(65_536), many)).toMatchObject({ _tag: "CapabilityMissing" })
      }))

    it.scoped("large values and large results pass", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const text = "aü😀".repeat(400_000)
        expect(yield* run(made, "select $1::text, length($1::text)", [text])).toEqual([[text, "1200000"]])
        const rows = yield* run(made, "select g, repeat('x', 100) from generate_series(1, 50000) g", [], prepared)
        expect(rows).toHaveLength(50_000)
        expect(rows[49_999]).toEqual(["50000", "x".repeat(100)])
      }))

    it.scoped("a decoder that throws is a DataError, and the session goes on", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const throwing = statement("select 1", {
          decode: () => {
            throw new TypeError("no such thing")
          }
        })
        expect(yield* Effect.flip(submit(made, throwing))).toMatchObject({ _tag: "DataError", reason: "undecodable" })
        expect(yield* run(made, "select 2")).toEqual([["2"]])
      }))

    it.scoped("after done the session is quiet: a failure may be followed at once", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const seen = yield* Effect.async<ReadonlyArray<unknown>>((resume) => {
          const answers: Array<unknown> = []
          const again = (left: number): void =>
            left === 0
              ? resume(Effect.succeed(answers))
              : made.submit(
                statement(left % 2 === 0 ? "select 1 / $1::int" : "select 7 + $1::int", { prepare: left % 3 === 0 }),
                [0],
                undefined,
                (exit) => {
                  answers.push(Exit.isSuccess(exit) ? exit.value.rows[0]?.[0] : "failed")
                  again(left - 1)
                }
              )
          again(12)
        })
        expect(seen).toEqual(["failed", "7", "failed", "7", "failed", "7", "failed", "7", "failed", "7", "failed", "7"])
      }))

    it.scoped("the transaction's status is the server's", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const status = (sql: string) => Effect.map(Effect.exit(run(made, sql)), () => made.transactionStatus())
        expect(yield* status("select 1 / 0")).toBe("idle")
        expect(yield* status("begin")).toBe("open")
        expect(yield* status("savepoint s")).toBe("open")
        expect(yield* status("select 1 / 0")).toBe("failed")
        expect(yield* failure(made, "select 1")).toMatchObject({ _tag: "TransactionAborted" })
        expect(yield* status("rollback to savepoint s")).toBe("open")
        expect(yield* status("select 1 / 0")).toBe("failed")
        expect((yield* submit(made, statement("commit"))).command).toBe("ROLLBACK")
        expect(made.transactionStatus()).toBe("idle")
      }))

    it.scoped("a second statement before the first has answered is refused", () =>
      Effect.gen(function*() {
        const made = yield* opened
        const [first, second] = yield* Effect.all(
          [run(made, "select pg_sleep(0.05), 1"), Effect.flip(run(made, "select 2"))],
          { concurrency: "unbounded" }
        )
        expect(first).toEqual([["", "1"]])
        expect(second).toMatchObject({ _tag: "ConnectionError", reason: "protocol", outcome: "none" })
      }))

    it.scoped("COPY is refused by type and leaves the session usable", () =>
      Effect.gen(function*() {
        const made = yield* opened
        yield* run(made, "create temp table t (a int)")
        for (const sql of ["copy t from stdin", "copy (select 1) to stdout"]) {
          for (const prepare of [false, true]) {
            expect(yield* failure(made, sql, [], { prepare })).toMatchObject({ _tag: "CapabilityMissing" })
          }
        }
        expect(yield* run(made, "select 1")).toEqual([["1"]])
      }))

    describe("prepared statements", () => {
      it.scoped("a text is parsed once a session", () =>
        Effect.gen(function*() {
          const made = yield* opened
          const get = statement("select $1::int + 1", prepared)
          for (let i = 0; i < 3; i++) expect((yield* submit(made, get, [i])).rows).toEqual([[String(i + 1)]])
          // Another object of the same text is the same statement.
          expect(yield* run(made, "select $1::int + 1", [9], prepared)).toEqual([["10"]])
          expect(
            yield* run(
              made,
              "select calls > 0 from (select generic_plans + custom_plans as calls"
                + " from pg_prepared_statements where statement = 'select $1::int + 1') p"
            )
          ).toEqual([["t"]])
          expect(yield* run(made, preparedNames)).toEqual([["1"]])
        }))

      it.scoped("a failure of the first run leaves the name usable", () =>
        Effect.gen(function*() {
          const made = yield* opened
          const get = statement("select 10 / $1::int as n", prepared)
          expect(yield* Effect.flip(submit(made, get, ["x"]))).toMatchObject({ _tag: "DataError" })
          expect(yield* Effect.flip(submit(made, get, [0]))).toMatchObject({ _tag: "DataError" })
          expect(yield* submit(made, get, [2])).toMatchObject({ rows: [["5"]], fields: ["n"] })
          expect(yield* submit(made, get, [5])).toMatchObject({ rows: [["2"]], fields: ["n"] })
        }))

      it.scoped("their number is bounded; texts beyond run unnamed", () =>
        Effect.gen(function*() {
          const made = yield* opened
          for (let i = 0; i < 300; i++) {
            expect(yield* run(made, `select ${i}, $1::text`, ["x"], prepared)).toEqual([[String(i), "x"]])
          }
          expect(yield* run(made, preparedNames)).toEqual([["256"]])
        }))

      it.scoped("a changed table is noticed, and the statement sent again", () =>
        Effect.gen(function*() {
          const made = yield* opened
          yield* run(made, "create table t (a int); insert into t values (1)")
          const all = statement("select * from t", prepared)
          expect(yield* submit(made, all)).toMatchObject({ rows: [["1"]], fields: ["a"] })
          yield* run(made, "alter table t add column b text default 'new'")
          expect(yield* submit(made, all)).toMatchObject({ rows: [["1", "new"]], fields: ["a", "b"] })
          yield* run(made, "alter table t rename column b to c")
          expect(yield* submit(made, all)).toMatchObject({ rows: [["1", "new"]], fields: ["a", "c"] })
          expect(yield* submit(made, all)).toMatchObject({ rows: [["1", "new"]], fields: ["a", "c"] })
        }))

      it.scoped("inside a transaction a changed table is a typed error, and the next transaction succeeds", () =>
        Effect.gen(function*() {
          const made = yield* opened
          yield* run(made, "create table t (a int)")
          const all = statement("select * from t", prepared)
          yield* submit(made, all)
          yield* run(made, "alter table t add column b text")
          yield* run(made, "begin")
          expect(yield* Effect.flip(submit(made, all)))
            .toMatchObject({ _tag: "SerializationError", isRetryable: true, cause: { code: "0A000" } })
          expect(made.transactionStatus()).toBe("failed")
          yield* run(made, "rollback; begin")
          expect(yield* submit(made, all)).toMatchObject({ fields: ["a", "b"] })
          yield* run(made, "commit")
        }))

      it.scoped("names that the server has lost, or has already, are repaired", () =>
        Effect.gen(function*() {
          const made = yield* opened
          const one = statement("select $1::int", prepared)
          yield* submit(made, one, [1])
          yield* run(made, "discard all")
          expect((yield* submit(made, one, [2])).rows).toEqual([["2"]])
          const [name] = (yield* run(made, "select name from pg_prepared_statements"))[0] ?? []
          const other = yield* Effect.flatMap(
            TestPostgres.freshDatabase({ on: engine }),
            (database) => connect(database.url)
          )
          yield* run(other, `prepare "${String(name)}" as select 'not ours'`)
          expect((yield* submit(other, one, [3])).rows).toEqual([["3"]])
          yield* run(other, "begin; deallocate all")
          expect(yield* Effect.flip(submit(other, one, [4]))).toMatchObject({ cause: { code: "26000" } })
          yield* run(other, "rollback")
          expect((yield* submit(other, one, [5])).rows).toEqual([["5"]])
        }))

      it.scoped("an error of the statement's own with such a code is not retried", () =>
        Effect.gen(function*() {
          const made = yield* opened
          yield* run(
            made,
            `create table runs (n int);
             create function refuse() returns int language plpgsql as $$
             begin raise exception 'mine' using errcode = '0A000'; end $$`
          )
          const refused = statement("select refuse(), $1::int", prepared)
          expect(yield* Effect.flip(submit(made, refused, [1]))).toMatchObject({ _tag: "CapabilityMissing" })
          expect(yield* Effect.flip(submit(made, refused, [1]))).toMatchObject({ _tag: "CapabilityMissing" })
        }))
    })
  })
}
