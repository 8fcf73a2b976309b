import * as Model from "@effect/sql/Model"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import { Repository } from "../../src/Repository/index.js"
import * as SqlLayer from "../../src/SqlLayer/Layer.js"
import * as Sql from "../../src/SqlLayer/Sql.js"
import type { CurrentTenant } from "../../src/Tenancy/CurrentTenant.js"
import { open, sqliteMemory } from "../SqlLayer/Engines.js"
import { create as createTables, notes, orders } from "./Tables.js"

class Reporting extends Sql.Tag("Reporting")<Reporting>() {}

describe("making a repository", () => {
  it.scoped("takes the default database, or the one it is told", () =>
    Effect.gen(function*() {
      const main = yield* open("sqlite://")
      const reporting = yield* open("sqlite://")
      yield* createTables(main)
      yield* createTables(reporting)
      const program = Effect.gen(function*() {
        const here = yield* Repository.make(orders)
        const there = yield* Repository.make(orders, { database: Reporting })
        yield* here.create({ title: "here" })
        expect(yield* here.count()).toBe(1)
        expect(yield* there.count()).toBe(0)
        expect(there.unitOfWork).toBe(reporting)
      })
      yield* program.pipe(Effect.provideService(Sql.Default, main), Effect.provideService(Reporting, reporting))
    }))

  it.scoped("works from a layer", () =>
    Effect.gen(function*() {
      const orders_ = yield* Repository.make(orders)
      expect(Exit.isFailure(yield* Effect.exit(orders_.count()))).toBe(true)
    }).pipe(Effect.provide(Layer.orDie(SqlLayer.fromUrl("sqlite://")))))

  it.scoped("verifies what the database holds, if asked to", () =>
    Effect.gen(function*() {
      class Loose extends Model.Class<Loose>("Loose")({ id: Fields.identity(Schema.Int), text: Schema.String }) {}
      class Strict
        extends Model.Class<Strict>("Strict")({ id: Fields.identity(Schema.Int), text: Schema.NonEmptyString })
      {}
      const { sql } = yield* sqliteMemory
      const loose = Table.make(Loose, { name: "words", primaryKey: "id" })
      const strict = Table.make(Strict, { name: "words", primaryKey: "id" })
      yield* createTables(sql, [loose])
      yield* Repository.fromSql(loose, sql).create({ text: "" })
      expect(yield* Repository.fromSql(strict, sql).get(1)).toMatchObject({ text: "" })
      expect(yield* Effect.flip(Repository.fromSql(strict, sql, { decode: "verify" }).get(1))).toMatchObject({
        _tag: "DataError",
        reason: "undecodable",
        table: "words",
        column: "text"
      })
    }))

  it("demands a tenant of tenant tables only", () => {
    const typed = Effect.gen(function*() {
      const plain = yield* Repository.make(orders)
      const scoped = yield* Repository.make(notes)
      const none: Effect.Effect<unknown, unknown> = plain.list()
      const some: Effect.Effect<unknown, unknown, CurrentTenant> = scoped.list()
      // @ts-expect-error a tenant's rows without a tenant
      const missing: Effect.Effect<unknown, unknown> = scoped.list()
      return [none, some, missing]
    })
    expect(Effect.isEffect(typed)).toBe(true)
  })
})
