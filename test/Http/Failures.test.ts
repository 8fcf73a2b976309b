import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as DatabaseError from "../../src/Database/DatabaseError.js"
import { Deadline, now } from "../../src/Database/Deadline.js"
import type * as Table from "../../src/Database/Table.js"
import * as App from "../../src/Http/App.js"
import * as Problem from "../../src/Http/Problem.js"
import * as Redaction from "../../src/Http/reply/Redaction.js"
import type { Route } from "../../src/Http/Route.js"
import * as SqlResource from "../../src/Http/SqlResource.js"
import * as Service from "../../src/Repository/Service.js"
import { body, json, pair, raw, type Received, send, serve } from "./Harness.js"
import { idOf, makeUsers, users } from "./Users.js"

const secret = "hunter2 select * from users where db.internal"
const cause = new Error(secret)
const user = { email: "a@b.org", name: "Ada" }
const post = { method: "POST", path: "/users", ...body(user) }
const get = { path: `/users/${idOf(1)}` }

const with_ = (...failures: ReadonlyArray<DatabaseError.DatabaseError>) => () =>
  Effect.suspend(() => {
    const { fake, resource } = makeUsers(3)
    fake.failures.push(...failures)
    return App.make({ resources: [resource] })
  })

const summary = (answer: Received) => [
  answer.status,
  json(answer)["code"],
  answer.headers["retry-after"] ?? "-",
  ...(json(answer).errors ?? []).map((error) => `${error["pointer"]} ${error["code"]}`)
]

const E = DatabaseError
const columns = { table: "users", constraint: "x", columns: ["email", "tenant_id"], cause }
const pool = { waitedMs: 1, size: 1, maxOverflow: 0, leased: 1, idle: 0, opening: 0, waiters: 1, cause }

describe("errors of the database", () => {
  it.scoped.each<[DatabaseError.DatabaseError, ReadonlyArray<unknown>]>([
    [new E.UniqueViolation(columns), [409, "CONFLICT", "-", "#/email not_unique"]],
    [new E.ExclusionViolation(columns), [409, "CONFLICT", "-", "#/email conflict"]],
    [new E.UniqueViolation({ ...columns, table: "orders" }), [409, "CONFLICT", "-"]],
    [
      new E.ForeignKeyViolation({ ...columns, side: "child" }),
      [422, "VALIDATION_ERROR", "-", "#/email reference_not_found"]
    ],
    [new E.ForeignKeyViolation({ ...columns, side: "parent" }), [409, "REFERENCE_CONFLICT", "-"]],
    [new E.NotNullViolation(columns), [422, "VALIDATION_ERROR", "-", "#/email not_null"]],
    [new E.CheckViolation(columns), [422, "VALIDATION_ERROR", "-", "#/email check_failed"]],
    [
      new E.DataError({ reason: "too_long", table: "users", column: "email", cause }),
      [422, "VALIDATION_ERROR", "-", "#/email too_long"]
    ],
    [new E.DataError({ reason: "invalid_form", table: "users", cause }), [422, "VALIDATION_ERROR", "-"]],
    [new E.DataError({ reason: "undecodable", table: "users", cause }), [500, "INTERNAL_ERROR", "-"]],
    [new E.LockTimeoutError({ cause }), [503, "UNAVAILABLE", "1"]],
    [new E.PoolTimeout(pool), [503, "UNAVAILABLE", "1"]],
    [new E.ConnectTimeout({ budgetMs: 1, elapsedMs: 1, cause }), [503, "UNAVAILABLE", "1"]],
    [new E.ConnectionError({ phase: "statement", reason: "lost", outcome: "none", cause }), [503, "UNAVAILABLE", "1"]],
    [new E.ConnectionError({ phase: "statement", reason: "lost", outcome: "unknown", cause }), [
      503,
      "UNAVAILABLE",
      "-"
    ]],
    [new E.ReadOnlyNode({ cause }), [503, "UNAVAILABLE", "1"]],
    [new E.AuthenticationError({ cause }), [503, "UNAVAILABLE", "1"]],
    [new E.TransactionRetriesExhausted({ attempts: 3, last: cause, cause }), [503, "UNAVAILABLE", "1"]],
    [new E.StorageFull({ cause }), [503, "UNAVAILABLE", "-"]],
    [new E.StatementTimeoutError({ source: "server", phase: "statement", cause }), [504, "GATEWAY_TIMEOUT", "-"]],
    [new E.CommitUnknown({ cause }), [500, "OUTCOME_UNKNOWN", "-"]],
    [new E.AuthorizationError({ cause }), [500, "INTERNAL_ERROR", "-"]],
    [new E.PoolSelfDeadlock({ size: 1, maxOverflow: 0, cause }), [500, "INTERNAL_ERROR", "-"]],
    [new E.TransactionAborted({ cause }), [500, "INTERNAL_ERROR", "-"]],
    [new E.TransactionLost({ cause }), [500, "INTERNAL_ERROR", "-"]],
    [new E.TransactionClosed({ cause }), [500, "INTERNAL_ERROR", "-"]],
    [new E.CapabilityMissing({ capability: "x", dialect: "sqlite", cause }), [500, "INTERNAL_ERROR", "-"]],
    [new E.TenantBreach({ table: "users", cause }), [500, "INTERNAL_ERROR", "-"]],
    [new E.SqlSyntaxError({ reason: "unknown_object", cause }), [500, "INTERNAL_ERROR", "-"]],
    [new E.UnknownDatabaseError({ code: "X", cause }), [500, "INTERNAL_ERROR", "-"]]
  ])("%s", ([error, expected]) =>
    Effect.gen(function*() {
      const send = yield* pair(with_(error))
      const answer = yield* send(post)
      expect(summary(answer)).toStrictEqual(expected)
      expect(answer.text).not.toContain("hunter2")
      expect(answer.text).not.toContain("select")
      expect(answer.headers["cache-control"]).toBe("no-store")
    }))

  it.scoped("a lost connection of a read may be tried again, whatever its outcome", () =>
    Effect.gen(function*() {
      const lost = new E.ConnectionError({ phase: "statement", reason: "lost", outcome: "unknown" })
      const send = yield* pair(with_(lost, lost))
      expect(summary(yield* send(get))).toStrictEqual([503, "UNAVAILABLE", "1"])
      expect(summary(yield* send({ path: "/users" }))).toStrictEqual([503, "UNAVAILABLE", "1"])
    }))

  it.scopedLive("deadlocks and serialization failures are run again three times", () =>
    Effect.gen(function*() {
      const deadlock = new E.DeadlockError({})
      const serialization = new E.SerializationError({})
      const three = yield* pair(with_(deadlock, serialization, deadlock))
      expect((yield* three(post)).status).toBe(201)
      const four = yield* pair(with_(deadlock, serialization, deadlock, deadlock))
      expect(summary(yield* four(post))).toStrictEqual([503, "UNAVAILABLE", "1"])
      expect((yield* four(post)).status).toBe(201)
      const remove = yield* pair(with_(deadlock, deadlock, deadlock))
      expect((yield* remove({ ...get, method: "DELETE" })).status).toBe(204)
    }))
})

