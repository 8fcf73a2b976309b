/**
 * The pool over the real driver and a real server, whose backends are killed at random: whatever happens, each borrower gets his
 * own answers, the pool stays usable, and the server's sessions are ours.
 */
import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import type { DatabaseError } from "../../../src/Database/DatabaseError.js"
import type { Driver } from "../../../src/SqlLayer/Driver.js"
import type { Lent, Pool, PoolEvent } from "../../../src/SqlLayer/Pool.js"
import * as Pools from "../../../src/SqlLayer/Pool.js"
import { eventually, pause } from "../../support/Eventually.js"
import * as TestPostgres from "../../support/TestPostgres.js"
import { driverOf, run, statement, strayErrors, submit } from "../drivers/postgresql/Sessions.js"

const [size, maxOverflow] = [2, 2]

interface Live {
  readonly pool: Pool
  readonly events: Array<PoolEvent>
  readonly database: TestPostgres.TestDatabase
  readonly holders: Array<Lent>
  readonly waiting: Set<{ readonly giveUp: () => void }>
  readonly failures: Array<DatabaseError>
  /** Statements and cancels under way. */
  readonly pending: Set<Promise<void>>
}

const live = (driver: Driver, database: TestPostgres.TestDatabase): Live => {
  const events: Array<PoolEvent> = []
  const pool = Pools.make({
    connect: (deadlineAt, done) => driver.connect("write", deadlineAt, done),
    size,
    maxOverflow,
    timeoutMs: 10_000,
    connectTimeoutMs: 5000,
    recycleMs: 1500,
    idleMs: 300,
    bypassMs: 20,
    prePing: true,
    log: (event) => events.push(event)
  })
  return { pool, events, database, holders: [], waiting: new Set(), failures: [], pending: new Set() }
}

const acquire = ({ failures, holders, pool, waiting }: Live, budgetMs: number): void => {
  const waiter = { giveUp: () => {} }
  waiting.add(waiter)
  const request = { deadlineAt: performance.now() + budgetMs, held: 0, borrower: undefined }
  waiter.giveUp = pool.acquire(request, (exit) => {
    waiting.delete(waiter)
    if (Exit.isSuccess(exit)) holders.push(exit.value)
    else failures.push(Option.getOrThrow(Cause.failureOption(exit.cause)))
  })
}

const giveUp = ({ waiting }: Live): void => {
  const [waiter] = waiting
  if (waiter === undefined) return
  waiting.delete(waiter)
  waiter.giveUp()
}

const dead = (error: DatabaseError): boolean => error._tag === "ConnectionError"

let asked = 0
/** Asks for a number of its own: an answer or a cancel that belongs to another would show. */
const ask = async ({ session }: Lent): Promise<void> => {
  const number = ++asked
  const exit = await Effect.runPromiseExit(run(session, "select $1::int4", [number]))
  if (Exit.isSuccess(exit)) return expect(exit.value.map((row) => row.map(Number))).toEqual([[number]])
  if (exit.cause._tag === "Fail" && dead(exit.cause.error)) return
  throw new Error(`an innocent statement failed: ${exit.cause}`)
}

/** Runs for half a minute unless it is stopped. */
const sleepAndCancel = async ({ holders, pool }: Live, lent: Lent, keep: boolean): Promise<void> => {
  const answer = Effect.runPromiseExit(submit(lent.session, statement("select pg_sleep(30)")))
  const clean = await new Promise<boolean>((resolve) => pool.cancel(lent, keep, resolve))
  expect(Exit.isFailure(await answer)).toBe(true)
  if (clean && keep) holders.push(lent)
}

/** The signal is sent at once and takes effect a little later: to wait for that keeps it out of what is asserted afterwards. */
const kill = (database: TestPostgres.TestDatabase, pids: ReadonlyArray<number>): Promise<void> =>
  Effect.runPromise(
    Effect.gen(function*() {
      yield* database.witness("select pg_terminate_backend(pid) from unnest($1::int4[]) pid", [pids])
      yield* eventually(TestPostgres.sessionsOf(database), (left) => !left.some(({ pid }) => pids.includes(pid)))
    })
  )

/** What one draw does. */
const act = async (given: Live, [what, which, how]: Draw): Promise<void> => {
  const { database, holders, pending, pool } = given
  const take = () => holders.splice(which % Math.max(1, holders.length), 1)[0]
  const start = (work: Promise<void>) => {
    const tracked = work.finally(() => pending.delete(tracked))
    pending.add(tracked)
  }
  const quick = 1 + (how % 40)
  switch (what) {
    case 0:
    case 1:
    case 2:
      return acquire(given, how % 3 === 0 ? quick : 10_000)
    case 3:
      return giveUp(given)
    case 4:
    case 5: {
      const lent = take()
      return lent && pool.release(lent)
    }
    case 6: {
      const lent = take()
      if (lent !== undefined) start(ask(lent).then(() => void holders.push(lent)))
      return
    }
    case 7: {
      const lent = take()
      if (lent === undefined) return
      await Effect.runPromiseExit(run(lent.session, "begin"))
      return pool.release(lent)
    }
    case 8: {
      const lent = take()
      if (lent !== undefined) start(sleepAndCancel(given, lent, how % 2 === 0))
      return
    }
    case 9:
    case 10: {
      const all = what === 10 && how % 5 === 0
      const sessions = await Effect.runPromise(TestPostgres.sessionsOf(database))
      const victims = sessions.filter((_, index) => all || index === which % sessions.length).map(({ pid }) => pid)
      return kill(database, victims)
    }
    default:
      return Effect.runPromise(pause(how % 7 === 0 ? 400 : quick))
  }
}

