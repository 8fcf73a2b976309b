import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { ConnectionError, type DatabaseError } from "../../src/Database/DatabaseError.js"
import { Draining } from "../../src/Http/Draining.js"
import * as HealthRoute from "../../src/Http/HealthRoute.js"
import type { Request } from "../../src/Http/Route.js"
import * as SqlLayer from "../../src/SqlLayer/index.js"
import { Default, type Sql } from "../../src/SqlLayer/Sql.js"
import * as TestSqlite from "../support/TestSqlite.js"

/** The health route looks at nothing of the request. */
const request: Request = {
  id: "1",
  method: "GET",
  path: "/_sql/health",
  query: "",
  header: () => undefined,
  body: () => Effect.succeed(new Uint8Array())
}

/** A database of which only `ping` is asked, counted. */
const database = (ping: Effect.Effect<void, DatabaseError>) => {
  const counter = { pings: 0 }
  const counted = Effect.zipRight(Effect.sync(() => counter.pings++), ping)
  // Only these two members are used by the route.
  const sql = { ping: counted, withinDeadline: () => (effect: unknown) => effect } as unknown as Sql
  return { counter, layer: Layer.succeed(Default, sql) }
}

const lost = new ConnectionError({ phase: "connect", reason: "refused", outcome: "none" })

describe("HealthRoute", () => {
  it.scopedLive("a database that answers is healthy", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const reply = yield* Effect.flatMap(HealthRoute.make(), (route) => route.handle(request, undefined)).pipe(
        Effect.provide(SqlLayer.fromUrl(file.url))
      )
      expect(reply).toMatchObject({ status: 200, body: "{\"status\":\"healthy\"}" })
      expect(reply.headers["content-type"]).toBe("application/json")
    }))

  it.effect("a database that fails is 503, without a word more", () =>
    Effect.gen(function*() {
      const { layer } = database(Effect.fail(lost))
      const route = yield* Effect.provide(HealthRoute.make(), layer)
      expect(yield* route.handle(request, undefined)).toMatchObject({ status: 503, body: "{\"status\":\"unhealthy\"}" })
    }))

  it.effect("a defect of the check is unhealthy, not a defect of the route", () =>
    Effect.gen(function*() {
      const { layer } = database(Effect.die("broken"))
      const route = yield* Effect.provide(HealthRoute.make(), layer)
      expect((yield* route.handle(request, undefined)).status).toBe(503)
    }))

  it.effect("a database that is silent is unhealthy after the check's own time", () =>
    Effect.gen(function*() {
      const { layer } = database(Effect.never)
      const route = yield* Effect.provide(HealthRoute.make({ timeout: "2 seconds" }), layer)
      const fiber = yield* Effect.fork(route.handle(request, undefined))
      yield* TestClock.adjust("3 seconds")
      expect((yield* Fiber.join(fiber)).status).toBe(503)
    }))

  it.effect("a result is kept for a second, then asked anew", () =>
    Effect.gen(function*() {
      const { counter, layer } = database(Effect.void)
      const route = yield* Effect.provide(HealthRoute.make(), layer)
      for (let n = 0; n < 50; n++) yield* route.handle(request, undefined)
      expect(counter.pings).toBe(1)
      yield* TestClock.adjust("1 seconds")
      yield* route.handle(request, undefined)
      expect(counter.pings).toBe(2)
    }))

  it.effect("all who ask while a check is under way share it, also when the first one leaves", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const { counter, layer } = database(Deferred.await(gate))
      const route = yield* Effect.provide(HealthRoute.make(), layer)
      const first = yield* Effect.fork(route.handle(request, undefined))
      const others = yield* Effect.fork(
        Effect.all(Array.from({ length: 20 }, () => route.handle(request, undefined)), { concurrency: "unbounded" })
      )
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      yield* Deferred.succeed(gate, undefined)
      expect((yield* Fiber.join(others)).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
      expect(counter.pings).toBe(1)
    }))

  it.effect("while the server stops it is 503, and the database is not asked", () =>
    Effect.gen(function*() {
      const { counter, layer } = database(Effect.void)
      const draining = { current: false }
      const route = yield* HealthRoute.make({ path: "/ready" }).pipe(
        Effect.provide(layer),
        Effect.provideService(Draining, draining)
      )
      expect(route.pattern).toBe("/ready")
      draining.current = true
      expect((yield* route.handle(request, undefined)).status).toBe(503)
      expect(counter.pings).toBe(0)
    }))
})
