import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { DatabaseError } from "../../../../src/Database/DatabaseError.js"
import * as DriverFailure from "../../../../src/Database/DriverFailure.js"
import * as Errors from "../../../../src/SqlLayer/drivers/postgresql/errors.js"
import { eventually } from "../../../support/Eventually.js"
import * as TestPostgres from "../../../support/TestPostgres.js"
import { connect, driverOf, engines, failure, run, session } from "./Sessions.js"

const short = (error: DatabaseError) => "reason" in error ? `${error._tag} ${error.reason}` : error._tag

describe("by code", () => {
  const statements: Readonly<Record<string, string>> = {
    "08000": "ConnectionError lost",
    "08003": "ConnectionError lost",
    "08006": "ConnectionError lost",
    "08P01": "ConnectionError protocol",
    "0A000": "CapabilityMissing",
    "22001": "DataError too_long",
    "22003": "DataError out_of_range",
    "22008": "DataError out_of_range",
    "22012": "DataError invalid_form",
    "22P02": "DataError invalid_form",
    "23000": "UnknownDatabaseError",
    "23001": "ForeignKeyViolation",
    "23502": "NotNullViolation",
    "23503": "ForeignKeyViolation",
    "23505": "UniqueViolation",
    "23514": "CheckViolation",
    "23P01": "ExclusionViolation",
    "25006": "ReadOnlyNode",
    "25P02": "TransactionAborted",
    "25P03": "ConnectionError lost",
    "25P04": "ConnectionError lost",
    "28000": "AuthenticationError",
    "28P01": "AuthenticationError",
    "3D000": "SqlSyntaxError unknown_object",
    "3F000": "SqlSyntaxError unknown_object",
    "40001": "SerializationError",
    "40003": "ConnectionError lost",
    "40P01": "DeadlockError",
    "42501": "AuthorizationError",
    "42601": "SqlSyntaxError syntax",
    "42702": "SqlSyntaxError ambiguous",
    "42703": "SqlSyntaxError unknown_object",
    "42704": "SqlSyntaxError unknown_object",
    "42804": "SqlSyntaxError other",
    "42883": "SqlSyntaxError unknown_object",
    "42P01": "SqlSyntaxError unknown_object",
    "42P07": "SqlSyntaxError other",
    "44000": "CheckViolation",
    "53000": "ConnectionError too_many",
    "53100": "StorageFull",
    "53200": "ConnectionError too_many",
    "53300": "ConnectionError too_many",
    "55000": "UnknownDatabaseError",
    "55P03": "LockTimeoutError",
    "57014": "StatementTimeoutError",
    "57P01": "ConnectionError shutting_down",
    "57P02": "ConnectionError shutting_down",
    "57P03": "ConnectionError shutting_down",
    "57P05": "ConnectionError lost",
    P0001: "UnknownDatabaseError",
    XX000: "UnknownDatabaseError"
  }

  it("a statement's SQLSTATE has one class, the most specific", () => {
    const classified = Object.keys(statements).map((code) => [
      code,
      short(Errors.classify({ code }, Errors.duringStatement))
    ])
    expect(Object.fromEntries(classified)).toEqual(statements)
  })

  it("the code stays readable in the cause, the rest is sealed", () => {
    const report = { code: "23505", detail: "Key (email)=(canary) already exists." }
    const error = Errors.classify(report, Errors.duringStatement)
    expect(error.cause).toMatchObject({ code: "23505" })
    expect(DriverFailure.reveal(error.cause as DriverFailure.DriverFailure)).toBe(report)
  })

  it("an unknown code is kept", () => {
    expect(Errors.classify({ code: "P0001" }, Errors.duringStatement)).toMatchObject({ code: "P0001" })
  })

  it("Node's errors of a connection that is being made", () => {
    const network = (code: string | undefined) => Errors.classifyNetwork(Object.assign(new Error("x"), { code })).reason
    expect(network("ECONNREFUSED")).toBe("refused")
    expect(network("EHOSTUNREACH")).toBe("refused")
    expect(network("ENOENT")).toBe("refused")
    expect(network("ENOTFOUND")).toBe("unresolved")
    expect(network("EAI_AGAIN")).toBe("unresolved")
    expect(network("ECONNRESET")).toBe("lost")
    expect(network("EPIPE")).toBe("lost")
    expect(network("DEPTH_ZERO_SELF_SIGNED_CERT")).toBe("tls")
    expect(network("ERR_TLS_CERT_ALTNAME_INVALID")).toBe("tls")
    expect(network("CERT_HAS_EXPIRED")).toBe("tls")
    expect(network(undefined)).toBe("lost")
  })
})

