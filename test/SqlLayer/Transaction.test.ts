/**
 * Transactions: what commits, what does not, and what is said of it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as DatabaseError from "../../src/Database/DatabaseError.js"
import { SessionSettings } from "../../src/Database/SessionSettings.js"
import type { Sql } from "../../src/SqlLayer/Sql.js"
import { eventually, pause } from "../support/Eventually.js"
import * as FaultProxy from "../support/FaultProxy.js"
import * as TestPostgres from "../support/TestPostgres.js"
import { engines, idle, open, postgres } from "./Engines.js"

const exec = (sql: Sql, text: string) => Effect.asVoid(sql.client.unsafe(text))
const numbers = (sql: Sql) =>
  Effect.map(sql.client<{ n: number }>`select n from t order by n`, (rows) => rows.map(({ n }) => n))

const errorOf = <A, E>(exit: Exit.Exit<A, E>): DatabaseError.DatabaseError | undefined => {
  const failure = Exit.isFailure(exit) ? Cause.failureOption(exit.cause) : undefined
  return failure?._tag === "Some" ? DatabaseError.fromUnknown(failure.value) : undefined
}

describe.each(engines)("on %s", (name, engine) => {
  const table = Effect.tap(engine, ({ sql }) => exec(sql, "create table t (n integer primary key)"))

  it.scopedLive("commits on success", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      assert.strictEqual(yield* sql.transaction(Effect.as(exec(sql, "insert into t values (1)"), "answer")), "answer")
      assert.deepStrictEqual(yield* numbers(sql), [1])
      yield* idle(sql)
    }))

  it.scopedLive("rolls back on failure, defect and interruption, with the cause unchanged", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      const insert = exec(sql, "insert into t values (1)")
      const failed = yield* Effect.exit(sql.transaction(Effect.zipRight(insert, Effect.fail("mine"))))
      assert.deepStrictEqual(failed, Exit.fail("mine"))
      const died = yield* Effect.exit(sql.transaction(Effect.zipRight(insert, Effect.die("mine"))))
      assert.deepStrictEqual(died, Exit.die("mine"))
      const fiber = yield* Effect.fork(sql.transaction(Effect.zipRight(insert, Effect.never)))
      yield* pause(30)
      const interrupted = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(interrupted))
      assert.deepStrictEqual(yield* numbers(sql), [])
      yield* idle(sql)
    }))

  it.scopedLive("a nested transaction that fails takes only its own work with it", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      yield* sql.transaction(Effect.gen(function*() {
        yield* exec(sql, "insert into t values (1)")
        yield* Effect.ignore(sql.transaction(Effect.zipRight(exec(sql, "insert into t values (2)"), Effect.fail("no"))))
        yield* sql.transaction(sql.transaction(exec(sql, "insert into t values (3)")))
      }))
      assert.deepStrictEqual(yield* numbers(sql), [1, 3])
    }))

  it.scopedLive("nested: join is part of the outer one, forbid is refused", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      const joined = yield* Effect.exit(sql.transaction(Effect.zipRight(
        sql.transaction(exec(sql, "insert into t values (1)"), { nested: "join" }),
        Effect.fail("no")
      )))
      assert.isTrue(Exit.isFailure(joined))
      assert.deepStrictEqual(yield* numbers(sql), [])
      const forbidden = yield* Effect.exit(sql.transaction(sql.transaction(Effect.void, { nested: "forbid" })))
      assert.strictEqual(errorOf(forbidden)?._tag, "CapabilityMissing")
      yield* idle(sql)
    }))

  it.scopedLive("afterCommit runs once after the commit, in order, and never after a rollback", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      const log = yield* Ref.make<ReadonlyArray<string>>([])
      const say = (word: string) => sql.afterCommit(Ref.update(log, (words) => [...words, word]))
      yield* sql.transaction(Effect.gen(function*() {
        yield* say("outer")
        yield* sql.transaction(say("nested"))
        yield* Effect.ignore(sql.transaction(Effect.zipRight(say("discarded"), Effect.fail("no"))))
        assert.deepStrictEqual(yield* Ref.get(log), [])
      }))
      assert.deepStrictEqual(yield* Ref.get(log), ["outer", "nested"])
      yield* Effect.ignore(sql.transaction(Effect.zipRight(say("rolled back"), Effect.fail("no"))))
      yield* say("outside")
      assert.deepStrictEqual(yield* Ref.get(log), ["outer", "nested", "outside"])
    }))

  it.scopedLive("afterCommit has the services of its place, no longer the transaction, and its death harms nobody", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      class Word extends Context.Tag("Word")<Word, string>() {}
      yield* sql.transaction(Effect.gen(function*() {
        yield* sql.afterCommit(Effect.die("boom"))
        yield* sql.afterCommit(
          Effect.flatMap(Word, (word) => Effect.orDie(exec(sql, `insert into t values (${word})`)))
        ).pipe(Effect.provideService(Word, "7"))
      }))
      assert.deepStrictEqual(yield* numbers(sql), [7])
      yield* idle(sql)
    }))

  it.scopedLive("the deadline is over the whole: work that outlasts it is not committed", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      const exit = yield* Effect.exit(
        sql.transaction(Effect.zipRight(exec(sql, "insert into t values (1)"), pause(120)), { deadline: 60 })
      )
      const error = errorOf(exit)
      assert.strictEqual(error?._tag, "StatementTimeoutError")
      assert.deepStrictEqual(yield* numbers(sql), [])
      yield* idle(sql)
    }))

  it.scopedLive("withinDeadline bounds the wait for a session and every statement", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      const started = performance.now()
      const slow = name === "postgresql"
        ? exec(sql, "select pg_sleep(10)")
        : exec(sql, "with recursive c(x) as (select 1 union all select x + 1 from c) select x from c")
      const exit = yield* Effect.exit(sql.withinDeadline(150)(slow))
      assert.strictEqual(errorOf(exit)?._tag, "StatementTimeoutError")
      assert.isBelow(performance.now() - started, 1500)
      yield* idle(sql)
    }))

  it.scopedLive("an interruption between any two steps leaves nothing held and nothing half", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      for (let round = 0; round < 60; round++) {
        const fiber = yield* Effect.fork(sql.transaction(Effect.gen(function*() {
          yield* exec(sql, `insert into t values (${round * 2})`)
          yield* Effect.yieldNow()
          yield* sql.transaction(exec(sql, `insert into t values (${round * 2 + 1})`))
        })))
        yield* round % 3 === 0 ? Effect.yieldNow() : pause(round % 7)
        yield* Fiber.interrupt(fiber)
      }
      const stored = yield* numbers(sql)
      assert.deepStrictEqual(stored.filter((n) => n % 2 === 0).map((n) => n + 1), stored.filter((n) => n % 2 === 1))
      yield* idle(sql)
    }))

  it.scopedLive("read-only refuses writes", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      const exit = yield* Effect.exit(sql.transaction(exec(sql, "insert into t values (1)"), { access: "read-only" }))
      if (name !== "sqlite memory") assert.strictEqual(errorOf(exit)?._tag, "ReadOnlyNode")
      assert.deepStrictEqual(
        yield* sql.transaction(numbers(sql), { access: "read-only" }),
        name === "sqlite memory" && Exit.isSuccess(exit) ? [1] : []
      )
    }))

  it.scopedLive("an isolation level the engine lacks is refused before anything is sent", () =>
    Effect.gen(function*() {
      const { sql } = yield* table
      for (const isolation of ["read uncommitted", "read committed", "repeatable read", "serializable"] as const) {
        const exit = yield* Effect.exit(sql.transaction(numbers(sql), { isolation }))
        const known = sql.capabilities.isolation.includes(isolation)
        assert.strictEqual(errorOf(exit)?._tag, known ? undefined : "CapabilityMissing", isolation)
      }
    }))
})

describe("on postgresql", () => {
  const conflict = (retry: { readonly times: number } | undefined) =>
    Effect.gen(function*() {
      const { sql } = yield* postgres()
      yield* exec(sql, "create table t (n integer)")
      yield* exec(sql, "insert into t values (0)")
      const read = yield* Deferred.make<void>()
      const written = yield* Deferred.make<void>()
      const attempts = yield* Ref.make(0)
      const increment = sql.transaction(
        Effect.gen(function*() {
          const attempt = yield* Ref.updateAndGet(attempts, (n) => n + 1)
          yield* numbers(sql)
          if (attempt === 1) {
            yield* Deferred.succeed(read, undefined)
            yield* Deferred.await(written)
          }
          yield* exec(sql, "update t set n = n + 1")
        }),
        { isolation: "repeatable read", retry }
      )
      const fiber = yield* Effect.fork(Effect.exit(increment))
      yield* Deferred.await(read)
      yield* exec(sql, "update t set n = n + 10")
      yield* Deferred.succeed(written, undefined)
      const exit = yield* Fiber.join(fiber)
      return { exit, attempts: yield* Ref.get(attempts), stored: yield* numbers(sql) }
    })

  it.scopedLive("retry runs the whole transaction again after a serialization failure", () =>
    Effect.gen(function*() {
      const { attempts, exit, stored } = yield* conflict({ times: 3 })
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(attempts, 2)
      assert.deepStrictEqual(stored, [11])
    }))

  it.scopedLive("without retry the serialization failure is the answer", () =>
    Effect.gen(function*() {
      const { exit, stored } = yield* conflict(undefined)
      assert.strictEqual(errorOf(exit)?._tag, "SerializationError")
      assert.deepStrictEqual(stored, [10])
    }))

  it.scopedLive("retries end, and say how often they tried", () =>
    Effect.gen(function*() {
      const { sql } = yield* postgres()
      const failing = exec(sql, "do $$ begin raise exception using errcode = '40001'; end $$")
      const exit = yield* Effect.exit(sql.transaction(failing, { retry: { times: 2, baseDelay: 1 } }))
      const error = errorOf(exit)
      assert.strictEqual(error?._tag, "TransactionRetriesExhausted")
      if (error?._tag === "TransactionRetriesExhausted") assert.strictEqual(error.attempts, 3)
      yield* idle(sql)
    }))

  it.scopedLive("isolation and access reach the server", () =>
    Effect.gen(function*() {
      const { sql } = yield* postgres()
      const show = Effect.map(
        sql.client<
          { i: string; r: string; d: string }
        >`select current_setting('transaction_isolation') as i, current_setting('transaction_read_only') as r, current_setting('transaction_deferrable') as d`,
        ([row]) => row
      )
      assert.deepStrictEqual(
        yield* sql.transaction(show, { isolation: "serializable", access: "read-only", deferrable: true }),
        { i: "serializable", r: "on", d: "on" }
      )
    }))

  it.scopedLive("settings of the fiber are in its transactions and its single statements, and nowhere else", () =>
    Effect.gen(function*() {
      const { sql } = yield* postgres({ pool_size: "1", max_overflow: "0" })
      const show = Effect.map(
        sql.client<{ v: string | null }>`select nullif(current_setting('app.tenant_id', true), '') as v`,
        ([row]) => row?.v
      )
      const as = (tenant: string) => Effect.provideService(SessionSettings, { "app.tenant_id": tenant })
      assert.strictEqual(yield* as("a")(sql.transaction(show)), "a")
      assert.strictEqual(yield* as("b' -- ")(show), "b' -- ")
      assert.strictEqual(yield* show, null)
    }))

  it.scopedLive("a silent server: the deadline holds in every phase, and the pool recovers", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase({ parameters: { connect_timeout: "1" } })
      const proxy = yield* FaultProxy.make(database.server)
      const sql = yield* open(proxy.through(database.url))
      yield* proxy.pause
      const started = performance.now()
      const exit = yield* Effect.exit(sql.withinDeadline(300)(sql.transaction(sql.ping)))
      assert.isTrue(Exit.isFailure(exit))
      assert.isBelow(performance.now() - started, 4000)
      yield* proxy.resume
      yield* eventually(Effect.exit(sql.ping), Exit.isSuccess)
      yield* idle(sql)
    }))

  it.scopedLive("two transactions that wait for each other: one of them is told", () =>
    Effect.gen(function*() {
      const { sql } = yield* postgres()
      yield* exec(sql, "create table t (n integer primary key, v integer)")
      yield* exec(sql, "insert into t values (1, 0), (2, 0)")
      const [one, two] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const cross = (first: number, second: number, mine: Deferred.Deferred<void>, other: Deferred.Deferred<void>) =>
        Effect.exit(sql.transaction(Effect.gen(function*() {
          yield* exec(sql, `update t set v = v + 1 where n = ${first}`)
          yield* Deferred.succeed(mine, undefined)
          yield* Deferred.await(other)
          yield* exec(sql, `update t set v = v + 1 where n = ${second}`)
        })))
      const [a, b] = yield* Effect.all([cross(1, 2, one, two), cross(2, 1, two, one)], { concurrency: "unbounded" })
      const tags = [errorOf(a)?._tag, errorOf(b)?._tag]
      assert.include(tags, "DeadlockError")
      assert.include(tags, undefined)
      yield* idle(sql)
    }))

  it.scopedLive("lockTimeout is a LockTimeoutError", () =>
    Effect.gen(function*() {
      const { sql, url } = yield* postgres()
      const other = yield* open(url)
      yield* exec(sql, "create table t (n integer)")
      yield* sql.transaction(Effect.gen(function*() {
        yield* exec(sql, "lock table t")
        const exit = yield* Effect.exit(other.transaction(exec(other, "select * from t"), { lockTimeout: 50 }))
        assert.strictEqual(errorOf(exit)?._tag, "LockTimeoutError")
      }))
    }))
})
