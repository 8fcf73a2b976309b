import { expect, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import * as path from "node:path"
import { describe } from "vitest"
import * as SqlConfig from "../../../../src/Config/SqlConfig.js"
import type { DatabaseError } from "../../../../src/Database/DatabaseError.js"
import type { Driver, Session } from "../../../../src/SqlLayer/Driver.js"
import { make as makeDriver } from "../../../../src/SqlLayer/drivers/sqlite/driver.js"
import * as TestSqlite from "../../../support/TestSqlite.js"
import * as Harness from "./Harness.js"

const { failure, rows, run } = Harness

const validate = (session: Parameters<typeof run>[0]) =>
  Effect.async<boolean>((resume) => session.validate((alive) => resume(Effect.succeed(alive))))

/** File permissions do not bind the superuser, whom tests in a container run as. */
const asNobody = <A>(body: () => A): Effect.Effect<A> =>
  Effect.sync(() => {
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65534)
    try {
      return body()
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

/** Connects within the call. */
const connectNow = (driver: Driver, access: "read" | "write") => {
  let answered: Exit.Exit<Session, DatabaseError> | undefined
  driver.connect(access, performance.now() + 500, (exit) => (answered = exit))
  return answered!
}

describe("a database in memory", () => {
  it.scoped("is one session", () =>
    Effect.gen(function*() {
      for (const url of ["sqlite://", "sqlite:///:memory:"]) {
        const driver = yield* Harness.driver(url)
        expect(driver.topology).toBe("single")
        const session = yield* Harness.connect(driver, "write")
        expect(yield* rows(session, "pragma foreign_keys")).toEqual([[1]])
        expect(yield* validate(session)).toBe(true)
      }
    }))
})

describe("a database file", () => {
  it.scoped("is made with its folder, and set up for a writer and readers", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile("new folder/ä/x.db")
      const driver = yield* Harness.driver(file.url)
      expect(driver.topology).toBe("writer-readers")
      expect(existsSync(file.path)).toBe(false)
      // A pool may well ask for a reader first.
      const reader = yield* Harness.connect(driver, "read")
      const writer = yield* Harness.connect(driver, "write")
      const pragma = (name: string) => Effect.map(rows(writer, `pragma ${name}`), ([row]) => row![0])
      expect(yield* pragma("journal_mode")).toBe("wal")
      expect(yield* pragma("synchronous")).toBe(1)
      expect(yield* pragma("foreign_keys")).toBe(1)
      expect(yield* pragma("trusted_schema")).toBe(0)
      expect(yield* pragma("busy_timeout")).toBe(0)
      yield* run(writer, "create table t(n)")
      yield* run(writer, "insert into t values (1)")
      expect(yield* rows(reader, "select n from t")).toEqual([[1]])
      for (const write of ["insert into t values (2)", "create table u(x)", "delete from t returning n"]) {
        expect(yield* failure(reader, write)).toMatchObject({ _tag: "ReadOnlyNode" })
      }
      // A reader's transaction is a snapshot.
      yield* run(reader, driver.transaction.begin({ access: "read-only" })[0]!.sql)
      expect(yield* rows(reader, "select count(*) from t")).toEqual([[1]])
      yield* run(writer, "insert into t values (2)")
      expect(yield* rows(reader, "select count(*) from t")).toEqual([[1]])
      yield* run(reader, driver.transaction.commit)
      expect(yield* rows(reader, "select count(*) from t")).toEqual([[2]])
    }))

  it.scoped("keeps its data", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const driver = yield* Harness.driver(file.url)
      yield* Effect.scoped(Effect.gen(function*() {
        const writer = yield* Harness.connect(driver, "write")
        yield* run(writer, "create table t(n)")
        yield* run(writer, "insert into t values (1)")
      }))
      const again = yield* Harness.connect(driver, "read")
      expect(yield* rows(again, "select n from t")).toEqual([[1]])
      expect(yield* file.witness("select n from t")).toEqual([{ n: 1 }])
    }))

  it.scoped("is opened as the URL says", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const open = (parameters: string, access: "read" | "write" = "write") =>
        Effect.flatMap(Harness.driver(`${file.url}?${parameters}`), (driver) => Harness.connect(driver, access))
      for (const mode of ["ro", "rw"]) {
        for (const access of ["read", "write"] as const) {
          expect(yield* Effect.flip(open(`mode=${mode}`, access))).toMatchObject({
            _tag: "ConnectionError",
            reason: "missing",
            phase: "connect"
          })
        }
      }
      expect(existsSync(file.path)).toBe(false)
      const full = yield* open("synchronous=full")
      expect(yield* rows(full, "pragma synchronous")).toEqual([[2]])
      yield* run(full, "create table t(n)")
      const readonly = yield* open("mode=ro")
      expect(yield* failure(readonly, "insert into t values (1)")).toMatchObject({ _tag: "ReadOnlyNode" })
      for (const wrong of ["mode=memory", "synchronous=1", "busy_timeout=soon"]) {
        expect(yield* Effect.flip(open(wrong))).toMatchObject({ _tag: "CapabilityMissing", dialect: "sqlite" })
      }
    }))

  it.scoped("that cannot be opened is a ConnectionError", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile("real.db")
      const at = (place: string) =>
        Effect.flip(
          Effect.flatMap(Harness.driver(`sqlite:///${place}`), (driver) => Harness.connect(driver, "write", 500))
        )
      const missing = { _tag: "ConnectionError", reason: "missing", phase: "connect" }
      const folder = path.join(file.directory, "folder.db")
      mkdirSync(folder)
      expect(yield* at(folder)).toMatchObject(missing)
      const text = path.join(file.directory, "text.db")
      writeFileSync(text, "This is no database. ".repeat(100))
      expect(yield* at(text)).toMatchObject(missing)
      expect(yield* at(path.join(text, "below", "a.db"))).toMatchObject(missing)
      expect(String(yield* at(text))).not.toContain(text)
      const half = path.join(file.directory, "half.db")
      const whole = new Sqlite(half)
      whole.exec("create table t(x); insert into t values (zeroblob(100000))")
      whole.close()
      truncateSync(half, 5_000)
      expect(yield* at(half)).toMatchObject(missing)
    }))

  it.scoped("with a damaged page opens, and says so when it comes to that page", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      yield* file.witness("create table t(x)")
      yield* file.witness(
        "with recursive c(n) as (select 1 union all select n + 1 from c where n < 1000) " +
          "insert into t select hex(randomblob(50)) from c"
      )
      const bytes = readFileSync(file.path)
      writeFileSync(file.path, bytes.fill(0xff, 8_192, 16_384))
      const session = yield* Effect.flatMap(Harness.driver(file.url), (driver) => Harness.connect(driver, "write"))
      expect(yield* failure(session, "select max(x) from t")).toMatchObject({
        _tag: "UnknownDatabaseError",
        code: expect.stringMatching(/^SQLITE_CORRUPT/)
      })
      expect(yield* rows(session, "select 1")).toEqual([[1]])
    }))

  it.scoped("that is write-protected reads, and refuses a writer", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const driver = yield* Harness.driver(file.url)
      yield* Effect.scoped(
        Effect.flatMap(Harness.connect(driver, "write"), (writer) => run(writer, "create table t(n)"))
      )
      chmodSync(file.directory, 0o777)
      chmodSync(file.path, 0o444)
      const reader = yield* asNobody(() => connectNow(driver, "read"))
      if (Exit.isFailure(reader)) return expect(reader).toBe("a session")
      expect(yield* rows(reader.value, "select count(*) from t")).toEqual([[0]])
      reader.value.destroy()
      const writer = yield* asNobody(() => connectNow(driver, "write"))
      expect(writer).toEqual(Exit.fail(expect.objectContaining({ _tag: "ReadOnlyNode" })))
      const below = yield* Harness.driver(`sqlite:///${file.directory}/a/b.db`)
      chmodSync(file.directory, 0o555)
      expect(yield* asNobody(() => connectNow(below, "write"))).toEqual(
        Exit.fail(expect.objectContaining({ _tag: "ReadOnlyNode" }))
      )
    }))

  it.scoped("that is deleted or replaced under its sessions is noticed by validation", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const driver = yield* Harness.driver(file.url)
      const writer = yield* Harness.connect(driver, "write")
      const reader = yield* Harness.connect(driver, "read")
      yield* run(writer, "create table t(n)")
      expect(yield* validate(writer)).toBe(true)
      expect(yield* validate(reader)).toBe(true)
      renameSync(file.path, `${file.path}.moved`)
      expect(yield* validate(writer)).toBe(false)
      expect(yield* validate(reader)).toBe(false)
      // Whatever it does, it does not throw.
      yield* Effect.either(run(writer, "insert into t values (1)"))
      yield* Effect.either(rows(reader, "select * from t"))
      rmSync(`${file.path}-wal`, { force: true })
      rmSync(`${file.path}-shm`, { force: true })
      yield* Effect.either(run(writer, "insert into t values (1)"))
    }))
})

