import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Repository from "../../src/Repository/Repository.js"
import * as Service from "../../src/Repository/Service.js"
import * as Tenancy from "../../src/Tenancy/CurrentTenant.js"
import { engines } from "../SqlLayer/Engines.js"
import { account, accounts, create as createTables, notes, orders } from "./Tables.js"

class Refused extends Data.TaggedError("Refused") {}
class Principal extends Context.Tag("test/Principal")<Principal, string>() {}

describe.each(engines)("service on %s", (_, open) => {
  const setup = Effect.gen(function*() {
    const { sql } = yield* open
    yield* createTables(sql, [accounts, orders, notes])
    return {
      sql,
      accounts: Repository.fromSql(accounts, sql),
      orders: Repository.fromSql(orders, sql),
      notes: Repository.fromSql(notes, sql)
    }
  })

  it.scoped("without hooks is the repository", () =>
    Effect.gen(function*() {
      const { accounts } = yield* setup
      const service = Service.make(accounts)
      expect(service.plain).toBe(true)
      const made = yield* service.create(account("a"))
      expect((yield* service.update(made.id, { email: "b" }, { version: 1 })).email).toBe("b")
      yield* service.delete(made.id)
      expect(yield* accounts.count()).toBe(0)
    }))

  it.scoped("beforeCreate decides what callers send, hooks see principal and tenant", () =>
    Effect.gen(function*() {
      const { notes } = yield* setup
      const service = Service.make(notes, {
        beforeCreate: (input: { readonly words: ReadonlyArray<string> }) =>
          Effect.map(Principal, (principal) => ({ text: `${principal}: ${input.words.join(" ")}` })),
        beforeUpdate: (patch) => Effect.succeed({ ...patch, text: `${patch.text}!` })
      })
      expect(service.plain).toBe(false)
      const run = <A, E>(effect: Effect.Effect<A, E, Principal | Tenancy.CurrentTenant>) =>
        effect.pipe(Effect.provideService(Principal, "ann"), Tenancy.withTenant("4"))
      const made = yield* run(service.create({ words: ["a", "b"] }))
      expect(made).toMatchObject({ text: "ann: a b", tenant: 4 })
      expect(yield* run(service.update(made.id, { text: "c" }))).toMatchObject({ text: "c!" })
      expect(
        yield* Effect.flip(
          Tenancy.withTenant("5")(Effect.provideService(service.update(made.id, { text: "d" }), Principal, "x"))
        )
      )
        .toMatchObject({ _tag: "NotFound" })
    }))

  it.scoped("a failing hook rolls everything back, and nothing runs after the commit", () =>
    Effect.gen(function*() {
      const { accounts, orders } = yield* setup
      const committed: Array<string> = []
      const hooks = {
        afterCreate: (row: { readonly email: string }) =>
          row.email === "bad"
            ? Effect.fail(new Refused())
            : Effect.asVoid(orders.create({ title: row.email })).pipe(Effect.orDie),
        afterUpdate: () => Effect.zipRight(Effect.orDie(orders.create({ title: "u" })), Effect.fail(new Refused())),
        afterDelete: () => Effect.zipRight(Effect.orDie(orders.create({ title: "d" })), Effect.fail(new Refused())),
        afterCommit: (row: { readonly email: string }) => Effect.sync(() => void committed.push(row.email))
      }
      const service = Service.make(accounts, hooks)
      const made = yield* service.create(account("good"))
      expect(committed).toEqual(["good"])
      expect(yield* Effect.flip(service.create(account("bad")))).toBeInstanceOf(Refused)
      expect(yield* Effect.flip(service.update(made.id, { email: "x" }))).toBeInstanceOf(Refused)
      expect(yield* Effect.flip(service.delete(made.id))).toBeInstanceOf(Refused)
      expect((yield* accounts.list()).map(({ email }) => email)).toEqual(["good"])
      expect((yield* orders.list()).map(({ title }) => title)).toEqual(["good"])
      expect(committed).toEqual(["good"])
    }))

  it.scoped("afterCommit waits for the outermost transaction, and is forgotten with it", () =>
    Effect.gen(function*() {
      const { accounts, sql } = yield* setup
      const log: Array<string> = []
      const service = Service.make(accounts, {
        afterCommit: (row) => Effect.sync(() => void log.push(row.email))
      })
      yield* sql.transaction(Effect.gen(function*() {
        yield* service.create(account("a"))
        yield* service.create(account("b"))
        log.push("end of effect")
      }))
      expect(log).toEqual(["end of effect", "a", "b"])
      yield* Effect.exit(sql.transaction(Effect.zipRight(service.create(account("c")), Effect.fail(new Refused()))))
      expect(log).toHaveLength(3)
      expect(yield* accounts.count()).toBe(2)
    }))

  it.scoped("beforeDelete may refuse; the row's version is checked all the same", () =>
    Effect.gen(function*() {
      const { accounts } = yield* setup
      const service = Service.make(accounts, {
        beforeDelete: (key: string) =>
          Effect.flatMap(Effect.orDie(accounts.find(key)), (row) =>
            Option.isSome(row) && row.value.email === "keep" ? Effect.fail(new Refused()) : Effect.void)
      })
      const keep = yield* service.create(account("keep"))
      const drop = yield* service.create(account("drop"))
      expect(yield* Effect.flip(service.delete(keep.id))).toBeInstanceOf(Refused)
      expect(yield* Effect.flip(service.delete(drop.id, { version: 9 }))).toMatchObject({ _tag: "VersionConflict" })
      yield* service.delete(drop.id, { version: 1 })
      expect((yield* accounts.list()).map(({ email }) =>
        email
      )).toEqual(["keep"])
    }))
})