const total = (pool: Pool): number => {
  const { draining, idle, leased, opening, quarantined } = pool.stats()
  return idle + leased + opening + quarantined + draining
}

type Draw = readonly [what: number, which: number, how: number]

const play = async (driver: Driver, database: TestPostgres.TestDatabase, draws: ReadonlyArray<Draw>): Promise<void> => {
  const given = live(driver, database)
  const ofServer = Effect.map(
    TestPostgres.sessionsOf(database),
    (all) => all.map(({ pid }) => pid).sort((a, b) => a - b)
  )
  try {
    for (const draw of draws) {
      await act(given, draw)
      expect(total(given.pool)).toBeLessThanOrEqual(size + maxOverflow)
    }
    await goHome(given)
    const pids = await useAll(given)
    await Effect.runPromise(eventually(ofServer, (seen) => String(seen) === String(pids)))
    given.holders.splice(0).forEach(given.pool.release)
    expect(given.pool.stats()).toMatchObject({ leased: 0, opening: 0, quarantined: 0, waiters: 0 })
  } finally {
    await new Promise<void>((closed) => given.pool.close(1000, closed))
  }
  expect(total(given.pool)).toBe(0)
  await Effect.runPromise(eventually(ofServer, (seen) => seen.length === 0))
}

const goHome = async (given: Live): Promise<void> => {
  const { failures, holders, pending, pool, waiting } = given
  while (waiting.size > 0) giveUp(given)
  await Promise.all(pending)
  holders.splice(0).forEach(pool.release)
  expect(failures.filter((error) => !dead(error) && error._tag !== "StatementTimeoutError")).toEqual([])
}

/** Still usable, to its limit; the backends of all. */
const useAll = async (given: Live): Promise<ReadonlyArray<number>> => {
  const { failures, holders, waiting } = given
  failures.splice(0)
  for (let index = 0; index < size + maxOverflow; index++) acquire(given, 10_000)
  await Effect.runPromise(eventually(Effect.sync(() => [holders.length, failures]), () => waiting.size === 0))
  expect(failures).toEqual([])
  await Promise.all(holders.map(ask))
  const pids = holders.map(({ session }) => session.id).sort((a, b) => a - b)
  expect(new Set(pids).size).toBe(size + maxOverflow)
  return pids
}

const draws = fc.array(fc.tuple(fc.nat(12), fc.nat(20), fc.nat(200)), { maxLength: 60, size: "max" })

describe("the pool on PostgreSQL", () => {
  it.scoped(
    "stays usable whatever is killed, and the server's sessions are ours",
    () =>
      Effect.gen(function*() {
        const stray = yield* strayErrors
        const database = yield* TestPostgres.freshDatabase()
        const driver = yield* driverOf(database.url)
        yield* Effect.promise(() =>
          fc.assert(fc.asyncProperty(draws, (draws) => play(driver, database, draws)), {
            numRuns: 15,
            unbiased: true,
            endOnFailure: true,
            interruptAfterTimeLimit: 60_000
          })
        )
        expect(stray).toEqual([])
      }),
    120_000
  )

  it.scoped("recovers from a crash of the server within two seconds of its return", () =>
    Effect.gen(function*() {
      const stray = yield* strayErrors
      const server = yield* TestPostgres.ownServer()
      const database = yield* TestPostgres.freshDatabase({ on: server.info })
      const given = live(yield* driverOf(database.url), database)
      for (let index = 0; index < size + maxOverflow; index++) acquire(given, 10_000)
      yield* eventually(Effect.sync(() => given.holders.length), (held) => held === size + maxOverflow)
      given.holders.splice(0, 2).forEach(given.pool.release)
      yield* server.stop("kill9")
      yield* eventually(Effect.sync(given.pool.stats), ({ idle, leased }) => idle + leased === 0)
      // Down: everybody is told at once.
      const since = performance.now()
      for (let index = 0; index < 10; index++) acquire(given, 10_000)
      yield* eventually(Effect.sync(() => given.failures), (failures) => failures.length === 10)
      expect(given.failures.every(dead)).toBe(true)
      expect(performance.now() - since).toBeLessThan(2000)
      yield* server.restart
      const back = performance.now()
      given.holders.splice(0)
      yield* eventually(
        Effect.sync(() => {
          if (given.holders.length === 0 && given.waiting.size === 0) acquire(given, 10_000)
          return given.holders.length
        }),
        (held) => held === 1
      )
      expect(performance.now() - back).toBeLessThan(2000)
      yield* Effect.promise(() => ask(given.holders[0]!))
      given.holders.splice(0).forEach(given.pool.release)
      yield* Effect.async<void>((resume) => given.pool.close(1000, () => resume(Effect.void)))
      expect(yield* TestPostgres.sessionsOf(database)).toEqual([])
      expect(stray).toEqual([])
    }), 60_000)
})
