// What a repository promises, for any engine: one suite, run against each.
import { describe, expect, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { Deadline } from "../../src/Database/Deadline.js"
import * as Predicate from "../../src/Database/Predicate.js"
import type { InvalidInput } from "../../src/Database/RepositoryError.js"
import type { Repository } from "../../src/Repository/Repository.js"
import * as Repositories from "../../src/Repository/Repository.js"
import type { Sql } from "../../src/SqlLayer/Sql.js"
import * as Tenancy from "../../src/Tenancy/CurrentTenant.js"
import * as Recording from "./Recording.js"
import {
  Account,
  account,
  accounts,
  clear,
  create as createTables,
  notes,
  orders,
  seats,
  type Stock,
  stocks
} from "./Tables.js"

interface Database {
  readonly sql: Sql
  readonly recording: Recording.Recording
  readonly accounts: Repository<typeof accounts>
  readonly orders: Repository<typeof orders>
  readonly seats: Repository<typeof seats>
  readonly notes: Repository<typeof notes>
  readonly stocks: Repository<typeof stocks>
}

class Fixture extends Context.Tag("test/Fixture")<Fixture, Database>() {}

const fixture = (open: Effect.Effect<{ readonly sql: Sql }, never, Scope.Scope>): Layer.Layer<Fixture> =>
  Layer.scoped(
    Fixture,
    Effect.gen(function*() {
      const { sql } = yield* open
      yield* createTables(sql)
      const recording = Recording.make(sql)
      return {
        sql,
        recording,
        accounts: Repositories.fromSql(accounts, recording.sql),
        orders: Repositories.fromSql(orders, recording.sql),
        seats: Repositories.fromSql(seats, recording.sql),
        notes: Repositories.fromSql(notes, recording.sql),
        stocks: Repositories.fromSql(stocks, recording.sql)
      }
    })
  )

const missing = "018f0000-0000-7000-8000-00000000dead"

const issues = <A, R>(effect: Effect.Effect<A, unknown, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    expect(error).toMatchObject({ _tag: "InvalidInput" })
    // Just checked.
    return (error as InvalidInput).issues.map(({ code, path }) => `${path.join(".")}: ${code}`)
  })

const tag = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => error._tag)