describe("a session", () => {
  it.scoped("that is closed answers typed", () =>
    Effect.gen(function*() {
      const driver = yield* Harness.driver("sqlite://")
      const session = yield* Harness.connect(driver, "write")
      yield* run(session, "begin immediate")
      const open = yield* Harness.cursor(session, Harness.endless("n < 100"), 2)
      yield* Harness.next(open)
      yield* Effect.async<void>((resume) => session.close(() => resume(Effect.void)))
      expect(session.closed()).toBe(true)
      expect(session.transactionStatus()).toBe("idle")
      expect(yield* failure(session, "select 1")).toMatchObject({ _tag: "ConnectionError", reason: "closed" })
      expect(yield* Effect.flip(Harness.next(open))).toMatchObject({ _tag: "ConnectionError" })
      yield* Harness.close(open)
      expect(yield* validate(session)).toBe(false)
      expect(yield* Effect.flip(Harness.cursor(session, "select 1", 1))).toMatchObject({ _tag: "ConnectionError" })
      session.destroy()
      session.destroy()
    }))

  it.effect("that cannot be made because the package is broken says what to do", () =>
    Effect.gen(function*() {
      const config = yield* SqlConfig.fromUrl("sqlite://")
      class Broken {
        constructor() {
          throw Object.assign(new Error("was compiled against a different Node.js version"), {
            code: "ERR_DLOPEN_FAILED"
          })
        }
      }
      // Only what is called matters here.
      const driver = makeDriver(Broken as never, config)
      if (!("connect" in driver)) return expect(driver).toBe("a driver")
      const error = yield* Effect.flip(
        Harness.answer((done) => void driver.connect("write", performance.now() + 100, done))
      )
      expect(error).toMatchObject({ _tag: "ConnectionError", reason: "missing" })
    }))
})
