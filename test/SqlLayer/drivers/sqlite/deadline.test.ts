import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { describe } from "vitest"
import * as Harness from "./Harness.js"

const { endless, failure, memory, rows, run } = Harness

const timedOut = { _tag: "StatementTimeoutError", source: "client", phase: "statement" }

/** Milliseconds an effect takes. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const started = performance.now()
    return Effect.map(effect, (value) => [value, performance.now() - started] as const)
  })

describe("a deadline", () => {
  it.scoped("stops a scan that carries the guard, in either form", () =>
    Effect.gen(function*() {
      const session = yield* memory
      for (const form of ["raw", "typed"] as const) {
        const [error, ms] = yield* timed(
          failure(session, `select count(*) from (${endless("svc_deadline()")})`, [], { withinMs: 60, rows: form })
        )
        expect(error).toMatchObject(timedOut)
        // What was left of the 60 ms when the statement began.
        expect((error as { readonly budgetMs?: number }).budgetMs).toBeGreaterThan(0)
        expect((error as { readonly budgetMs?: number }).budgetMs).toBeLessThanOrEqual(60)
        expect(ms).toBeGreaterThanOrEqual(59)
        expect(ms).toBeLessThan(1_000)
        expect(yield* rows(session, "select 1")).toEqual([[1]])
      }
    }))

  it.scoped("stops a handwritten statement between two rows", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const [error, ms] = yield* timed(failure(session, endless("n < 1e9"), [], { withinMs: 60 }))
      expect(error).toMatchObject(timedOut)
      expect(ms).toBeLessThan(1_000)
      expect(yield* rows(session, endless("n < 3"), [], { withinMs: 1_000 })).toEqual([[1], [2], [3]])
    }))

  it.scoped("stops a write, which then changed nothing", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(session, "create table t(n)")
      const insert = `insert into t ${endless("svc_deadline()")}`
      expect(yield* failure(session, insert, [], { withinMs: 50 })).toMatchObject(timedOut)
      expect(yield* rows(session, "select count(*) from t")).toEqual([[0]])
      expect(session.transactionStatus()).toBe("idle")
      yield* run(session, "begin immediate")
      yield* run(session, "insert into t values (1)")
      expect(yield* failure(session, `${insert} returning n`, [], { withinMs: 50 })).toMatchObject(timedOut)
      // Inside a transaction the statement alone is undone.
      expect(session.transactionStatus()).toBe("open")
      yield* run(session, "commit")
      expect(yield* rows(session, "select n from t")).toEqual([[1]])
    }))

  it.scoped("never tells of a write that happened as one that did not", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(session, "create table t(n)")
      const insert = `insert into t ${endless("n < 100000")} returning n`
      const outcome = yield* Effect.either(run(session, insert, [], { withinMs: 1 }))
      expect(yield* rows(session, "select count(*) from t")).toEqual([[Either.isRight(outcome) ? 100_000 : 0]])
      const open = yield* Harness.cursor(session, "delete from t where n <= 50 returning n", 10)
      expect(yield* Harness.next(open)).toHaveLength(10)
      yield* Harness.close(open)
      expect(yield* rows(session, "select min(n) from t")).toEqual([[51]])
    }))

  it.scoped("that has passed answers without running", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* run(session, "create table t(n)")
      expect(yield* failure(session, "insert into t values (1)", [], { withinMs: 0 })).toMatchObject(timedOut)
      expect(yield* rows(session, "select count(*) from t")).toEqual([[0]])
    }))

  it.scoped("does not stay for the next statement", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* rows(session, "select 1", [], { withinMs: 1 })
      yield* Effect.async<void>((resume) => void setTimeout(() => resume(Effect.void), 5))
      expect(yield* rows(session, `select count(*) from (${endless("svc_deadline() and n < 1000")})`)).toEqual([[1000]])
    }))
})

describe("cancelling", () => {
  it.scoped("with nothing under way is a yes", () =>
    Effect.gen(function*() {
      const session = yield* memory
      expect(yield* Effect.async<boolean>((resume) => session.cancel(100, (clean) => resume(Effect.succeed(clean)))))
        .toBe(
          true
        )
      expect(yield* rows(session, "select 1")).toEqual([[1]])
    }))

  it.scoped("ends an open cursor", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const open = yield* Harness.cursor(session, endless("n < 1e9"), 10)
      yield* Harness.next(open)
      expect(yield* Effect.async<boolean>((resume) => session.cancel(100, (clean) => resume(Effect.succeed(clean)))))
        .toBe(
          true
        )
      expect(yield* Effect.flip(Harness.next(open))).toMatchObject(timedOut)
      yield* Harness.close(open)
      expect(yield* rows(session, "select 1")).toEqual([[1]])
    }))
})
