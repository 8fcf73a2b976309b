import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { inspect } from "node:util"
import type { Session } from "../../../../src/SqlLayer/Driver.js"
import { eventually, pause } from "../../../support/Eventually.js"
import * as FaultProxy from "../../../support/FaultProxy.js"
import * as TestPostgres from "../../../support/TestPostgres.js"
import {
  close,
  connect,
  death,
  driverOf,
  engines,
  failure,
  run,
  session,
  statement,
  strayErrors,
  submit,
  validate
} from "./Sessions.js"

/** Counts how often the session says that it died. */
const deaths = (made: Session): ReadonlyArray<unknown> => {
  const heard: Array<unknown> = []
  made.onClose((error) => heard.push(error))
  return heard
}

const lost = { _tag: "ConnectionError", phase: "statement", reason: "lost" }

/** Waits until the server runs a statement of this text. */
const running = (database: TestPostgres.TestDatabase, text: string) =>
  eventually(
    TestPostgres.sessionsOf(database),
    (sessions) => sessions.some((s) => s.state === "active" && s.query.includes(text))
  )

for (const engine of engines) {
  describe(engine, () => {
    it.scoped("a backend that is killed while idle is heard of once and harms nobody", () =>
      Effect.gen(function*() {
        const strays = yield* strayErrors
        const database = yield* TestPostgres.freshDatabase({ on: engine })
        const made = yield* connect(database.url)
        const heard = deaths(made)
        yield* TestPostgres.killBackends(database)
        yield* eventually(Effect.sync(() => made.closed()), (closed) => closed)
        expect(heard).toMatchObject([{ ...lost, outcome: "none", cause: { code: "57P01" } }])
        expect(yield* failure(made, "select 1")).toMatchObject({ ...lost, outcome: "none" })
        expect(yield* failure(made, "delete from nothing")).toMatchObject({ ...lost, outcome: "none" })
        expect(yield* validate(made)).toBe(false)
        made.destroy()
        yield* close(made)
        yield* pause(20)
        expect(heard).toHaveLength(1)
        expect(strays).toEqual([])
      }))

    it.scoped("a death nobody listened to is told to the listener that comes later", () =>
      Effect.gen(function*() {
        const database = yield* TestPostgres.freshDatabase({ on: engine })
        const made = yield* connect(database.url)
        yield* TestPostgres.killBackends(database)
        yield* eventually(Effect.sync(() => made.closed()), (closed) => closed)
        expect(yield* death(made)).toMatchObject({ ...lost, cause: { code: "57P01" } })
      }))

    it.scoped("a backend that is killed mid-statement answers the statement: a write's outcome is unknown", () =>
      Effect.gen(function*() {
        const strays = yield* strayErrors
        const database = yield* TestPostgres.freshDatabase({ on: engine })
        for (const [access, outcome] of [["read", "none"], ["write", "unknown"]] as const) {
          const made = yield* connect(database.url)
          const heard = deaths(made)
          const fiber = yield* Effect.fork(failure(made, "select pg_sleep(30)", [], { access }))
          yield* running(database, "pg_sleep")
          yield* TestPostgres.killBackends(database)
          expect(yield* Fiber.join(fiber)).toMatchObject({ ...lost, outcome, cause: { code: "57P01" } })
          expect(made.closed()).toBe(true)
          expect(heard).toHaveLength(1)
        }
        expect(strays).toEqual([])
      }))
  })
}

it.scoped(
  "kill -9 of a backend ends every session of the server, running or idle, by type",
  () =>
    Effect.gen(function*() {
      const strays = yield* strayErrors
      const server = yield* TestPostgres.ownServer()
      const driver = yield* driverOf(TestPostgres.urlOf(server.info, { as: server.info.admin }))
      const [victim, idle, busy] = yield* Effect.all([session(driver), session(driver), session(driver)])
      const heard = [victim, idle, busy].map(deaths)
      const first = yield* Effect.fork(failure(victim, "select pg_sleep(30)"))
      const second = yield* Effect.fork(failure(busy, "select pg_sleep(30)", [], { access: "read" }))
      yield* pause(100)
      yield* server.kill9(victim.id)
      expect(yield* Fiber.join(first)).toMatchObject({ ...lost, outcome: "unknown" })
      expect(yield* Fiber.join(second)).toMatchObject({ ...lost, outcome: "none" })
      yield* eventually(Effect.sync(() => idle.closed()), (closed) => closed)
      expect(heard.map((errors) => errors.length)).toEqual([1, 1, 1])
      expect(strays).toEqual([])
    }),
  60_000
)

