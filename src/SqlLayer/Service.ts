/**
 * Builds the service of one database from its driver and its pools: every statement finds its way here.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { RuntimeFiber } from "effect/Fiber"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as DatabaseError from "../Database/DatabaseError.js"
import * as Deadline from "../Database/Deadline.js"
import { SessionSettings } from "../Database/SessionSettings.js"
import type { TransactionOptions } from "../Database/UnitOfWork.js"
import * as Call from "./Call.js"
import * as Client from "./Client.js"
import * as Command from "./Command.js"
import * as Cursor from "./Cursor.js"
import type { Driver } from "./Driver.js"
import { Gate } from "./Gate.js"
import * as Lease from "./Lease.js"
import * as Notifications from "./Notifications.js"
import * as Place from "./Place.js"
import type { Pool } from "./Pool.js"
import type { Sql } from "./Sql.js"
import type { Statement } from "./Statement.js"
import * as Tracing from "./Tracing.js"
import * as Transaction from "./Transaction.js"

/**
 * What a database is made of.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parts {
  readonly driver: Driver
  readonly pools: { readonly read: Pool; readonly write: Pool }
  readonly statementTimeoutMs: number | undefined
  readonly connectTimeoutMs: number
}

/** How long a server with a bound of its own may take to act on it, before we stop the statement ourselves. */
const serverGuardMs = 500

const ping = Command.make("select 1", { operation: "sql.ping", access: "read", lane: "shared", prepare: true })

const deadlineOf = (context: Context.Context<never>): number | undefined =>
  context.unsafeMap.get(Deadline.Deadline.key) as number | undefined

const hasSettings = (context: Context.Context<never>): boolean => {
  const settings = context.unsafeMap.get(SessionSettings.key) as Readonly<Record<string, string>> | undefined
  return settings !== undefined && Object.keys(settings).length > 0
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ connectTimeoutMs, driver, pools, statementTimeoutMs }: Parts): Effect.Effect<Sql> => {
  const owner = {}
  const synchronous = driver.topology !== "pooled"
  const guardMs = driver.capabilities.statementTimeout === "server" ? serverGuardMs : 0
  const always: Call.Bounds = { deadlineAt: undefined, statementMs: statementTimeoutMs, guardMs }
  const boundsAt = (deadlineAt: number | undefined): Call.Bounds =>
    deadlineAt === undefined ? always : { deadlineAt, statementMs: statementTimeoutMs, guardMs }
  const free = {
    read: Place.fromPool(pools.read, 0, undefined),
    write: Place.fromPool(pools.write, 0, undefined)
  }

  const placeOf = (fiber: RuntimeFiber<unknown, unknown>, access: "read" | "write"): Place.Place => {
    const context = fiber.currentContext
    const lease = Lease.find(context, owner)
    if (lease !== undefined) return Place.fromLease(lease)
    const span = fiber.currentSpan
    if (span === undefined || span._tag !== "Span") return free[access]
    return Place.fromPool(pools[access], 0, () => span.name)
  }

  const dispatch = <A, E>(
    fiber: RuntimeFiber<unknown, unknown>,
    statement: Statement<A, E>,
    parameters: ReadonlyArray<unknown>
  ): Effect.Effect<A, E | DatabaseError.DatabaseError> => {
    const context = fiber.currentContext
    const place = placeOf(fiber, statement.access)
    // Settings are local to a transaction: a single statement that must carry them becomes one.
    if (hasSettings(context) && Lease.find(context, owner) === undefined) {
      return Transaction.run(environment, run(statement, parameters), {})
    }
    return Call.run(place, statement, parameters, boundsAt(deadlineOf(context)), synchronous)
  }

  const run = <A, E>(
    statement: Statement<A, E>,
    parameters: ReadonlyArray<unknown>
  ): Effect.Effect<A, E | DatabaseError.DatabaseError> =>
    Effect.withFiberRuntime((fiber) =>
      Tracing.listening(fiber)
        ? Tracing.traced(
          driver.dialect,
          statement,
          Effect.withFiberRuntime((inner) => dispatch(inner, statement, parameters))
        )
        : dispatch(fiber, statement, parameters)
    )

  const stream = <A>(
    statement: Statement<ReadonlyArray<A>>,
    parameters: ReadonlyArray<unknown>
  ): Stream.Stream<A, DatabaseError.DatabaseError> =>
    Stream.unwrap(Effect.withFiberRuntime((fiber) =>
      Effect.succeed(
        Cursor.stream(placeOf(fiber, statement.access), statement, parameters, deadlineOf(fiber.currentContext))
      )
    ))

  const runner: Client.Runner = { driver, run, stream }
  const connection = Client.connection(runner)
  const environment: Transaction.Environment = { owner, driver, pools, connection, statementTimeoutMs }
  const transaction = <A, E, R>(effect: Effect.Effect<A, E, R>, options: TransactionOptions = {}) =>
    Transaction.run(environment, effect, options)

  return Effect.map(
    Client.make(runner, connection, transaction, reserve(owner, pools.write, connection)),
    (client): Sql => ({
      dialect: driver.dialect,
      capabilities: driver.capabilities,
      driver,
      timeLimited: statementTimeoutMs !== undefined,
      client,
      run,
      stream,
      transaction,
      afterCommit: (effect) => afterCommit(owner, effect),
      listen: (channel) => Notifications.listen(driver, connectTimeoutMs, channel),
      notify: (channel, payload) =>
        driver.dialect === "postgresql"
          ? Effect.asVoid(run(Notifications.notify, [channel, payload]))
          : Effect.fail(Notifications.missing(driver)),
      withinDeadline: Deadline.withinDeadline,
      ping: Effect.asVoid(run(ping, [])),
      stats: Effect.sync(() => ({ write: pools.write.stats(), read: pools.read.stats() }))
    })
  )
}

