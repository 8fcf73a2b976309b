/**
 * LISTEN / NOTIFY: number 14 of the stock defects (silent after its backend's death; `notify` a syntax error).
 */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { eventually } from "../support/Eventually.js"
import * as TestPostgres from "../support/TestPostgres.js"
import { open, postgres, sqliteMemory } from "./Engines.js"

const listeners = (database: TestPostgres.TestDatabase) =>
  Effect.map(TestPostgres.sessionsOf(database), (all) => all.filter(({ query }) => query.startsWith("listen")))

describe("on postgresql", () => {
  it.scopedLive("14: notify reaches a listener, whatever is in the payload", () =>
    Effect.gen(function*() {
      const { database, sql } = yield* postgres()
      const fiber = yield* Effect.fork(Stream.runCollect(Stream.take(sql.listen("Some channel"), 2)))
      yield* eventually(listeners(database), (all) => all.length === 1)
      yield* sql.notify("other", "not this")
      yield* sql.notify("Some channel", "it's a payload")
      yield* sql.notify("Some channel", "")
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(fiber)), ["it's a payload", ""])
      yield* eventually(listeners(database), (all) => all.length === 0)
    }))

  it.scopedLive("14: a listener survives the death of its backend", () =>
    Effect.gen(function*() {
      const { database, sql } = yield* postgres()
      const fiber = yield* Effect.fork(Stream.runCollect(Stream.take(sql.listen("c"), 2)))
      yield* eventually(listeners(database), (all) => all.length === 1)
      yield* sql.notify("c", "before")
      const [before] = yield* listeners(database)
      yield* TestPostgres.killBackends(database)
      yield* eventually(listeners(database), ([now]) => now !== undefined && now.pid !== before?.pid)
      yield* eventually(Effect.either(sql.notify("c", "after")), Either.isRight)
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(fiber)), ["before", "after"])
    }))

  it.scopedLive("notify in a transaction waits for its commit", () =>
    Effect.gen(function*() {
      const { database, sql } = yield* postgres()
      const fiber = yield* Effect.fork(Stream.runCollect(Stream.take(sql.listen("c"), 1)))
      yield* eventually(listeners(database), (all) => all.length === 1)
      yield* Effect.ignore(sql.transaction(Effect.zipRight(sql.notify("c", "rolled back"), Effect.fail("no"))))
      yield* sql.transaction(sql.notify("c", "committed"))
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(fiber)), ["committed"])
    }))

  it.scopedLive("a listener that cannot connect fails", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const sql = yield* open(database.urlWith({ as: { user: "nobody", password: "wrong" } }), { startup: "lazy" })
      const error = yield* Effect.flip(Stream.runDrain(sql.listen("c")))
      assert.strictEqual(error._tag, "AuthenticationError")
    }))
})

describe("on sqlite", () => {
  it.scopedLive("there are no notifications, and the error says so", () =>
    Effect.gen(function*() {
      const { sql } = yield* sqliteMemory
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(sql.listen("c"))))._tag, "CapabilityMissing")
      assert.strictEqual((yield* Effect.flip(sql.notify("c", "p")))._tag, "CapabilityMissing")
    }))
})