export const conformance = (
  name: string,
  open: Effect.Effect<{ readonly sql: Sql }, never, Scope.Scope>
): void => {
  describe(`repository on ${name}`, () => {
    it.layer(fixture(open), { timeout: "60 seconds" })((it) => {
      const test = (title: string, body: (database: Database) => Effect.Effect<unknown, unknown>) =>
        it.effect(
          title,
          () =>
            Effect.flatMap(Fixture, (database) =>
              Effect.zipRight(
                clear(database.sql),
                Effect.suspend(() => {
                  database.recording.sent.length = 0
                  return body(database)
                })
              ))
        )

      // ── create and read ────────────────────────────────────────────────────────────────────────────────────────

      test("create answers the row as it is stored, with key, version and times", ({ accounts }) =>
        Effect.gen(function*() {
          yield* TestClock.setTime(Date.UTC(2026, 5, 1, 12))
          const full = {
            ...account("a@b.c"),
            nick: Option.some("Ann"),
            age: Option.some(-5),
            balance: Option.some(BigDecimal.unsafeFromString("12345678901234567890.123456789")),
            visits: Option.some(9_007_199_254_740_993n),
            score: Option.some(0.1),
            active: Option.some(false),
            born: Option.some(DateTime.unsafeMake("1999-12-31")),
            seen: Option.some(DateTime.unsafeMake("2026-06-01T12:00:00.123Z")),
            picture: Option.some(new Uint8Array([0, 1, 255])),
            settings: Option.some({ theme: "dark" }),
            role: "admin" as const
          }
          const made = yield* accounts.create(full)
          expect(made).toBeInstanceOf(Account)
          expect(made).toMatchObject({
            email: "a@b.c",
            version: 1,
            role: "admin",
            code: "c",
            secret: "s",
            picture: full.picture,
            settings: full.settings,
            visits: full.visits,
            score: full.score,
            active: full.active,
            deleted_at: Option.none()
          })
          // Before a decimal is compared: it keeps its normal form then.
          expect(yield* accounts.get(made.id)).toEqual(made)
          expect(Equal.equals(made.balance, full.balance)).toBe(true)
          expect(Equal.equals(made.born, full.born)).toBe(true)
          expect(Equal.equals(made.seen, full.seen)).toBe(true)
          expect(DateTime.formatIso(made.created_at)).toBe("2026-06-01T12:00:00.000Z")
          expect(Equal.equals(made.created_at, made.updated_at)).toBe(true)
          expect(made.id.replaceAll("-", "").slice(0, 13)).toBe(
            `${Date.UTC(2026, 5, 1, 12).toString(16).padStart(12, "0")}7`
          )
          const plain = yield* accounts.create(account("b@b.c"))
          expect(plain.id > made.id).toBe(true)
          expect(plain).toMatchObject({ nick: Option.none(), settings: Option.none(), role: "user", version: 1 })
        }))

      test("create is one statement, and takes a key of the caller", ({ accounts, recording }) =>
        Effect.gen(function*() {
          const id = "018F0000-0000-7000-8000-00000000ABCD"
          const made = yield* accounts.create({ ...account("a@b.c"), id })
          expect(made.id).toBe(id.toLowerCase())
          expect(recording.sent).toHaveLength(1)
          expect((yield* accounts.get(id)).email).toBe("a@b.c")
        }))

      test("nothing is dropped in silence: unknown, unwritable and wrong fields are refused together", ({ accounts, recording }) =>
        Effect.gen(function*() {
          const data = {
            email: "",
            age: Option.some(2 ** 31),
            nick: Option.some("x".repeat(9)),
            code: "longer than five",
            version: 3,
            created_at: DateTime.unsafeMake(0),
            deleted_at: Option.none(),
            typo: 1,
            __proto__x: 1,
            settings: Option.some({ theme: 1 })
          }
          // What JavaScript callers can send.
          expect(yield* issues(accounts.create(data as never))).toEqual([
            "version: read_only",
            "created_at: read_only",
            "deleted_at: read_only",
            "typo: unknown_field",
            "__proto__x: unknown_field",
            "email: too_short",
            "nick: too_long",
            "age: too_large",
            "settings.theme: invalid_type",
            "code: too_long",
            "secret: required"
          ])
          expect(yield* issues(accounts.create(null as never))).toEqual([": invalid_type"])
          expect(yield* issues(accounts.create([] as never))).toEqual([": invalid_type"])
          expect(yield* issues(accounts.create({ ...account("a"), email: null } as never))).toEqual(["email: not_null"])
          expect(yield* issues(accounts.create({ ...account("a\0b") }))).toEqual(["email: invalid_value"])
          expect(yield* issues(accounts.create({ ...account("a"), id: "7" }))).toEqual(["id: invalid_format"])
          const flood = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, 1]))
          expect(yield* issues(accounts.create(flood as never))).toHaveLength(20)
          expect(recording.sent).toEqual([])
        }))

      test("null stands for NULL where a column may be NULL", ({ accounts }) =>
        Effect.gen(function*() {
          const made = yield* accounts.create({ ...account("a"), nick: null } as never)
          expect(made.nick).toEqual(Option.none())
        }))

      test("find and get: absent is none or NotFound, whatever was given as a key", ({ accounts, orders, recording }) =>
        Effect.gen(function*() {
          expect(yield* accounts.find(missing)).toEqual(Option.none())
          expect(yield* tag(accounts.get(missing))).toBe("NotFound")
          expect(yield* Effect.flip(accounts.get(missing))).toMatchObject({ table: "accounts" })
          recording.sent.length = 0
          for (const key of ["nope", "", "' or 1=1 --", 7, null, undefined, {}, ["a"]]) {
            expect(yield* accounts.find(key as never)).toEqual(Option.none())
            expect(yield* tag(accounts.get(key as never))).toBe("NotFound")
            expect(yield* tag(accounts.update(key as never, { email: "x" }))).toBe("NotFound")
            expect(yield* tag(accounts.delete(key as never))).toBe("NotFound")
          }
          for (const key of [1.5, 2 ** 40, -(2 ** 40), NaN, "1"])
            expect(yield* orders.find(key as never)).toEqual(Option.none())
          expect(recording.sent).toEqual([])
        }))

      test("getMany answers the rows that live, however many keys", ({ accounts, orders, recording, seats }) =>
        Effect.gen(function*() {
          const made = yield* orders.insertMany(Array.from({ length: 1100 }, (_, index) => ({ title: `t${index}` })))
          recording.sent.length = 0
          const found = yield* orders.getMany([...made.map(({ id }) => id), 0, 7.5])
          expect(found.map(({ id }) => id).sort((a, b) => a - b)).toEqual(made.map(({ id }) => id))
          expect(recording.sent).toHaveLength(3)
          expect(yield* orders.getMany([])).toEqual([])
          const [a, b] = yield* accounts.insertMany([account("a"), account("b")])
          yield* accounts.delete(b!.id)
          expect((yield* accounts.getMany([a!.id, b!.id, missing])).map(({ email }) => email)).toEqual(["a"])
          yield* seats.insertMany([{ row: 1, letter: "A" }, { row: 1, letter: "B" }, { row: 2, letter: "A" }])
          const taken = yield* seats.getMany([{ row: 1, letter: "B" }, { row: 2, letter: "A" }, {
            row: 2,
            letter: "B"
          }])
          expect(taken.map(({ letter, row }) => `${row}${letter}`).sort()).toEqual(["1B", "2A"])
        }))

      test("composite keys name a row in every operation", ({ seats }) =>
        Effect.gen(function*() {
          const key = { row: 3, letter: "C" }
          expect(yield* seats.create(key)).toMatchObject({ ...key, guest: Option.none(), gone: false })
          expect(yield* seats.update(key, { guest: Option.some("Ada") })).toMatchObject({ guest: Option.some("Ada") })
          expect(yield* tag(seats.get({ row: 3, letter: "D" }))).toBe("NotFound")
          expect(yield* tag(seats.get({ row: 3 } as never))).toBe("NotFound")
          yield* seats.delete(key)
          expect(yield* seats.find(key)).toEqual(Option.none())
          expect(yield* seats.restore(key)).toMatchObject({ guest: Option.some("Ada"), gone: false })
          expect((yield* Effect.map(seats.json.find(key), Option.getOrThrow)).key).toEqual(["3", "C"])
          yield* seats.purge(key)
          expect(yield* seats.count()).toBe(0)
        }))

      test("models of @effect/sql work as they are", ({ stocks }) =>
        Effect.gen(function*() {
          yield* TestClock.setTime(1_000)
          const made: Stock = yield* stocks.create({ note: Option.some("n"), data: { n: 1 } })
          expect(made).toMatchObject({ token: "made", data: { n: 1 }, note: Option.some("n") })
          expect(made.createdAt.epochMillis).toBe(1000)
          expect(made.updatedAt.epochMillis).toBe(1000)
          yield* TestClock.setTime(5_000)
          const changed = yield* stocks.update(made.id, { data: { n: 2 } })
          expect(changed.createdAt.epochMillis).toBe(1000)
          expect(changed.updatedAt.epochMillis).toBe(5000)
          const item = Option.getOrThrow(yield* stocks.json.find(made.id))
          expect(JSON.parse(item.text)).toEqual({
            id: made.id,
            note: "n",
            data: { n: 2 },
            createdAt: "1970-01-01T00:00:01.000Z",
            updatedAt: "1970-01-01T00:00:05.000Z"
          })
        }))

      // ── update ─────────────────────────────────────────────────────────────────────────────────────────────────

      test("update changes what is given, tells absent from NULL, counts the version and sets the time", ({ accounts, recording }) =>
        Effect.gen(function*() {
          yield* TestClock.setTime(1_000)
          const made = yield* accounts.create({ ...account("a"), nick: Option.some("n"), age: Option.some(1) })
          yield* TestClock.setTime(2_000)
          recording.sent.length = 0
          const changed = yield* accounts.update(made.id, { nick: Option.none() })
          expect(recording.sent).toHaveLength(1)
          expect(changed).toMatchObject({ nick: Option.none(), age: Option.some(1), email: "a", version: 2 })
          expect(changed.created_at.epochMillis).toBe(1000)
          expect(changed.updated_at.epochMillis).toBe(2000)
          expect(yield* accounts.update(made.id, { nick: null } as never)).toMatchObject({ version: 3 })
        }))

      test("update ignores immutable and managed fields, and refuses unknown and wrong ones", ({ accounts }) =>
        Effect.gen(function*() {
          const made = yield* accounts.create(account("a"))
          const patch = {
            id: missing,
            code: "new",
            version: 9,
            created_at: DateTime.unsafeMake(0),
            deleted_at: Option.some(1)
          }
          expect(yield* accounts.update(made.id, patch as never)).toEqual(made)
          expect(yield* accounts.update(made.id, { ...patch, email: "b" } as never)).toMatchObject({
            id: made.id,
            code: "c",
            email: "b",
            version: 2
          })
          expect(yield* issues(accounts.update(made.id, { mail: "x", age: Option.some(1.5) } as never))).toEqual([
            "mail: unknown_field",
            "age: invalid_type"
          ])
          expect(yield* issues(accounts.update(made.id, { email: null } as never))).toEqual(["email: not_null"])
        }))

      test("an empty patch answers the row and writes nothing", ({ accounts, recording }) =>
        Effect.gen(function*() {
          const made = yield* accounts.create(account("a"))
          recording.sent.length = 0
          expect(yield* accounts.update(made.id, {})).toEqual(made)
          expect(yield* accounts.update(made.id, { email: undefined } as never)).toEqual(made)
          expect(yield* accounts.update(made.id, {}, { version: 1 })).toEqual(made)
          expect(yield* tag(accounts.update(made.id, {}, { version: 2 }))).toBe("VersionConflict")
          expect(yield* tag(accounts.update(missing, {}))).toBe("NotFound")
          expect(recording.sent.every(({ sql }) => sql.startsWith("select"))).toBe(true)
        }))

      test("of two writers that know the same version one wins, and the other is told", ({ accounts, recording }) =>
        Effect.gen(function*() {
          const made = yield* accounts.create(account("a"))
          const write = (email: string) => Effect.exit(accounts.update(made.id, { email }, { version: 1 }))
          const exits = yield* Effect.all([write("b"), write("c")], { concurrency: 2 })
          expect(exits.filter(Exit.isSuccess)).toHaveLength(1)
          expect(exits.filter(Exit.isFailure)[0]!.cause).toMatchObject({
            error: { _tag: "VersionConflict", table: "accounts", current: 2 }
          })
          recording.sent.length = 0
          expect(yield* tag(accounts.update(missing, { email: "x" }, { version: 1 }))).toBe("NotFound")
          expect(recording.sent.map(({ operation }) => operation)).toEqual(["accounts.update", "accounts.version"])
          expect(yield* issues(accounts.update(made.id, { email: "x" }, { version: 1.5 }))).toEqual([
            "version: invalid_type"
          ])
          expect(yield* tag(accounts.delete(made.id, { version: 1 }))).toBe("VersionConflict")
          yield* accounts.delete(made.id, { version: 2 })
        }))

      test("a version asked for where the table has none is refused, not ignored", ({ orders }) =>
        Effect.gen(function*() {
          const made = yield* orders.create({ title: "t" })
          expect(yield* issues(orders.update(made.id, { title: "u" }, { version: 1 }))).toEqual([
            "version: unknown_field"
          ])
          expect(yield* issues(orders.delete(made.id, { version: 1 }))).toEqual(["version: unknown_field"])
          expect((yield* orders.get(made.id)).title).toBe("t")
        }))

      // ── delete, restore, purge ─────────────────────────────────────────────────────────────────────────────────

      test("a soft-deleted row is gone everywhere, and its unique key is free", ({ accounts }) =>
        Effect.gen(function*() {
          yield* TestClock.setTime(1_000)
          const made = yield* accounts.create(account("a"))
          yield* TestClock.setTime(9_000)
          yield* accounts.delete(made.id)
          expect(yield* tag(accounts.get(made.id))).toBe("NotFound")
          expect(yield* accounts.list()).toEqual([])
          expect(yield* accounts.count()).toBe(0)
          expect(yield* accounts.exists(Predicate.eq("email", "a"))).toBe(false)
          expect(yield* accounts.search({ q: "a", fields: ["email"] })).toEqual([])
          expect((yield* accounts.page({ size: 5 })).items).toEqual([])
          expect(yield* accounts.json.page({ limit: 5, count: true })).toEqual({ items: [], next: undefined, total: 0 })
          expect(yield* accounts.json.find(made.id)).toEqual(Option.none())
          expect(yield* tag(accounts.update(made.id, { email: "b" }))).toBe("NotFound")
          expect(yield* tag(accounts.delete(made.id))).toBe("NotFound")
          expect(yield* tag(accounts.delete(made.id, { version: 2 }))).toBe("NotFound")
          const again = yield* accounts.create(account("a"))
          expect(yield* tag(accounts.restore(made.id))).toBe("UniqueViolation")
          yield* accounts.purge(again.id)
          const back = yield* accounts.restore(made.id)
          expect(back).toMatchObject({ email: "a", version: 3, deleted_at: Option.none() })
          expect(back.updated_at.epochMillis).toBe(9000)
          expect(yield* tag(accounts.restore(made.id))).toBe("NotFound")
          expect(yield* tag(accounts.restore(missing))).toBe("NotFound")
        }))

      test("a hard delete removes the row; purge removes deleted ones too", ({ accounts, orders, sql }) =>
        Effect.gen(function*() {
          const order = yield* orders.create({ title: "t" })
          yield* orders.delete(order.id)
          expect(yield* tag(orders.delete(order.id))).toBe("NotFound")
          expect(yield* tag(orders.restore(order.id))).toBe("NotFound")
          const made = yield* accounts.create(account("a"))
          yield* accounts.delete(made.id)
          yield* accounts.purge(made.id)
          expect(yield* tag(accounts.purge(made.id))).toBe("NotFound")
          expect(yield* sql.client.unsafe("select 1 from accounts")).toEqual([])
        }))

      // ── constraints ────────────────────────────────────────────────────────────────────────────────────────────

      test("constraint errors speak of properties", ({ accounts, orders, seats }) =>
        Effect.gen(function*() {
          const made = yield* accounts.create(account("a"))
          expect(yield* Effect.flip(accounts.create(account("a")))).toMatchObject({
            _tag: "UniqueViolation",
            table: "accounts",
            constraint: "accounts_email_key",
            columns: ["email"]
          })
          const other = yield* accounts.create(account("b"))
          expect(yield* tag(accounts.update(other.id, { email: "a" }))).toBe("UniqueViolation")
          expect(yield* Effect.flip(accounts.create({ ...account("c"), id: made.id }))).toMatchObject({
            _tag: "UniqueViolation",
            columns: ["id"]
          })
          expect(yield* Effect.flip(orders.create({ title: "t", accountId: Option.some(missing) }))).toMatchObject({
            _tag: "ForeignKeyViolation",
            side: "child",
            table: "orders"
          })
          const order = yield* orders.create({ title: "t", accountId: Option.some(made.id) })
          expect(yield* Effect.flip(orders.update(order.id, { parentId: Option.some(-1) }))).toMatchObject({
            _tag: "ForeignKeyViolation",
            side: "child"
          })
          expect(yield* Effect.flip(accounts.purge(made.id))).toMatchObject({
            _tag: "ForeignKeyViolation",
            side: "parent"
          })
          yield* orders.create({ title: "sub", parentId: Option.some(order.id) })
          expect(yield* Effect.flip(orders.delete(order.id))).toMatchObject({
            _tag: "ForeignKeyViolation",
            side: "parent"
          })
          expect(yield* Effect.flip(orders.create({ title: "u", amount: -1 }))).toMatchObject({
            _tag: "CheckViolation",
            table: "orders",
            constraint: "orders_amount_check",
            columns: ["amount"]
          })
          yield* seats.create({ row: 1, letter: "A" })
          expect(yield* Effect.flip(seats.create({ row: 1, letter: "A" }))).toMatchObject({
            _tag: "UniqueViolation",
            columns: ["row", "letter"]
          })
        }))

      test("no error repeats a value or SQL", ({ accounts }) =>
        Effect.gen(function*() {
          yield* accounts.create(account("marker"))
          const errors = [
            yield* Effect.flip(accounts.create(account("marker"))),
            yield* Effect.flip(accounts.create({ ...account("marker"), age: "marker" } as never)),
            yield* Effect.flip(accounts.list({ where: Predicate.eq("marker", 1) } as never))
          ]
          for (const error of errors) {
            expect(error.message).not.toMatch(/select|insert/)
            expect(JSON.stringify(error).replaceAll("\"path\":[\"marker\"]", "")).not.toContain("marker")
          }
        }))

      // ── many rows ──────────────────────────────────────────────────────────────────────────────────────────────

      test("insertMany keeps all columns of rows with different ones, in the order given", ({ accounts, orders, recording }) =>
        Effect.gen(function*() {
          const made = yield* accounts.insertMany([
            { ...account("c"), nick: Option.some("n") },
            account("a"),
            { ...account("b"), age: Option.some(3), role: "admin" }
          ])
          expect(made.map(({ age, email, nick, role }) => [email, nick, age, role])).toEqual([
            ["c", Option.some("n"), Option.none(), "user"],
            ["a", Option.none(), Option.none(), "user"],
            ["b", Option.none(), Option.some(3), "admin"]
          ])
          expect(recording.sent).toHaveLength(1)
          expect(yield* accounts.insertMany([])).toEqual([])
          const rows = yield* orders.insertMany([{ title: "x", amount: 1 }, { title: "y" }, { title: "z", id: 900 }])
          expect(rows.map(({ amount, title }) => [title, amount])).toEqual([["x", 1], ["y", 7], ["z", 7]])
          expect(rows[2]!.id).toBe(900)
        }))

      test("insertMany is bounded by what a statement takes, and says which row is wrong", ({ accounts, orders, recording }) =>
        Effect.gen(function*() {
          const made = yield* orders.insertMany(Array.from({ length: 2500 }, (_, index) => ({ title: `t${index}` })))
          expect(made).toHaveLength(2500)
          expect(recording.sent.map(({ parameters }) => parameters.length)).toEqual([1000, 1000, 500])
          expect(yield* orders.count()).toBe(2500)
          recording.sent.length = 0
          expect(
            yield* issues(
              accounts.insertMany([account("a"), { ...account(""), x: 1 } as never, { email: "c" } as never])
            )
          ).toEqual(["1.x: unknown_field", "1.email: too_short", "2.code: required", "2.secret: required"])
          expect(recording.sent).toEqual([])
          expect(yield* tag(accounts.insertMany([account("a"), account("a")]))).toBe("UniqueViolation")
          expect(yield* accounts.count()).toBe(0)
        }))

      test("syncIdentity moves the generator above keys that were given", ({ accounts, orders }) =>
        Effect.gen(function*() {
          yield* orders.insertMany([{ id: 1_000_000, title: "a" }, { id: 1_000_005, title: "b" }])
          yield* orders.syncIdentity
          expect((yield* orders.create({ title: "c" })).id).toBeGreaterThan(1_000_005)
          yield* orders.delete(1_000_005)
          yield* orders.syncIdentity
          yield* orders.create({ title: "d" })
          yield* accounts.syncIdentity
        }))

      // ── selections ─────────────────────────────────────────────────────────────────────────────────────────────

      const five = (repository: Repository<typeof accounts>) =>
        repository.insertMany([
          { ...account("a"), nick: Option.some("B%_\\b"), age: Option.some(1) },
          { ...account("b"), nick: Option.some("bb"), age: Option.some(2) },
          { ...account("c"), age: Option.some(2) },
          { ...account("d"), nick: Option.some("ÉCOLE") },
          { ...account("e"), nick: Option.some("x_y"), age: Option.some(3) }
        ])
      const emails = (rows: ReadonlyArray<Account>) => rows.map(({ email }) => email).join("")

      test("list: page, order that ends in the key, condition", ({ accounts, orders, recording }) =>
        Effect.gen(function*() {
          yield* five(accounts)
          recording.sent.length = 0
          expect(emails(yield* accounts.list())).toBe("abcde")
          expect(emails(yield* accounts.list({ orderBy: ["-email"], limit: 2 }))).toBe("ed")
          expect(emails(yield* accounts.list({ orderBy: ["-email"], limit: 2, offset: 2 }))).toBe("cb")
          expect(emails(yield* accounts.list({ orderBy: ["email"], offset: 4 }))).toBe("e")
          expect(yield* accounts.list({ limit: 0 })).toEqual([])
          expect(yield* accounts.list({ offset: 100 })).toEqual([])
          expect(emails(yield* accounts.list({ where: Predicate.eq("age", 2), orderBy: ["age", "-email"] }))).toBe("cb")
          expect(emails(yield* accounts.list({ where: Predicate.isNotNull("age"), orderBy: ["-age", "email"] }))).toBe(
            "ebca"
          )
          for (const { sql } of recording.sent) expect(sql).toMatch(/order by .*"id" (asc|desc) limit/)
          yield* orders.insertMany(Array.from({ length: 60 }, (_, index) => ({ title: `${index}` })))
          expect(yield* orders.list()).toHaveLength(50)
        }))

      test("first, count, exists", ({ accounts }) =>
        Effect.gen(function*() {
          yield* five(accounts)
          expect(Option.map(yield* accounts.first({ orderBy: ["-email"] }), ({ email }) => email)).toEqual(
            Option.some("e")
          )
          expect(yield* accounts.first({ where: Predicate.eq("email", "z") })).toEqual(Option.none())
          expect(yield* accounts.count(Predicate.eq("age", 2))).toBe(2)
          expect(yield* accounts.count()).toBe(5)
          expect(yield* accounts.exists(Predicate.gt("age", 2))).toBe(true)
          expect(yield* accounts.exists(Predicate.gt("age", 3))).toBe(false)
        }))

      test("search: any case, wildcards mean themselves, columns of other kinds as text", ({ accounts }) =>
        Effect.gen(function*() {
          yield* five(accounts)
          const search = (
            q: string,
            fields: ReadonlyArray<"email" | "nick" | "age" | "id" | "active"> = ["email", "nick"]
          ) => Effect.map(accounts.search({ q, fields, orderBy: ["email"] }), emails)
          expect(yield* search("b")).toBe("ab")
          expect(yield* search("B")).toBe("ab")
          expect(yield* search("%")).toBe("a")
          expect(yield* search("_")).toBe("ae")
          expect(yield* search("\\")).toBe("a")
          expect(yield* search("%_\\")).toBe("a")
          expect(yield* search("école")).toBe("d")
          expect(yield* search("")).toBe("abcde")
          expect(yield* search("' or 1=1 --")).toBe("")
          expect(yield* search("2", ["age"])).toBe("bc")
          expect(yield* search("b", [])).toBe("")
          const [one] = yield* accounts.list({ limit: 1 })
          expect(yield* search(one!.id.slice(0, 34).toUpperCase(), ["id"])).toContain(one!.email)
          expect(
            emails(yield* accounts.search({ q: "b", fields: ["nick"], where: Predicate.eq("age", 1) }))
          ).toBe("a")
          expect(emails(yield* accounts.list({ where: Predicate.startsWith("nick", "x_") }))).toBe("e")
        }))

      test("what a selection cannot have is refused, never ignored", ({ accounts, recording }) =>
        Effect.gen(function*() {
          yield* five(accounts)
          recording.sent.length = 0
          const refused = <A>(effect: Effect.Effect<A, unknown>) => issues(effect)
          expect(yield* refused(accounts.list({ orderBy: ["nope"] as never }))).toEqual(["nope: unknown_field"])
          expect(yield* refused(accounts.list({ orderBy: ["secret"] }))).toEqual(["secret: unknown_field"])
          expect(yield* refused(accounts.list({ orderBy: ["settings"] }))).toEqual(["settings: invalid_type"])
          expect(yield* refused(accounts.search({ q: "x", fields: ["nope"] as never }))).toEqual([
            "nope: unknown_field"
          ])
          expect(yield* refused(accounts.search({ q: "x", fields: ["secret"] }))).toEqual(["secret: unknown_field"])
          expect(yield* refused(accounts.search({ q: "a\0", fields: ["email"] }))).toEqual(["email: invalid_value"])
          expect(yield* refused(accounts.count(Predicate.eq("nope", 1) as never))).toEqual(["nope: unknown_field"])
          expect(yield* refused(accounts.exists(Predicate.eq("age", "1") as never))).toEqual(["age: invalid_type"])
          expect(yield* refused(accounts.first({ where: Predicate.eq("age", undefined) as never }))).toEqual([
            "age: required"
          ])
          expect(yield* refused(accounts.list({ where: Predicate.eq("id", "7") }))).toEqual(["id: invalid_format"])
          expect(yield* refused(accounts.list({ limit: -1 }))).toEqual(["limit: too_small"])
          expect(yield* refused(accounts.list({ limit: 1.5 }))).toEqual(["limit: invalid_type"])
          expect(yield* refused(accounts.list({ limit: 1e12 }))).toEqual(["limit: too_large"])
          expect(yield* refused(accounts.list({ offset: NaN }))).toEqual(["offset: invalid_type"])
          expect(yield* refused(accounts.page({ size: 0 }))).toEqual(["size: too_small"])
          expect(yield* refused(accounts.page({ size: 1, after: ["x"] }))).toEqual(["after: invalid_value"])
          expect(yield* refused(accounts.page({ size: 1, after: [] }))).toEqual(["after: invalid_value"])
          expect(yield* refused(accounts.page({ size: 1, after: [null] }))).toEqual(["after: invalid_value"])
          expect(yield* refused(accounts.page({ size: 1, orderBy: ["age"], after: ["1e99", missing] }))).toEqual([
            "after: invalid_value"
          ])
          expect(yield* refused(accounts.json.page({ limit: 1, count: false, fields: ["secret"] }))).toEqual([
            "fields: unknown_field"
          ])
          expect(yield* refused(accounts.json.page({ limit: 0, count: false, orderBy: ["nope"] as never }))).toEqual([
            "nope: unknown_field"
          ])
          expect(yield* refused(accounts.json.find(missing, ["nope"]))).toEqual(["fields: unknown_field"])
          const values = Array.from({ length: 70_000 }, (_, index) => index)
          expect(yield* refused(accounts.count(Predicate.in_("age", values)))).toEqual([": too_long"])
          expect(recording.sent).toEqual([])
        }))

      test("under a deadline a scan says the same", ({ accounts, sql }) =>
        Effect.gen(function*() {
          yield* five(accounts)
          const within = sql.withinDeadline("10 seconds")
          expect(emails(yield* within(accounts.list({ where: Predicate.gte("age", 2) })))).toBe("bce")
          expect(yield* within(accounts.count())).toBe(5)
          expect(yield* within(accounts.json.page({ limit: 2, count: true }))).toMatchObject({ total: 5 })
          expect(yield* tag(Effect.provideService(accounts.count(), Deadline, 1))).toBe("StatementTimeoutError")
        }))

      // ── JSON ───────────────────────────────────────────────────────────────────────────────────────────────────

      test("json: readable columns in the model's order, exact numbers as text, null for NULL", ({ accounts }) =>
        Effect.gen(function*() {
          yield* TestClock.setTime(Date.UTC(2026, 5, 1, 12))
          const item = yield* accounts.json.create({
            ...account("a\"b"),
            balance: Option.some(BigDecimal.unsafeFromString("0.10")),
            visits: Option.some(-9_007_199_254_740_993n),
            picture: Option.some(new Uint8Array([1, 2, 3])),
            born: Option.some(DateTime.unsafeMake("2001-02-03")),
            active: Option.some(true)
          })
          const [id] = item.key
          expect(item).toEqual({
            key: [id],
            version: 1,
            updatedAt: "2026-06-01T12:00:00.000Z",
            text:
              `{"id":"${id}","email":"a\\"b","nick":null,"age":null,"balance":"0.10","visits":"-9007199254740993","score":null,`
              + `"active":true,"born":"2001-02-03","seen":null,"picture":"AQID","settings":null,"role":"user","code":"c",`
              + `"created_at":"2026-06-01T12:00:00.000Z","updated_at":"2026-06-01T12:00:00.000Z"}`
          })
          const found = Option.getOrThrow(yield* accounts.json.find(id!))
          expect(found).toEqual(item)
          const row = yield* accounts.get(id!)
          expect(accounts.json.print(row)).toEqual(item)
          expect(yield* accounts.json.find(id!, ["code", "email"])).toEqual(
            Option.some({ ...item, text: `{"email":"a\\"b","code":"c"}` })
          )
          const changed = yield* accounts.json.update(id!, { email: "z" }, { version: 1 })
          expect(changed).toMatchObject({ version: 2, key: [id] })
          expect(JSON.parse(changed.text)).toMatchObject({ email: "z" })
          expect(yield* tag(accounts.json.update(id!, { email: "y" }, { version: 1 }))).toBe("VersionConflict")
        }))

      test("json.page: page and exact count are one statement, also where the page is empty", ({ accounts, recording }) =>
        Effect.gen(function*() {
          yield* five(accounts)
          recording.sent.length = 0
          const page = (options: Partial<Parameters<typeof accounts.json.page>[0]>) =>
            Effect.map(
              accounts.json.page({ limit: 2, count: true, orderBy: ["email"], fields: ["email"], ...options }),
              ({ items, next, total }) => ({
                emails: items.map(({ text }) => (JSON.parse(text) as { email: string }).email).join(""),
                next: next === undefined ? undefined : next[0],
                total
              })
            )
          expect(yield* page({})).toEqual({ emails: "ab", next: "b", total: 5 })
          expect(yield* page({ offset: 2 })).toEqual({ emails: "cd", next: "d", total: 5 })
          expect(yield* page({ offset: 4 })).toEqual({ emails: "e", next: undefined, total: 5 })
          expect(yield* page({ offset: 3 })).toEqual({ emails: "de", next: undefined, total: 5 })
          expect(yield* page({ offset: 50 })).toEqual({ emails: "", next: undefined, total: 5 })
          expect(yield* page({ where: Predicate.eq("email", "nobody") })).toEqual({
            emails: "",
            next: undefined,
            total: 0
          })
          expect(yield* page({ where: Predicate.gte("age", 2), limit: 1 })).toEqual({
            emails: "b",
            next: "b",
            total: 3
          })
          expect(yield* page({ limit: 0 })).toEqual({ emails: "", next: undefined, total: 5 })
          expect(yield* page({ orderBy: ["-email"], limit: 3 })).toEqual({ emails: "edc", next: "c", total: 5 })
          expect(recording.sent).toHaveLength(9)
          const first = yield* accounts.json.page({ limit: 2, count: false, orderBy: ["-age"] })
          const second = yield* accounts.json.page({ limit: 2, count: true, orderBy: ["-age"], after: first.next })
          expect(second.total).toBe(5)
          expect(first.total).toBe(undefined)
          expect(yield* issues(accounts.json.page({ limit: 2, count: false, offset: 1, after: ["b"] }))).toEqual([
            "offset: invalid_value"
          ])
          expect(yield* accounts.json.page({ limit: 0, count: false })).toEqual({
            items: [],
            next: undefined,
            total: undefined
          })
        }))

      test("cursors keep the microseconds of columns that have them", ({ accounts, sql }) =>
        Effect.gen(function*() {
          yield* five(accounts)
          const digits = ["100001", "100002", "100003", "100004", "100005"]
          const rows = yield* accounts.list({ orderBy: ["email"] })
          for (const [index, row] of rows.entries()) {
            yield* sql.client.unsafe(
              `update accounts set seen = '2026-06-01T12:00:00.${digits[index]}Z' where id = '${row.id}'`
            )
          }
          const seen: Array<string> = []
          let after: ReadonlyArray<string | null> | undefined
          do {
            const page = yield* accounts.json.page({
              limit: 1,
              count: false,
              orderBy: ["-seen"],
              fields: ["seen"],
              after
            })
            seen.push(...page.items.map(({ text }) => text))
            after = page.next
          } while (after !== undefined)
          expect(seen).toEqual(digits.toReversed().map((digit) => `{"seen":"2026-06-01T12:00:00.${digit}Z"}`))
        }))

      // ── tenancy ────────────────────────────────────────────────────────────────────────────────────────────────

      const asTenant = (id: string) => Tenancy.withTenant(id)
      const asSystem = Tenancy.system("test")

      test("a tenant's repository touches its own rows only, in every operation", ({ notes }) =>
        Effect.gen(function*() {
          const one = asTenant("1")
          const two = asTenant("2")
          const mine = yield* one(notes.create({ text: "mine" }))
          const yours = yield* two(notes.create({ text: "yours" }))
          expect(mine.tenant).toBe(1)
          expect(yield* one(notes.find(yours.id))).toEqual(Option.none())
          expect(yield* tag(one(notes.get(yours.id)))).toBe("NotFound")
          expect((yield* one(notes.getMany([mine.id, yours.id]))).map(({ text }) => text)).toEqual(["mine"])
          expect((yield* one(notes.list())).map(({ text }) => text)).toEqual(["mine"])
          const anything = Predicate.or(Predicate.eq("text", "yours"), Predicate.not(Predicate.eq("id", 0)))
          expect((yield* one(notes.list({ where: anything }))).map(({ text }) => text)).toEqual(["mine"])
          expect(yield* one(notes.search({ q: "s", fields: ["text"] }))).toEqual([])
          expect(yield* one(notes.count())).toBe(1)
          expect(yield* one(notes.exists(Predicate.eq("text", "yours")))).toBe(false)
          expect(Option.isNone(yield* one(notes.first({ where: Predicate.eq("text", "yours") })))).toBe(true)
          expect((yield* one(notes.page({ size: 9 }))).items).toHaveLength(1)
          expect(yield* one(notes.json.page({ limit: 9, count: true }))).toMatchObject({ total: 1 })
          expect(yield* one(notes.json.find(yours.id))).toEqual(Option.none())
          expect(yield* tag(one(notes.update(yours.id, { text: "x" })))).toBe("NotFound")
          expect(yield* tag(one(notes.update(yours.id, { text: "x" }, { version: 7 })))).toBe("NotFound")
          expect(yield* tag(one(notes.update(yours.id, {})))).toBe("NotFound")
          expect(yield* tag(one(notes.delete(yours.id)))).toBe("NotFound")
          expect(yield* tag(one(notes.purge(yours.id)))).toBe("NotFound")
          yield* two(notes.delete(yours.id))
          expect(yield* tag(one(notes.restore(yours.id)))).toBe("NotFound")
          expect(yield* two(notes.restore(yours.id))).toMatchObject({ text: "yours", tenant: 2, version: 3 })
        }))

      test("the tenant is stamped, never given: a foreign one is an error, and no patch moves a row", ({ notes }) =>
        Effect.gen(function*() {
          const one = asTenant("1")
          expect(yield* issues(one(notes.create({ text: "x", tenant: 2 } as never)))).toEqual(["tenant: read_only"])
          expect(yield* one(notes.create({ text: "x", tenant: 1 } as never))).toMatchObject({ tenant: 1 })
          expect(yield* issues(one(notes.insertMany([{ text: "y" }, { text: "z", tenant: 2 } as never])))).toEqual([
            "1.tenant: read_only"
          ])
          const [row] = yield* one(notes.list())
          expect(yield* issues(one(notes.update(row!.id, { tenant: 2 } as never)))).toEqual(["tenant: read_only"])
          expect(yield* issues(asSystem(notes.update(row!.id, { tenant: 2 } as never)))).toEqual(["tenant: read_only"])
          expect(yield* one(notes.update(row!.id, { text: "w", tenant: 1 } as never))).toMatchObject({
            tenant: 1,
            text: "w"
          })
          expect(yield* one(notes.insertMany([{ text: "a" }, { text: "b" }]))).toMatchObject([{ tenant: 1 }, {
            tenant: 1
          }])
          expect((yield* one(notes.json.create({ text: "j" }))).text).not.toContain("tenant")
        }))

      test("System sees all tenants, and must name one to create", ({ notes }) =>
        Effect.gen(function*() {
          yield* asTenant("1")(notes.create({ text: "a" }))
          const two = yield* asTenant("2")(notes.create({ text: "b" }))
          expect(yield* asSystem(notes.count())).toBe(2)
          expect(yield* asSystem(notes.get(two.id))).toMatchObject({ tenant: 2 })
          expect(yield* issues(asSystem(notes.create({ text: "c" })))).toEqual(["tenant: required"])
          expect(yield* asSystem(notes.create({ text: "c", tenant: 3 } as never))).toMatchObject({ tenant: 3 })
          expect(yield* asSystem(notes.update(two.id, { text: "d" }))).toMatchObject({ tenant: 2, text: "d" })
        }))

      test("no tenant, no query; a tenant that the column cannot hold is nobody", ({ notes, recording }) =>
        Effect.gen(function*() {
          // A program that casts the requirement away.
          const cast = <A, E>(effect: Effect.Effect<A, E, Tenancy.CurrentTenant>) => effect as Effect.Effect<A, E>
          for (const effect of [notes.list(), notes.find(1), notes.count(), notes.getMany([]), notes.delete(1)]) {
            const exit = yield* Effect.exit(cast(effect as Effect.Effect<unknown, unknown, Tenancy.CurrentTenant>))
            expect(Exit.isFailure(exit) && exit.cause._tag).toBe("Die")
          }
          expect(yield* tag(asTenant("1 or 1=1")(notes.list()))).toBe("DataError")
          expect(yield* tag(asTenant("")(notes.create({ text: "x" })))).toBe("DataError")
          expect(recording.sent).toEqual([])
        }))

      test("a row of another tenant does not leave, whatever the statement answered", ({ notes, sql }) =>
        Effect.gen(function*() {
          const two = yield* asTenant("72")(notes.create({ text: "b" }))
          // Forgets whom it is asked for.
          const leaky: Sql = {
            ...sql,
            run: (statement, parameters) => sql.run(statement, parameters.map((value) => value === 71 ? 72 : value))
          }
          const repository = Repositories.fromSql(notes.table, leaky)
          const one = asTenant("71")
          expect(yield* tag(one(repository.list()))).toBe("TenantBreach")
          expect(yield* tag(one(repository.get(two.id)))).toBe("TenantBreach")
          expect(yield* tag(one(repository.getMany([two.id])))).toBe("TenantBreach")
          expect(yield* tag(one(repository.json.find(two.id)))).toBe("TenantBreach")
          expect(yield* tag(one(repository.json.page({ limit: 1, count: true })))).toBe("TenantBreach")
          expect(yield* tag(one(repository.page({ size: 1 })))).toBe("TenantBreach")
          expect(yield* tag(one(repository.update(two.id, {})))).toBe("TenantBreach")
          expect(yield* tag(one(repository.update(two.id, { text: "c" })))).toBe("TenantBreach")
          expect(yield* tag(one(repository.create({ text: "d" })))).toBe("TenantBreach")
          expect(yield* tag(one(repository.insertMany([{ text: "e" }])))).toBe("TenantBreach")
          yield* asTenant("72")(notes.delete(two.id))
          expect(yield* tag(one(repository.restore(two.id)))).toBe("TenantBreach")
        }))
    })
  })
}