describe("services", () => {
  class Closed extends Schema.TaggedError<Closed>()("Closed", {}) {}

  const served = () =>
    Effect.suspend(() => {
      const { fake } = makeUsers(3)
      const service = Service.make(fake.repository, {
        beforeCreate: (
          { password, ...data }: { readonly email: string; readonly name: string; readonly password: string }
        ): Effect.Effect<Table.Create<typeof users>, Closed | Problem.Problem> =>
          password === "closed"
            ? Effect.fail(new Closed())
            : password === "problem"
            ? Effect.fail(Problem.make({ status: 409, slug: "no", code: "NO", title: "No", type: "https://x.org/no" }))
            : password === "die"
            ? Effect.die(new Error(secret))
            : Effect.succeed({ ...data, password_hash: `hash of ${password.length}` }),
        afterUpdate: (row) => row.name === "fail" ? Effect.fail(new Closed()) : Effect.void
      })
      const resource = SqlResource.make({
        table: users,
        prefix: "/users",
        createSchema: Schema.Struct({
          email: Schema.String,
          name: Schema.String,
          password: Schema.String.pipe(Schema.minLength(3))
        }),
        service: Effect.succeed(service),
        problemOf: (error) => error._tag === "Closed" ? Problem.make("forbidden") : undefined
      })
      return App.make({ resources: [resource] })
    })

  it.scoped("take what only they understand, change it, and fail with problems", () =>
    Effect.gen(function*() {
      const send = yield* pair(served)
      const create = (password: unknown) => send({ ...post, ...body({ ...user, password }) })
      const made = yield* create("hunter2")
      expect(made.status).toBe(201)
      expect(made.text).not.toContain("hunter2")
      expect(made.text).not.toContain("hash")
      expect(summary(yield* create("x"))).toStrictEqual([422, "VALIDATION_ERROR", "-", "#/password too_short"])
      expect(summary(yield* send(post))).toStrictEqual([422, "VALIDATION_ERROR", "-", "#/password required"])
      expect(summary(yield* create("closed"))).toStrictEqual([403, "FORBIDDEN", "-"])
      const own = yield* create("problem")
      expect([own.status, json(own)["type"]]).toStrictEqual([409, "https://x.org/no"])
      expect(summary(yield* create("die"))).toStrictEqual([500, "INTERNAL_ERROR", "-"])
    }))

  it.scoped("roll back when a hook fails", () =>
    Effect.gen(function*() {
      const send = yield* pair(served)
      const patch = (name: string) => send({ ...get, method: "PATCH", ...body({ name }) })
      expect(summary(yield* patch("fail"))).toStrictEqual([403, "FORBIDDEN", "-"])
      expect(json(yield* send(get))["name"]).toBe("Odd 100%_1")
      const changed = yield* patch("fine")
      expect([changed.status, changed.headers.etag]).toStrictEqual([200, "\"2\""])
    }))
})

