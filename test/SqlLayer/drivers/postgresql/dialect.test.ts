import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlStatement from "@effect/sql/Statement"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Kind } from "../../../../src/Database/Column.js"
import type { Command } from "../../../../src/SqlLayer/Driver.js"
import { compiler, grammar, transaction } from "../../../../src/SqlLayer/drivers/postgresql/dialect.js"
import * as TestPostgres from "../../../support/TestPostgres.js"
import { connect, engines, run } from "./Sessions.js"

const opened = (engine: (typeof engines)[number]) =>
  Effect.flatMap(TestPostgres.freshDatabase({ on: engine }), ({ url }) => connect(url))

describe("the compiler of handwritten SQL", () => {
  const sql = SqlStatement.make(Effect.die("compiled only"), compiler, [], undefined)
  const json = SqlStatement.custom<SqlStatement.Custom<"PgJson", unknown>>("PgJson")
  // Made anew for each compiler: a fragment remembers its text.
  const cases: Readonly<Record<string, () => SqlStatement.Fragment>> = {
    parameters: () => sql`select ${1}, ${"a"}, ${null}`,
    identifiers: () => sql`select ${sql("a.b")} from ${sql("we\"ird")}`,
    in: () => sql`select * from t where a in ${sql.in([1, 2, 3])} and ${sql.in("b", ["x"])}`,
    and: () => sql`select * from t where ${sql.and([sql`a = ${1}`, sql.or([sql`b = ${2}`, "c"])])}`,
    insert: () => sql`insert into t ${sql.insert([{ a: 1, b: "x" }, { a: 2, b: "y" }]).returning("*")}`,
    update: () => sql`update t set ${sql.update({ a: 1, b: "x" }, ["a"])} where a = 1`,
    updateValues: () => sql`update t set b = v.b from ${sql.updateValues([{ a: 1, b: "x" }, { a: 2, b: "y" }], "v")}`,
    literal: () => sql`select ${sql.literal("now()")}`,
    json: () => sql`insert into t (j) values (${json({ a: { b: 1 } }, undefined, undefined)})`
  }
  for (const [name, make] of Object.entries(cases)) {
    it(`writes what @effect/sql-pg writes: ${name}`, () => {
      const [text, parameters] = compiler.compile(make(), false)
      const [stockText, stockParameters] = PgClient.makeCompiler().compile(make(), false)
      expect(text).toBe(stockText)
      expect(parameters).toEqual(
        // Ours is JSON already; stock leaves that to the driver.
        name === "json" ? stockParameters.map((value) => JSON.stringify(value)) : stockParameters
      )
    })
  }
})

