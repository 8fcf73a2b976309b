// The SQL of every operation, per dialect, as files to read.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { withinDeadline } from "../../src/Database/Deadline.js"
import * as Predicate from "../../src/Database/Predicate.js"
import * as Repository from "../../src/Repository/Repository.js"
import { capabilities as postgresqlCapabilities } from "../../src/SqlLayer/drivers/postgresql/capabilities.js"
import * as Postgresql from "../../src/SqlLayer/drivers/postgresql/dialect.js"
import { values as postgresqlValues } from "../../src/SqlLayer/drivers/postgresql/values.js"
import { capabilities as sqliteCapabilities } from "../../src/SqlLayer/drivers/sqlite/capabilities.js"
import * as Sqlite from "../../src/SqlLayer/drivers/sqlite/dialect.js"
import { values as sqliteValues } from "../../src/SqlLayer/drivers/sqlite/values.js"
import type { Sql } from "../../src/SqlLayer/Sql.js"
import type { Statement } from "../../src/SqlLayer/Statement.js"
import * as Tenancy from "../../src/Tenancy/CurrentTenant.js"
import { account, accounts, notes, orders, seats } from "./Tables.js"

interface Fake {
  readonly sql: Sql
  readonly sent: Array<Statement<unknown, unknown>>
  readonly parameters: Array<ReadonlyArray<unknown>>
}

/** Nothing is there: every statement answers no rows. */
const fake = (dialect: "postgresql" | "sqlite", returning = true): Fake => {
  const sent: Array<Statement<unknown, unknown>> = []
  const parameters: Array<ReadonlyArray<unknown>> = []
  const driver = dialect === "sqlite"
    ? { grammar: Sqlite.grammar, values: sqliteValues, capabilities: sqliteCapabilities }
    : { grammar: Postgresql.grammar, values: postgresqlValues, capabilities: postgresqlCapabilities }
  const sql = {
    dialect,
    driver,
    capabilities: { ...driver.capabilities, returning },
    run: <A, E>(statement: Statement<A, E>, bound: ReadonlyArray<unknown>): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        sent.push(statement)
        parameters.push(bound)
        return statement.decode({ rows: [], affected: 0, fields: [], command: "" })
      })
  }
  // As much of a database as the repository uses.
  return { sql: sql as unknown as Sql, sent, parameters }
}

const id = "018f0000-0000-7000-8000-000000000001"

const operations = (sql: Sql): ReadonlyArray<Effect.Effect<unknown, unknown>> => {
  const a = Repository.fromSql(accounts, sql)
  const o = Repository.fromSql(orders, sql)
  const s = Repository.fromSql(seats, sql)
  const n = Repository.fromSql(notes, sql)
  const tenant = Tenancy.withTenant("5")
  const selection = {
    where: Predicate.and(
      Predicate.or(Predicate.eq("email", "x"), Predicate.isNull("nick"), Predicate.in_("age", [1, 2, 3])),
      Predicate.not(Predicate.and(Predicate.eq("balance", null), Predicate.gt("score", 1))),
      Predicate.ne("age", 4),
      Predicate.notIn("visits", [1n])
    ),
    orderBy: ["-seen", "email"] as const
  }
  return [
    a.get(id),
    s.get({ row: 1, letter: "A" }),
    a.getMany([id, id, id]),
    s.getMany([{ row: 1, letter: "A" }, { row: 2, letter: "B" }]),
    a.first(selection),
    a.list(),
    a.list({ limit: 33, offset: 7, ...selection }),
    a.search({ q: "50%", fields: ["email", "age"] }),
    a.page({ size: 20 }),
    a.page({ size: 20, after: [id] }),
    a.page({ size: 20, orderBy: ["-email"], after: ["e", id] }),
    a.page({ size: 20, orderBy: ["age", "-email"], after: ["5", "e", id] }),
    a.page({ size: 20, orderBy: ["age"], after: [null, id] }),
    a.page({ size: 20, orderBy: ["-balance"], after: ["1.5", id] }),
    a.count(),
    a.exists(Predicate.eq("active", true)),
    withinDeadline("1 minute")(a.list({ where: Predicate.startsWith("nick", "n") })),
    a.json.find(id),
    a.json.find(id, ["email"]),
    a.json.page({ limit: 20, offset: 40, count: true, orderBy: ["-created_at"] }),
    a.json.page({ limit: 20, count: false, fields: ["email"], orderBy: ["seen"] }),
    a.json.page({ limit: 0, count: true }),
    a.create(account("a")),
    o.create({ title: "t" }),
    s.create({ row: 1, letter: "A" }),
    o.insertMany([{ title: "t" }, { title: "u", amount: 1 }]),
    a.update(id, { email: "b", nick: Option.none() }),
    a.update(id, { email: "b" }, { version: 3 }),
    a.update(id, {}),
    s.update({ row: 1, letter: "A" }, { guest: Option.some("g") }),
    a.delete(id),
    a.delete(id, { version: 3 }),
    o.delete(1),
    s.delete({ row: 1, letter: "A" }),
    a.purge(id),
    a.restore(id),
    s.restore({ row: 1, letter: "A" }),
    o.syncIdentity,
    tenant(n.get(1)),
    tenant(n.list({ where: Predicate.or(Predicate.eq("text", "a"), Predicate.eq("text", "b")) })),
    tenant(n.create({ text: "a" })),
    tenant(n.update(1, { text: "b" }, { version: 1 })),
    tenant(n.delete(1)),
    tenant(n.restore(1)),
    tenant(n.json.page({ limit: 10, count: true, after: ["1"] })),
    Tenancy.system("golden")(n.list())
  ]
}

describe.each(["postgresql", "sqlite"] as const)("SQL of %s", (dialect) => {
  it.effect("is this", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_000)
      const { parameters, sent, sql } = fake(dialect)
      for (const operation of operations(sql)) yield* Effect.exit(operation)
      const lines = sent.map(({ access, lane, operation, sql: text }, index) => {
        const shown = parameters[index]!.map((value) => typeof value === "bigint" ? `${value}n` : JSON.stringify(value))
        const values = shown.join(", ").replace(
          /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-(?!000000000001)[0-9a-f]{12}/g,
          "<uuid>"
        )
        return `-- ${operation} ${access} ${lane} [${values}]\n${text};\n`
      })
      yield* Effect.promise(() => expect(lines.join("\n")).toMatchFileSnapshot(`golden/${dialect}.sql`))
    }))

  it.effect("is compiled once: the same call sends the same statement", () =>
    Effect.gen(function*() {
      const { sent, sql } = fake(dialect)
      const repository = Repository.fromSql(orders, sql)
      const calls: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        repository.find(1),
        repository.find(2),
        repository.list({ where: Predicate.eq("title", "a") }),
        repository.list({ where: Predicate.eq("title", "b") }),
        repository.create({ title: "a" }),
        repository.create({ title: "b" })
      ]
      for (const call of calls) yield* Effect.exit(call)
      expect(sent[0]).toBe(sent[1])
      expect(sent[2]).toBe(sent[3])
      expect(sent[4]).toBe(sent[5])
    }))

  it.effect("fails as a missing capability to write where there is no RETURNING, until there is a plan for it", () =>
    Effect.gen(function*() {
      const { sql } = fake(dialect, false)
      const repository = Repository.fromSql(orders, sql)
      expect(yield* Effect.flip(repository.create({ title: "t" }))).toMatchObject({ _tag: "CapabilityMissing" })
      expect(Exit.isSuccess(yield* Effect.exit(repository.list()))).toBe(true)
    }))
})
