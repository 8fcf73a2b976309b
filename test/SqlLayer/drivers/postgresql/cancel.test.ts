import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { eventually, pause } from "../../../support/Eventually.js"
import * as FaultProxy from "../../../support/FaultProxy.js"
import * as TestPostgres from "../../../support/TestPostgres.js"
import {
  cancel,
  connect,
  driverOf,
  engines,
  failure,
  run,
  session,
  statement,
  strayErrors,
  submit
} from "./Sessions.js"

const stopped = { _tag: "StatementTimeoutError", source: "client" }

const active = (database: TestPostgres.TestDatabase) =>
  Effect.map(
    TestPostgres.sessionsOf(database),
    (sessions) => sessions.filter((s) => s.state === "active" && s.query.includes("pg_sleep")).length
  )

for (const engine of engines) {
  describe(engine, () => {
    it.scoped("a running statement is stopped, is answered first, and the session goes on", () =>
      Effect.gen(function*() {
        const database = yield* TestPostgres.freshDatabase({ on: engine })
        const made = yield* connect(database.url)
        const order: Array<string> = []
        const fiber = yield* Effect.fork(
          Effect.tap(failure(made, "select pg_sleep(30)"), () => Effect.sync(() => order.push("statement")))
        )
        yield* eventually(active(database), (count) => count === 1)
        const before = performance.now()
        expect(yield* Effect.tap(cancel(made), () => Effect.sync(() => order.push("cancel")))).toBe(true)
        expect(performance.now() - before).toBeLessThan(1000)
        expect(yield* Fiber.join(fiber)).toMatchObject({ ...stopped, cause: { code: "57014" } })
        expect(order).toEqual(["statement", "cancel"])
        expect(yield* active(database)).toBe(0)
        expect(yield* run(made, "select 1")).toEqual([["1"]])
      }))

    it.scoped("inside a transaction the transaction has failed and can be rolled back", () =>
      Effect.gen(function*() {
        const database = yield* TestPostgres.freshDatabase({ on: engine })
        const made = yield* connect(database.url)
        yield* run(made, "begin")
        const fiber = yield* Effect.fork(failure(made, "select pg_sleep($1::float8)", [30], { prepare: true }))
        yield* eventually(active(database), (count) => count === 1)
        expect(yield* cancel(made)).toBe(true)
        expect(yield* Fiber.join(fiber)).toMatchObject(stopped)
        expect(made.transactionStatus()).toBe("failed")
        yield* run(made, "rollback")
        expect(yield* run(made, "select 1")).toEqual([["1"]])
      }))

    it.scoped("the server's own timeout is told apart from ours", () =>
      Effect.gen(function*() {
        const database = yield* TestPostgres.freshDatabase({ on: engine, parameters: { statement_timeout: "50" } })
        const made = yield* connect(database.url)
        expect(yield* failure(made, "select pg_sleep(30)")).toMatchObject({
          _tag: "StatementTimeoutError",
          source: "server"
        })
      }))

    it.scoped("200 cancels at random moments never hit the statement that comes next", () =>
      Effect.gen(function*() {
        const strays = yield* strayErrors
        const database = yield* TestPostgres.freshDatabase({ on: engine })
        const driver = yield* driverOf(database.url)
        const made = yield* session(driver)
        const outcomes = { finished: 0, stopped: 0 }
        for (let i = 0; i < 200; i++) {
          const answers: Array<string> = []
          const work = submit(
            made,
            statement("select sum(g) from generate_series(1, $1::int) g", { prepare: i % 2 === 0 }),
            [1 + Math.floor(Math.random() * 20_000)]
          )
          const fiber = yield* Effect.fork(
            Effect.tap(Effect.exit(work), () => Effect.sync(() => answers.push("statement")))
          )
          yield* Math.random() < 0.5 ? Effect.yieldNow() : pause(Math.random() * 3)
          expect(yield* cancel(made)).toBe(true)
          answers.push("cancel")
          // At once, on purpose.
          expect(yield* run(made, "select $1::int", [i], { prepare: true })).toEqual([[String(i)]])
          const exit = yield* Fiber.join(fiber)
          expect(answers).toEqual(["statement", "cancel"])
          if (Exit.isSuccess(exit)) outcomes.finished++
          else {
            outcomes.stopped++
            expect(exit.cause).toMatchObject({ error: stopped })
          }
        }
        expect(outcomes.finished + outcomes.stopped).toBe(200)
        expect(strays).toEqual([])
      }), 60_000)
  })
}