describe("requests", () => {
  const routes = (handle: Route<never>["handle"]): ReadonlyArray<Route<never>> => [
    { method: "GET", pattern: "/own", handle }
  ]

  it.scoped("that die are 500 with a fixed text; the log gets a redacted cause", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.make(({ annotations, cause, message }) => {
        logged.push(JSON.stringify([message, Object.fromEntries(HashMap.toEntries(annotations)), Cause.pretty(cause)]))
      })
      const make = () =>
        App.make({
          resources: [],
          routes: routes(() => {
            throw new Error("no way: postgres://admin:hunter2@db.internal/x password=hunter2 jane@doe.org")
          })
        })
      const send = yield* pair(make).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      const answer = yield* send({ path: "/own" })
      expect(summary(answer)).toStrictEqual([500, "INTERNAL_ERROR", "-"])
      expect(answer.text).not.toContain("no way")
      expect(logged).toHaveLength(2)
      expect(logged[0]).toContain("no way")
      expect(logged[0]).toContain("0b8f1c2e-0000-4000-8000-000000000000")
      for (const line of logged) {
        expect(line).not.toContain("hunter2")
        expect(line).not.toContain("jane@doe.org")
      }
    }))

  it.scopedLive("that take too long are 504, and their work is stopped", () =>
    Effect.gen(function*() {
      let stopped = 0
      const make = () =>
        App.make({
          resources: [],
          routes: routes(() => Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => stopped++)))),
          requestTimeout: 100
        })
      const send = yield* pair(make)
      expect(summary(yield* send({ path: "/own" }))).toStrictEqual([504, "GATEWAY_TIMEOUT", "-"])
      expect(stopped).toBe(2)
    }))

  it.scoped("have a deadline for their database work, a second before their own", () =>
    Effect.gen(function*() {
      const left: Array<number> = []
      const make = () =>
        App.make({
          resources: [],
          routes: routes(() =>
            Effect.map(Deadline, (deadline) => {
              left.push((deadline ?? 0) - now())
              return { status: 200, headers: {}, body: "x" }
            })
          )
        })
      const send = yield* pair(make)
      yield* send({ path: "/own" })
      for (const millis of left) {
        expect(millis).toBeGreaterThan(28_000)
        expect(millis).toBeLessThanOrEqual(29_000)
      }
      expect(left).toHaveLength(2)
    }))

  it.scopedLive("whose client goes away are interrupted", () =>
    Effect.gen(function*() {
      let begun = 0
      let stopped = 0
      const app = App.make({
        resources: [],
        routes: routes(() =>
          Effect.suspend(() => {
            begun++
            return Effect.never
          }).pipe(Effect.onInterrupt(() => Effect.sync(() => stopped++)))
        )
      })
      const { node, platform } = yield* serve(yield* app)
      for (const port of [node, platform]) {
        yield* raw(port, "GET /own HTTP/1.1\r\nHost: x\r\n\r\n", 200)
        yield* Effect.sleep(100)
      }
      expect([begun, stopped]).toStrictEqual([2, 2])
      expect((yield* send(node, { path: "/nope" })).status).toBe(404)
    }))
})

describe("redaction", () => {
  it("leaves names and frames, takes secrets and values", () => {
    const text = Redaction.cause(Cause.parallel(
      Cause.die(new TypeError("duplicate Key (email)=(jane@doe.org) Bearer abc.def token: \"x y\"")),
      Cause.fail(new E.UniqueViolation(columns))
    ))
    expect(text).toContain("TypeError: duplicate Key (email)=(***) Bearer *** token: ***")
    expect(text).toContain("UniqueViolation: unique key x on table users is taken already")
    expect(text).not.toContain("hunter2")
    expect(text).not.toContain("jane")
    expect(Redaction.text("x".repeat(100_000))).toHaveLength(501)
  })
})