it.scoped("a server that shuts down ends its sessions by type", () =>
  Effect.gen(function*() {
    const server = yield* TestPostgres.ownServer()
    const made = yield* connect(TestPostgres.urlOf(server.info, { as: server.info.admin }))
    const fiber = yield* Effect.fork(failure(made, "select pg_sleep(30)"))
    yield* pause(100)
    yield* server.stop("fast")
    expect(yield* Fiber.join(fiber)).toMatchObject({ ...lost, outcome: "unknown" })
  }), 60_000)

describe("the network", () => {
  for (const sslmode of ["disable", "require"]) {
    it.scoped(`a connection that is cut ends the session, idle or running (${sslmode})`, () =>
      Effect.gen(function*() {
        const strays = yield* strayErrors
        const database = yield* TestPostgres.freshDatabase()
        const proxy = yield* FaultProxy.make(database.server)
        const driver = yield* driverOf(proxy.through(database.urlWith({ parameters: { sslmode } })))
        const [idle, busy] = yield* Effect.all([session(driver), session(driver)])
        const heard = [idle, busy].map(deaths)
        const fiber = yield* Effect.fork(failure(busy, "select pg_sleep(30)"))
        yield* running(database, "pg_sleep")
        yield* proxy.cut
        expect(yield* Fiber.join(fiber)).toMatchObject({ ...lost, outcome: "unknown" })
        yield* eventually(Effect.sync(() => idle.closed()), (closed) => closed)
        expect(heard.map((errors) => errors.length)).toEqual([1, 1])
        expect(strays).toEqual([])
      }))
  }

  it.scoped("a write whose answer was lost is unknown, and may have taken effect", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      yield* database.witness("create table t (a int); alter table t owner to app")
      const proxy = yield* FaultProxy.make(database.server)
      const made = yield* connect(proxy.through(database.url))
      yield* proxy.cutAnswerTo("insert into t")
      expect(yield* failure(made, "insert into t values (1)")).toMatchObject({ ...lost, outcome: "unknown" })
      expect(yield* database.witness("select a from t")).toEqual([{ a: 1 }])
    }))

  it.scoped("an answer that breaks off in the middle is a lost connection", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const proxy = yield* FaultProxy.make(database.server)
      for (const bytes of [1, 4, 5, 30, 77]) {
        const made = yield* connect(proxy.through(database.url))
        yield* proxy.dropAnswersAfter(bytes, "reset")
        expect(yield* failure(made, "select repeat('x', 100)", [], { access: "read" }))
          .toMatchObject({ ...lost, outcome: "none" })
      }
    }))
})

describe("the end", () => {
  it.scoped("destroy answers the running statement at once, tells no listener, and may be called again", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const made = yield* connect(database.url)
      const heard = deaths(made)
      const fiber = yield* Effect.fork(failure(made, "select pg_sleep(30)"))
      yield* running(database, "pg_sleep")
      made.destroy()
      made.destroy()
      expect(yield* Fiber.join(fiber)).toMatchObject({ ...lost, outcome: "unknown" })
      expect(made.closed()).toBe(true)
      yield* pause(50)
      expect(heard).toEqual([])
    }))

  it.scoped("close says goodbye: the server's session is gone", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const driver = yield* driverOf(database.url)
      const made = yield* session(driver)
      const heard = deaths(made)
      expect(yield* validate(made)).toBe(true)
      yield* close(made)
      yield* close(made)
      expect(made.closed()).toBe(true)
      yield* eventually(TestPostgres.sessionsOf(database), (sessions) => sessions.length === 0)
      expect(heard).toEqual([])
    }))

  it.scoped("close is bounded when the server is silent", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const proxy = yield* FaultProxy.make(database.server)
      const made = yield* connect(proxy.through(database.url))
      yield* proxy.pause
      const before = performance.now()
      yield* close(made)
      expect(performance.now() - before).toBeLessThan(2000)
      yield* proxy.resume
    }))

  it.scoped("no failure shows what the statement or its parameters held", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const made = yield* connect(database.url)
      yield* run(made, "create table t (a int primary key, b text check (b <> 'canary-b'))")
      yield* run(made, "insert into t values (1, 'x')")
      const failing = [
        "insert into t values (1, 'canary-b')",
        "insert into t values (2, 'canary-b')",
        "select 'canary-b'::int",
        "select canary-b from t",
        "insert into t (a) values ('canary-b')"
      ]
      for (const sql of failing) {
        const error = yield* Effect.flip(submit(made, statement(sql)))
        const shown = `${inspect(error, { depth: Infinity, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`
        expect(shown).not.toContain("canary-b")
      }
    }))
})
