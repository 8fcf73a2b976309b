import * as Model from "@effect/sql/Model"
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe } from "vitest"
import type * as DatabaseError from "../../../../src/Database/DatabaseError.js"
import { DriverFailure } from "../../../../src/Database/DriverFailure.js"
import * as Fields from "../../../../src/Database/Fields.js"
import * as Table from "../../../../src/Database/Table.js"
import { classify } from "../../../../src/SqlLayer/drivers/sqlite/errors.js"
import * as Harness from "./Harness.js"

const { failure, memory, run } = Harness

const thrown = (code: string, message = "secret 'value'") => Object.assign(new Error(message), { code })

describe("a violated constraint", () => {
  it.scoped("is named by its columns", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(
        session,
        `create table "my users"(
           id integer primary key, email text, "tenant, id" text, name text not null default 'x', nick text,
           age integer constraint adult check (age >= 18), size integer check (size > 0),
           parent integer references "my users"(id), unique (email, "tenant, id"))`
      )
      yield* run(session, `create unique index live on "my users"(name) where age > 20`)
      yield* run(session, `create unique index lowered on "my users"(lower(nick))`)
      yield* run(
        session,
        `insert into "my users"(id, email, "tenant, id", name, age, nick) values (1, 'a', 't', 'n', 30, 'b')`
      )
      const table = "my users"
      const insert = (columns: string, row: string) =>
        failure(session, `insert into "my users"(${columns}) values (${row})`)

      expect(yield* insert("id", "1")).toMatchObject({ _tag: "UniqueViolation", table, columns: ["id"] })
      expect(yield* insert("email, \"tenant, id\"", "'a', 't'")).toMatchObject({
        _tag: "UniqueViolation",
        table,
        columns: ["email", "tenant, id"]
      })
      expect(yield* insert("name, age", "'n', 40")).toMatchObject({ _tag: "UniqueViolation", table, columns: ["name"] })
      expect(yield* insert("nick", "'B'")).toMatchObject({
        _tag: "UniqueViolation",
        constraint: "lowered",
        columns: []
      })
      expect(yield* insert("name", "null")).toMatchObject({ _tag: "NotNullViolation", table, columns: ["name"] })
      expect(yield* insert("age", "17")).toMatchObject({ _tag: "CheckViolation", constraint: "adult" })
      // Of a check without a name SQLite reports the SQL.
      expect(yield* insert("size", "0")).toMatchObject({ _tag: "CheckViolation", constraint: undefined })
      expect(yield* insert("parent", "99")).toMatchObject({ _tag: "ForeignKeyViolation", side: "unknown" })
    }))

  it.scoped("of a type is a DataError, as PostgreSQL's types answer", () =>
    Effect.gen(function*() {
      class Row extends Model.Class<Row>("Row")({
        id: Schema.Int,
        name: Fields.nullable(Schema.String),
        size: Fields.nullable(Schema.Int),
        at: Fields.nullable(Schema.DateTimeUtc)
      }) {}
      const table = Table.make(Row, { name: "rows", primaryKey: "id", columns: { name: { length: 3 } } })
      const session = yield* memory
      for (const sql of Table.createStatements(table).sqlite) yield* run(session, sql)
      const insert = (column: string, value: unknown) =>
        failure(session, `insert into rows(id, ${column}) values (1, ?)`, [value])
      expect(yield* failure(session, "insert into rows(id) values (2147483648)")).toMatchObject({
        _tag: "DataError",
        reason: "out_of_range",
        column: "id"
      })
      expect(yield* insert("size", "x")).toMatchObject({
        _tag: "DataError",
        reason: "invalid_form",
        table: "rows",
        column: "size"
      })
      expect(yield* insert("name", "1234")).toMatchObject({ _tag: "DataError", reason: "too_long", column: "name" })
      expect(yield* insert("at", "soon")).toMatchObject({ _tag: "DataError", reason: "invalid_form", column: "at" })
    }))

  it.scoped("at COMMIT leaves the transaction open", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(
        session,
        "create table t(id integer primary key, p integer references t(id) deferrable initially deferred)"
      )
      yield* run(session, "begin immediate")
      yield* run(session, "insert into t values (1, 2)")
      expect(yield* failure(session, "commit")).toMatchObject({ _tag: "ForeignKeyViolation" })
      expect(session.transactionStatus()).toBe("open")
      yield* run(session, "insert into t values (2, 1)")
      yield* run(session, "commit")
    }))

  it.scoped("by a trigger is a check", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(session, "create table t(id)")
      yield* run(session, "create trigger no before insert on t begin select raise(abort, 'secret'); end")
      const error = yield* failure(session, "insert into t values (1)")
      expect(error).toMatchObject({ _tag: "CheckViolation" })
      expect(String(error)).not.toContain("secret")
    }))
})