/** In a transaction: kept for its commit, with the services of now and without the transaction itself. Else: at once. */
const afterCommit = <R>(owner: object, effect: Effect.Effect<void, never, R>): Effect.Effect<void, never, R> =>
  Effect.withFiberRuntime((fiber) => {
    const lease = Lease.find(fiber.currentContext, owner)
    if (lease === undefined || !lease.transactional) return effect
    // The fiber's context holds R: the effect was about to run in it.
    const context = Context.omit(SqlClient.TransactionConnection)(fiber.currentContext) as Context.Context<R>
    lease.afterCommit.push(Effect.provide(effect, context))
    return Effect.void
  })

/** A session of one's own for a scope, without a transaction around it. */
const reserve = (
  owner: object,
  pool: Pool,
  base: Connection
): Effect.Effect<Connection, DatabaseError.DatabaseError, Scope> =>
  Effect.withFiberRuntime((fiber) => {
    const outer = Lease.innermost(fiber.currentContext)
    const place = Place.fromPool(pool, Lease.countHeld(outer, pool), undefined)
    return Effect.flatMap(
      Cursor.borrow(place, deadlineOf(fiber.currentContext), { stopped: false }),
      (lent) =>
        Effect.map(
          Effect.acquireRelease(
            Effect.sync(() => {
              const held: Lease.Held = {
                pool,
                lent,
                access: "read-write",
                wire: new Gate(),
                savepoints: 0,
                lost: undefined
              }
              return Lease.make(owner, held, outer, { parent: undefined, transactional: false })
            }),
            (lease) =>
              Effect.sync(() => {
                lease.closed = true
              })
          ),
          (lease) => onLease(lease, base)
        )
    )
  })

/** A connection whose statements run on this lease, whatever the fiber's context says. */
const onLease = (lease: Lease.Lease, base: Connection): Connection => {
  const inside = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.mapInputContext(
      effect,
      (context: Context.Context<R>) =>
        Context.add(context, SqlClient.TransactionConnection, [Lease.connection(lease, base), 0])
    )
  return {
    execute: (sql, parameters, transform) => inside(base.execute(sql, parameters, transform)),
    executeRaw: (sql, parameters) => inside(base.executeRaw(sql, parameters)),
    executeStream: (sql, parameters, transform) =>
      Stream.mapInputContext(
        base.executeStream(sql, parameters, transform),
        (context: Context.Context<never>) =>
          Context.add(context, SqlClient.TransactionConnection, [Lease.connection(lease, base), 0])
      ),
    executeValues: (sql, parameters) => inside(base.executeValues(sql, parameters)),
    executeUnprepared: (sql, parameters, transform) => inside(base.executeUnprepared(sql, parameters, transform))
  }
}