for (const engine of engines) {
  describe(engine, () => {
    it.scoped("identifiers, literals, differences, patterns, limits and locks are the server's", () =>
      Effect.gen(function*() {
        const made = yield* opened(engine)
        const { distinct, limit, lock, matches, quote } = grammar
        const name = quote("a.\"b\" c")
        yield* run(made, `create table t (${name} text, n int)`)
        yield* run(made, `insert into t values ('100% Sure_\\', 1), (null, 2), ('100 percent', 3)`)
        const n = (condition: string, parameters: ReadonlyArray<unknown> = []) =>
          Effect.map(
            run(made, `select n from t where ${condition} order by n`, parameters),
            (rows) => rows.map(([value]) => Number(value))
          )
        expect(yield* n(matches(name, "$1"), ["%00\\% sURE\\_\\\\"])).toEqual([1])
        expect(yield* n(matches(name, "$1"), ["%100%"])).toEqual([1, 3])
        expect(yield* n(distinct(name, "$1"), [null])).toEqual([1, 3])
        expect(yield* n(`not (${distinct(name, "$1")})`, ["100 percent"])).toEqual([3])
        expect(yield* n(`${grammar.true} and not ${grammar.false}`)).toEqual([1, 2, 3])
        expect(yield* run(made, `select n from t order by ${name} ${limit("$1", "$2")}`, [2, 1]))
          .toEqual([["1"], ["2"]])
        expect(yield* run(made, `select n from t order by n desc ${limit("1", undefined)}`)).toEqual([["3"]])
        for (const mode of ["update", "share"] as const) {
          for (const wait of ["wait", "skip locked", "nowait"] as const) {
            expect(yield* run(made, `select n from t where n = 1 ${lock?.(mode, wait) ?? ""}`)).toEqual([["1"]])
          }
        }
        expect(grammar.nullsSort).toBe("largest")
        expect(yield* run(made, `select n from t order by ${name} desc limit 1`)).toEqual([["2"]])
      }))

    it.scoped("every kind has a text", () =>
      Effect.gen(function*() {
        const made = yield* opened(engine)
        const samples: Readonly<Record<Kind, readonly [expression: string, text: string]>> = {
          text: ["'a'", "a"],
          integer: ["1", "1"],
          double: ["1.5::float8", "1.5"],
          decimal: ["1.50::numeric", "1.50"],
          boolean: ["true", "true"],
          bigint: ["1::int8", "1"],
          timestamp: ["'2026-06-01T12:00:00Z'::timestamptz", "2026-06-01 12:00:00+00"],
          date: ["'2026-06-01'::date", "2026-06-01"],
          bytes: ["'\\x0102'::bytea", "AQI="],
          json: ["'{\"a\": 1}'::jsonb", "{\"a\": 1}"],
          uuid: ["'00000000-0000-0000-0000-000000000001'::uuid", "00000000-0000-0000-0000-000000000001"]
        }
        for (const [kind, [expression, text]] of Object.entries(samples)) {
          expect(yield* run(made, `select ${grammar.asText(expression, kind as Kind)}`)).toEqual([[text]])
        }
      }))

    it.scoped("a transaction is begun as asked", () =>
      Effect.gen(function*() {
        const made = yield* opened(engine)
        const shown = (commands: ReadonlyArray<Command>) =>
          Effect.gen(function*() {
            for (const { parameters, sql } of commands) yield* run(made, sql, parameters)
            const [row] = yield* run(
              made,
              "select current_setting('transaction_isolation'), current_setting('transaction_read_only'),"
                + " current_setting('transaction_deferrable')"
            )
            yield* run(made, transaction.rollback)
            return row
          })
        expect(yield* shown(transaction.begin({}))).toEqual(["read committed", "off", "off"])
        expect(yield* shown(transaction.begin({ isolation: "repeatable read", access: "read-write" })))
          .toEqual(["repeatable read", "off", "off"])
        expect(yield* shown(transaction.begin({ isolation: "serializable", access: "read-only", deferrable: true })))
          .toEqual(["serializable", "on", "on"])
        expect(yield* shown(transaction.begin({ access: "read-only", deferrable: false })))
          .toEqual(["read committed", "on", "off"])
      }))

    it.scoped("savepoints", () =>
      Effect.gen(function*() {
        const made = yield* opened(engine)
        yield* run(made, "create table t (a int)")
        yield* run(made, "begin")
        yield* run(made, transaction.savepoint("sp_1"))
        yield* run(made, "insert into t values (1)")
        yield* run(made, transaction.rollbackTo("sp_1"))
        yield* run(made, transaction.release?.("sp_1") ?? "")
        yield* run(made, "insert into t values (2)")
        yield* run(made, transaction.commit)
        expect(yield* run(made, "select a from t")).toEqual([["2"]])
      }))

    it.scoped("bounds and settings last as long as the transaction", () =>
      Effect.gen(function*() {
        const made = yield* opened(engine)
        const current = "select current_setting('statement_timeout'), current_setting('lock_timeout'),"
          + " current_setting('transaction_timeout', true), current_setting('app.tenant_id', true)"
        const before = yield* run(made, current)
        yield* run(made, "begin")
        const timeouts = transaction.timeouts({ statementMs: 0.2, lockMs: 1500.5, transactionMs: 60_000 })
        expect(timeouts).toHaveLength(1)
        for (const { parameters, sql } of timeouts) yield* run(made, sql, parameters)
        const settings = transaction.settings?.({ "app.tenant_id": "t'1", "app.user": "ü" })
        expect(settings?.sql).toBe("select set_config($1, $2, true), set_config($3, $4, true)")
        yield* run(made, settings?.sql ?? "", settings?.parameters ?? [], { prepare: true })
        yield* run(made, transaction.settings?.({}).sql ?? "")
        const [row] = yield* run(made, current)
        const timeout = engine === "postgresql18" ? "1min" : before[0]?.[2]
        expect(row).toEqual(["1ms", "1501ms", timeout, "t'1"])
        yield* run(made, "commit")
        expect((yield* run(made, current))[0]?.slice(0, 3)).toEqual(before[0]?.slice(0, 3))
        expect(transaction.timeouts({ statementMs: undefined, lockMs: undefined, transactionMs: undefined })).toEqual(
          []
        )
        expect(transaction.timeouts({ statementMs: undefined, lockMs: 5, transactionMs: undefined }))
          .toEqual([{ sql: "select set_config('lock_timeout', $1, true)", parameters: ["5"] }])
      }))
  })
}