describe("cancel", () => {
  it.scoped("over TLS when the session is", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const proxy = yield* FaultProxy.make(database.server)
      const made = yield* connect(proxy.through(database.urlWith({ parameters: { sslmode: "require" } })))
      // A CancelRequest in the clear begins so: it would be seen, its connection cut, and a third one made.
      yield* proxy.cutBefore("\0\0\0\u0010\u0004")
      const fiber = yield* Effect.fork(failure(made, "select pg_sleep(30)"))
      yield* eventually(active(database), (count) => count === 1)
      expect(yield* cancel(made)).toBe(true)
      expect(yield* Fiber.join(fiber)).toMatchObject(stopped)
      expect(yield* proxy.accepted).toBe(2)
    }))

  it.scoped("through a Unix socket", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const directory = database.server.own?.socketDirectory ?? (yield* Effect.dieMessage("this server is ours"))
      const made = yield* connect(
        database.urlWith({ parameters: { host: directory, port: String(database.server.port) } })
      )
      const fiber = yield* Effect.fork(failure(made, "select pg_sleep(30)"))
      yield* eventually(active(database), (count) => count === 1)
      expect(yield* cancel(made)).toBe(true)
      expect(yield* Fiber.join(fiber)).toMatchObject(stopped)
    }))

  it.scoped("with nothing running it answers at once and asks nobody", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const proxy = yield* FaultProxy.make(database.server)
      const made = yield* connect(proxy.through(database.url))
      let answered: boolean | undefined
      made.cancel(1000, (clean) => (answered = clean))
      expect(answered).toBe(true)
      expect(yield* proxy.accepted).toBe(1)
    }))

  it.scoped("a server that is silent: false within the grace, the statement answered, nothing left", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const proxy = yield* FaultProxy.make(database.server)
      const made = yield* connect(proxy.through(database.url))
      const fiber = yield* Effect.fork(failure(made, "select pg_sleep(30)"))
      yield* eventually(active(database), (count) => count === 1)
      yield* proxy.pause
      const before = performance.now()
      expect(yield* cancel(made, 200)).toBe(false)
      expect(performance.now() - before).toBeLessThan(600)
      expect(yield* Fiber.join(fiber)).toMatchObject({
        _tag: "ConnectionError",
        phase: "cancel",
        reason: "lost",
        outcome: "unknown"
      })
      expect(made.closed()).toBe(true)
      yield* proxy.resume
      yield* eventually(proxy.open, (open) => open === 0)
    }))

  it.scoped("a side channel that is refused: the statement may still end by itself", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const proxy = yield* FaultProxy.make(database.server)
      const made = yield* connect(proxy.through(database.url))
      yield* proxy.refuse
      const fiber = yield* Effect.fork(run(made, "select pg_sleep(0.5), 1"))
      yield* eventually(active(database), (count) => count === 1)
      expect(yield* cancel(made, 3000)).toBe(true)
      expect(yield* Fiber.join(fiber)).toEqual([["", "1"]])
      const stuck = yield* Effect.fork(failure(made, "select pg_sleep(30)"))
      yield* eventually(active(database), (count) => count === 1)
      expect(yield* cancel(made, 200)).toBe(false)
      expect(yield* Fiber.join(stuck)).toMatchObject({ _tag: "ConnectionError", phase: "cancel" })
    }))

  it.scoped("two cancels at once are one, and a statement that follows waits until they are confirmed", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const made = yield* connect(database.url)
      const fiber = yield* Effect.fork(
        // The next statement is sent from within the answer of the one that was stopped.
        Effect.zipRight(failure(made, "select pg_sleep(30)"), run(made, "select 5"))
      )
      yield* eventually(active(database), (count) => count === 1)
      expect(yield* Effect.all([cancel(made), cancel(made)], { concurrency: "unbounded" })).toEqual([true, true])
      expect(yield* Fiber.join(fiber)).toEqual([["5"]])
    }))

  it.scoped("a session that dies while it is cancelled answers both", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const proxy = yield* FaultProxy.make(database.server)
      const made = yield* connect(proxy.through(database.url))
      const fiber = yield* Effect.fork(failure(made, "select pg_sleep(30)"))
      yield* eventually(active(database), (count) => count === 1)
      yield* proxy.pause
      const cancelling = yield* Effect.fork(cancel(made, 5000))
      yield* pause(50)
      yield* proxy.cut
      expect(yield* Fiber.join(cancelling)).toBe(false)
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "ConnectionError", reason: "lost" })
      yield* proxy.resume
    }))
})
