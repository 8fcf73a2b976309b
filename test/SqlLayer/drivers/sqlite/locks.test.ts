import { expect, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { describe } from "vitest"
import { pause } from "../../../support/Eventually.js"
import * as TestSqlite from "../../../support/TestSqlite.js"
import * as Harness from "./Harness.js"

const { failure, rows, run } = Harness

/** A file with a table, a writer and a reader of ours, and the connection of another program. */
const shared = (parameters = "") =>
  Effect.gen(function*() {
    const file = yield* TestSqlite.freshFile()
    const driver = yield* Harness.driver(`${file.url}${parameters}`)
    const writer = yield* Harness.connect(driver, "write")
    yield* run(writer, "create table t(n integer)")
    const reader = yield* Harness.connect(driver, "read")
    const other = yield* Effect.acquireRelease(
      Effect.sync(() => new Sqlite(file.path, { timeout: 0 })),
      (open) => Effect.sync(() => open.close())
    )
    return { file, driver, writer, reader, other }
  })

/** Ticks while an effect runs: a blocked event loop has none. */
const ticks: Effect.Effect<{ count: number }, never, Scope.Scope> = Effect.gen(function*() {
  const seen = { count: 0 }
  const timer = setInterval(() => seen.count++, 5)
  yield* Effect.addFinalizer(() => Effect.sync(() => clearInterval(timer)))
  return seen
})

describe("another program's lock", () => {
  it.scoped("is waited for without blocking the event loop", () =>
    Effect.gen(function*() {
      const { other, writer } = yield* shared()
      for (const sql of ["insert into t values (1)", "insert into t values (2) returning n", "begin immediate"]) {
        other.exec("begin immediate")
        const seen = yield* ticks
        const fiber = yield* Effect.fork(run(writer, sql, [], { withinMs: 20_000 }))
        yield* pause(150)
        expect(seen.count).toBeGreaterThan(5)
        other.exec("commit")
        yield* Fiber.join(fiber)
      }
      yield* run(writer, "rollback")
      expect(yield* rows(writer, "select n from t order by n")).toEqual([[1], [2]])
    }))

  it.scoped("does not disturb readers, which see what was committed", () =>
    Effect.gen(function*() {
      const { other, reader, writer } = yield* shared()
      yield* run(writer, "insert into t values (1)")
      other.exec("begin immediate; insert into t values (2)")
      expect(yield* rows(reader, "select n from t")).toEqual([[1]])
      other.exec("commit")
      expect(yield* rows(reader, "select n from t")).toEqual([[1], [2]])
    }))

  it.scoped("that outlives the deadline is a lock timeout, and nothing was written", () =>
    Effect.gen(function*() {
      const { other, writer } = yield* shared()
      other.exec("begin immediate")
      const started = performance.now()
      expect(yield* failure(writer, "insert into t values (1)", [], { withinMs: 80 })).toMatchObject({
        _tag: "LockTimeoutError",
        isRetryable: true
      })
      expect(performance.now() - started).toBeGreaterThanOrEqual(79)
      other.exec("commit")
      expect(yield* rows(writer, "select n from t")).toEqual([])
      yield* run(writer, "insert into t values (2)")
    }))

  it.scoped("that outlives busy_timeout is one too", () =>
    Effect.gen(function*() {
      const { other, writer } = yield* shared("?busy_timeout=60")
      other.exec("begin immediate")
      const started = performance.now()
      expect(yield* failure(writer, "insert into t values (1)")).toMatchObject({ _tag: "LockTimeoutError" })
      expect(performance.now() - started).toBeLessThan(2_000)
      other.exec("commit")
    }))

  it.scoped("that outlives the transaction's lock timeout is one too", () =>
    Effect.gen(function*() {
      const { driver, other, writer } = yield* shared()
      const [begin] = driver.transaction.begin({ lockTimeout: "60 millis" })
      other.exec("begin immediate")
      const started = performance.now()
      expect(yield* failure(writer, begin!.sql)).toMatchObject({ _tag: "LockTimeoutError" })
      expect(performance.now() - started).toBeLessThan(2_000)
      other.exec("commit")
      yield* run(writer, begin!.sql)
      expect(writer.transactionStatus()).toBe("open")
      yield* run(writer, driver.transaction.rollback)
    }))

  it.scoped("ends the wait when it is cancelled, and the statement never runs", () =>
    Effect.gen(function*() {
      const { other, writer } = yield* shared()
      other.exec("begin immediate")
      const fiber = yield* Effect.fork(Effect.flip(run(writer, "insert into t values (1)")))
      yield* pause(20)
      expect(yield* failure(writer, "select 1")).toMatchObject({ _tag: "CapabilityMissing" })
      expect(yield* Effect.async<boolean>((resume) => writer.cancel(100, (clean) => resume(Effect.succeed(clean)))))
        .toBe(true)
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "StatementTimeoutError", source: "client" })
      other.exec("commit")
      yield* pause(120)
      expect(yield* rows(writer, "select n from t")).toEqual([])
    }))

  it.scoped("and a session that is destroyed meanwhile", () =>
    Effect.gen(function*() {
      const { driver, other } = yield* shared()
      const session = yield* Harness.connect(driver, "write")
      other.exec("begin immediate")
      const fiber = yield* Effect.fork(Effect.flip(run(session, "insert into t values (1)")))
      yield* pause(20)
      session.destroy()
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "ConnectionError", reason: "lost" })
      expect(session.closed()).toBe(true)
      other.exec("commit")
      yield* pause(120)
      expect(other.prepare("select count(*) from t").pluck().get()).toBe(0)
    }))

  it.scoped("during COMMIT is waited for, and the transaction stays open when it is in vain", () =>
    Effect.gen(function*() {
      // Without WAL a reader holds up the commit; WAL has no such lock, so the file is taken out of it.
      const file = yield* TestSqlite.freshFile()
      const driver = yield* Harness.driver(file.url)
      const writer = yield* Harness.connect(driver, "write")
      yield* run(writer, "create table t(n integer)")
      yield* run(writer, "insert into t values (0)")
      yield* run(writer, "pragma journal_mode = delete")
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => new Sqlite(file.path, { timeout: 0 })),
        (open) => Effect.sync(() => open.close())
      )
      yield* run(writer, "begin immediate")
      yield* run(writer, "insert into t values (1)")
      other.exec("begin")
      other.prepare("select * from t").all()
      expect(yield* failure(writer, "commit", [], { withinMs: 60 })).toMatchObject({ _tag: "LockTimeoutError" })
      expect(writer.transactionStatus()).toBe("open")
      const fiber = yield* Effect.fork(run(writer, "commit"))
      yield* pause(40)
      other.exec("commit")
      yield* Fiber.join(fiber)
      expect(writer.transactionStatus()).toBe("idle")
      expect(other.prepare("select count(*) from t").pluck().get()).toBe(2)
    }))

  it.scoped("while connecting is waited for, bounded, and given up on demand", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => new Sqlite(file.path, { timeout: 0 })),
        (open) => Effect.sync(() => open.close())
      )
      // Not yet in WAL mode, so switching to it needs the lock.
      other.exec("create table t(n); begin exclusive")
      const driver = yield* Harness.driver(file.url)
      expect(yield* Effect.flip(Harness.connect(driver, "write", 60))).toMatchObject({ _tag: "LockTimeoutError" })
      const given = yield* Effect.flip(
        Harness.answer((done) => {
          const giveUp = driver.connect("write", performance.now() + 5_000, done)
          giveUp()
          giveUp()
        })
      )
      expect(given).toMatchObject({ _tag: "ConnectionError", reason: "closed", phase: "connect" })
      const fiber = yield* Effect.fork(Harness.connect(driver, "write"))
      yield* pause(40)
      other.exec("commit")
      const session = yield* Fiber.join(fiber)
      expect(yield* rows(session, "pragma journal_mode")).toEqual([["wal"]])
    }))
})

describe("a snapshot that is too old to write", () => {
  it.scoped("is a serialization error at once: waiting would not help", () =>
    Effect.gen(function*() {
      const { other, writer } = yield* shared()
      yield* run(writer, "begin")
      yield* rows(writer, "select * from t")
      other.exec("insert into t values (1)")
      const started = performance.now()
      expect(yield* failure(writer, "insert into t values (2)")).toMatchObject({ _tag: "SerializationError" })
      expect(performance.now() - started).toBeLessThan(1_000)
      yield* run(writer, "rollback")
    }))
})