for (const engine of engines) {
  describe(engine, () => {
    it.scoped("what a live server reports", () =>
      Effect.gen(function*() {
        const database = yield* TestPostgres.freshDatabase({ on: engine })
        const made = yield* connect(database.url)
        yield* run(
          made,
          `create table parent (id int primary key);
           create table child (
             id int primary key,
             parent_id int constraint child_parent references parent,
             strict_id int constraint child_strict references parent on delete restrict,
             name text not null default 'x' constraint child_name check (name <> ''),
             email text constraint child_email unique,
             during int4range,
             constraint child_during exclude using gist (during with &&)
           );
           insert into parent values (1), (2);
           insert into child values (1, 1, 2, 'a', 'e', '[1,5)')`
        )
        yield* database.witness("create table secret (a int)")
        const child = { table: "child" }
        const cases: ReadonlyArray<readonly [sql: string, expected: object]> = [
          ["insert into child (id, email) values (2, 'e')", {
            _tag: "UniqueViolation",
            ...child,
            constraint: "child_email",
            columns: []
          }],
          ["insert into child (id, parent_id) values (2, 9)", {
            _tag: "ForeignKeyViolation",
            ...child,
            constraint: "child_parent",
            side: "unknown"
          }],
          ["delete from parent where id = 1", {
            _tag: "ForeignKeyViolation",
            ...child,
            constraint: "child_parent",
            side: "unknown"
          }],
          ["delete from parent where id = 2", {
            _tag: "ForeignKeyViolation",
            ...child,
            constraint: "child_strict",
            // RESTRICT has a code of its own from PostgreSQL 18 on.
            side: engine === "postgresql18" ? "parent" : "unknown"
          }],
          ["insert into child (id, name) values (2, null)", { _tag: "NotNullViolation", ...child, columns: ["name"] }],
          ["insert into child (id, name) values (2, '')", {
            _tag: "CheckViolation",
            ...child,
            constraint: "child_name"
          }],
          ["insert into child (id, during) values (2, '[2,3)')", {
            _tag: "ExclusionViolation",
            ...child,
            constraint: "child_during"
          }],
          ["select * from secret", { _tag: "AuthorizationError" }],
          ["select * from nothing", { _tag: "SqlSyntaxError", reason: "unknown_object" }],
          ["select nothing from child", { _tag: "SqlSyntaxError", reason: "unknown_object" }],
          ["select nothing()", { _tag: "SqlSyntaxError", reason: "unknown_object" }],
          ["select id from child, parent", { _tag: "SqlSyntaxError", reason: "ambiguous" }],
          ["selec", { _tag: "SqlSyntaxError", reason: "syntax" }],
          ["begin read only; delete from child", { _tag: "ReadOnlyNode" }]
        ]
        for (const [sql, expected] of cases) {
          expect([sql, yield* failure(made, sql)]).toMatchObject([sql, expected])
        }
        yield* run(made, "rollback")
      }))

    it.scoped("waits and conflicts", () =>
      Effect.gen(function*() {
        const database = yield* TestPostgres.freshDatabase({ on: engine })
        const driver = yield* driverOf(database.url)
        const [one, two] = yield* Effect.all([session(driver), session(driver)])
        yield* run(one, "create table t (id int primary key, n int); insert into t values (1, 0), (2, 0)")

        yield* run(one, "begin; update t set n = 1 where id = 1")
        yield* run(two, "set lock_timeout = 30")
        expect(yield* failure(two, "update t set n = 2 where id = 1")).toMatchObject({ _tag: "LockTimeoutError" })
        expect(yield* failure(two, "select * from t where id = 1 for update nowait"))
          .toMatchObject({ _tag: "LockTimeoutError" })
        yield* run(one, "rollback")
        yield* run(two, "set lock_timeout = 0")

        yield* run(one, "begin isolation level serializable; select n from t where id = 1")
        yield* run(two, "update t set n = n + 1 where id = 1")
        expect(yield* failure(one, "update t set n = 5 where id = 1"))
          .toMatchObject({ _tag: "SerializationError", isRetryable: true })
        yield* run(one, "rollback")

        yield* run(one, "begin; update t set n = 1 where id = 1")
        yield* run(two, "begin; update t set n = 1 where id = 2")
        const waits = yield* Effect.fork(Effect.either(run(one, "update t set n = 1 where id = 2")))
        yield* eventually(
          TestPostgres.sessionsOf(database),
          (sessions) => sessions.some((s) => s.pid === one.id && s.waitEvent === "transactionid")
        )
        const second = yield* Effect.either(run(two, "update t set n = 1 where id = 1"))
        yield* run(two, "rollback")
        const first = yield* Fiber.join(waits)
        const errors = [first, second].flatMap((either) => either._tag === "Left" ? [either.left] : [])
        expect(errors).toMatchObject([{ _tag: "DeadlockError", isRetryable: true }])
      }))

    it.scoped("an idle transaction that the server ends is a lost connection", () =>
      Effect.gen(function*() {
        const database = yield* TestPostgres.freshDatabase({
          on: engine,
          parameters: { idle_in_transaction_session_timeout: "50" }
        })
        const made = yield* connect(database.url)
        yield* run(made, "begin")
        yield* eventually(Effect.sync(() => made.closed()), (closed) => closed)
        expect(yield* failure(made, "select 1")).toMatchObject({ _tag: "ConnectionError", reason: "lost" })
      }))
  })
}