describe("an error of a statement", () => {
  it.scoped("is classified by its code, and the session goes on", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const cases: ReadonlyArray<readonly [string, string]> = [
        ["selec 1", "SqlSyntaxError"],
        ["select * from nowhere", "SqlSyntaxError"],
        ["select sum(x) from (select 9223372036854775807 as x union all select 1)", "SqlSyntaxError"],
        ["select zeroblob(2000000000)", "DataError"],
        ["select load_extension('x')", "SqlSyntaxError"]
      ]
      for (const [sql, tag] of cases) {
        const error = yield* failure(session, sql)
        expect(error._tag).toBe(tag)
        expect(error.cause).toBeInstanceOf(DriverFailure)
      }
      yield* run(session, "create table t(id integer primary key)")
      expect(yield* failure(session, "insert into t values ('x')")).toMatchObject({ _tag: "DataError" })
      expect(yield* Harness.rows(session, "select 1")).toEqual([[1]])
    }))

  it.scoped("that the disk is full for rolls back, or can be", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(session, "create table t(x blob)")
      yield* run(session, "pragma max_page_count = 20")
      yield* run(session, "begin immediate")
      yield* run(session, "insert into t values ('small')")
      expect(yield* failure(session, "insert into t values (zeroblob(1000000))")).toMatchObject({ _tag: "StorageFull" })
      // SQLite may have ended the transaction itself; the session tells which.
      if (session.transactionStatus() === "open") yield* run(session, "rollback")
      expect(yield* Harness.rows(session, "select count(*) from t")).toEqual([[0]])
    }))

  it("has a class for every code", () => {
    const cases: ReadonlyArray<readonly [string, Partial<DatabaseError.DatabaseError> & { readonly _tag: string }]> = [
      ["SQLITE_CONSTRAINT_UNIQUE", { _tag: "UniqueViolation", columns: [] }],
      ["SQLITE_CONSTRAINT_PRIMARYKEY", { _tag: "UniqueViolation" }],
      ["SQLITE_CONSTRAINT_ROWID", { _tag: "UniqueViolation" }],
      ["SQLITE_CONSTRAINT_FOREIGNKEY", { _tag: "ForeignKeyViolation" }],
      ["SQLITE_CONSTRAINT_NOTNULL", { _tag: "NotNullViolation", columns: [] }],
      ["SQLITE_CONSTRAINT_CHECK", { _tag: "CheckViolation" }],
      ["SQLITE_CONSTRAINT_TRIGGER", { _tag: "CheckViolation" }],
      ["SQLITE_CONSTRAINT_DATATYPE", { _tag: "DataError" }],
      ["SQLITE_CONSTRAINT_VTAB", { _tag: "UnknownDatabaseError", code: "SQLITE_CONSTRAINT_VTAB" }],
      ["SQLITE_MISMATCH", { _tag: "DataError", reason: "invalid_form" }],
      ["SQLITE_TOOBIG", { _tag: "DataError", reason: "too_long" }],
      ["SQLITE_BUSY", { _tag: "LockTimeoutError" }],
      ["SQLITE_BUSY_RECOVERY", { _tag: "LockTimeoutError" }],
      ["SQLITE_BUSY_SNAPSHOT", { _tag: "SerializationError" }],
      ["SQLITE_LOCKED", { _tag: "SerializationError" }],
      ["SQLITE_INTERRUPT", { _tag: "StatementTimeoutError", source: "client" }],
      ["SQLITE_CANTOPEN", { _tag: "ConnectionError", reason: "missing" }],
      ["SQLITE_CANTOPEN_ISDIR", { _tag: "ConnectionError", reason: "missing" }],
      ["SQLITE_NOTADB", { _tag: "ConnectionError", reason: "missing" }],
      ["SQLITE_READONLY", { _tag: "ReadOnlyNode" }],
      ["SQLITE_READONLY_DIRECTORY", { _tag: "ReadOnlyNode" }],
      ["SQLITE_READONLY_DBMOVED", { _tag: "ConnectionError", reason: "lost" }],
      ["SQLITE_IOERR_READ", { _tag: "ConnectionError", reason: "lost", outcome: "none" }],
      ["SQLITE_FULL", { _tag: "StorageFull" }],
      ["SQLITE_AUTH", { _tag: "AuthorizationError" }],
      ["SQLITE_PERM", { _tag: "AuthorizationError" }],
      ["SQLITE_ERROR", { _tag: "SqlSyntaxError", reason: "other" }],
      ["SQLITE_CORRUPT", { _tag: "UnknownDatabaseError", code: "SQLITE_CORRUPT" }],
      ["SQLITE_CORRUPT_INDEX", { _tag: "UnknownDatabaseError" }],
      ["SQLITE_NOMEM", { _tag: "UnknownDatabaseError" }]
    ]
    for (const [code, expected] of cases) {
      const error = classify(thrown(code), "statement")
      expect(error).toMatchObject(expected)
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain("secret")
      expect(error.cause).toMatchObject({ code })
    }
    expect(classify(thrown("SQLITE_IOERR_FSYNC"), "commit")).toMatchObject({ outcome: "unknown" })
    expect(classify("thrown text", "statement")).toMatchObject({ _tag: "UnknownDatabaseError" })
    expect(classify(new Error("no code"), "statement")).toMatchObject({ _tag: "UnknownDatabaseError" })
  })
})
