/**
 * Transactions that tell the truth: COMMIT's own answer decides, a lost answer is `CommitUnknown`, a rollback's failure never
 * hides the error that caused it, nested transactions have savepoints of their own, and what outlives its transaction is refused.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { AnySpan } from "effect/Tracer"
import * as DatabaseError from "../Database/DatabaseError.js"
import * as Deadline from "../Database/Deadline.js"
import { SessionSettings } from "../Database/SessionSettings.js"
import type { TransactionOptions } from "../Database/UnitOfWork.js"
import * as Arrival from "./Arrival.js"
import type { Restore } from "./Arrival.js"
import * as Call from "./Call.js"
import * as Command from "./Command.js"
import type * as Driver from "./Driver.js"
import { Gate } from "./Gate.js"
import * as Lease from "./Lease.js"
import * as Place from "./Place.js"
import type { AcquireRequest, Lent, Pool } from "./Pool.js"
import type { Result } from "./Statement.js"

/**
 * What the runner needs of its database.
 *
 * @since 0.1.0
 * @category models
 */
export interface Environment {
  /** The identity that leases of this database carry. */
  readonly owner: object
  readonly driver: Driver.Driver
  readonly pools: { readonly read: Pool; readonly write: Pool }
  /** What `@effect/sql` sees inside a transaction. */
  readonly connection: Connection
  readonly statementTimeoutMs: number | undefined
}

/** ROLLBACK gets so long, then the connection is dropped, which rolls back as well. */
const rollbackMs = 2_000
/** COMMIT goes on for at least so long, even when the deadline has passed meanwhile: better to know. */
const commitMs = 2_000

const statement = Command.cached(256, (sql) =>
  Command.make(sql, {
    operation: sql.slice(0, sql.search(/\s|$/)).toUpperCase(),
    access: "write",
    lane: "transaction",
    prepare: false
  }))

type Failed = DatabaseError.DatabaseError

const command = (
  held: Lease.Held,
  sql: string,
  parameters: ReadonlyArray<unknown>,
  deadlineAt: number | undefined
): Effect.Effect<Result, Failed> =>
  Call.run(Place.fromHeld(held), statement(sql), parameters, { ...Call.unbounded, deadlineAt }, false)

const failureOf = <E>(cause: Cause.Cause<E>): Failed | undefined =>
  cause._tag === "Fail" ? DatabaseError.fromUnknown(cause.error) : undefined

/**
 * Runs an effect in a transaction of this database, or in a nested one where one is open.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <A, E, R>(
  environment: Environment,
  effect: Effect.Effect<A, E, R>,
  options: TransactionOptions
): Effect.Effect<A, E | Failed, R> =>
  Effect.withFiberRuntime((fiber) => {
    const context = fiber.currentContext
    const refused = checkOptions(environment, options)
    if (refused !== undefined) return Effect.fail(refused)
    const current = Lease.find(context, environment.owner)
    if (current !== undefined && current.transactional) {
      return nested(environment, current, context, effect, options)
    }
    const outerDeadline = context.unsafeMap.get(Deadline.Deadline.key) as number | undefined
    const own = options.deadline === undefined ? undefined : Deadline.now() + Duration.toMillis(options.deadline)
    const deadlineAt = Deadline.earlier(outerDeadline, own)
    const once = outermost(environment, context, effect, options, deadlineAt, borrowerOf(fiber.currentSpan))
    return options.retry === undefined ? once : retrying(once, options.retry, deadlineAt)
  })

const borrowerOf = (span: AnySpan | undefined) => (): string | undefined =>
  span !== undefined && span._tag === "Span" ? span.name : undefined

const checkOptions = (environment: Environment, options: TransactionOptions): Failed | undefined => {
  const { capabilities, dialect } = environment.driver
  if (!capabilities.transactions) return new DatabaseError.CapabilityMissing({ capability: "transactions", dialect })
  if (options.isolation !== undefined && !capabilities.isolation.includes(options.isolation)) {
    return new DatabaseError.CapabilityMissing({
      capability: `isolation level ${options.isolation}`,
      dialect,
      hint: `it has ${capabilities.isolation.join(", ")}`
    })
  }
  return undefined
}

const poolFor = (environment: Environment, options: TransactionOptions): Pool =>
  options.access === "read-only" ? environment.pools.read : environment.pools.write

// ── the outermost transaction ────────────────────────────────────────────────────────────────────────────────────────

const outermost = <A, E, R>(
  environment: Environment,
  context: Context.Context<never>,
  effect: Effect.Effect<A, E, R>,
  options: TransactionOptions,
  deadlineAt: number | undefined,
  borrower: () => string | undefined
): Effect.Effect<A, E | Failed, R> =>
  Effect.uninterruptibleMask((restore) => {
    const pool = poolFor(environment, options)
    const outer = Lease.innermost(context)
    return holding(pool, { deadlineAt, held: Lease.countHeld(outer, pool), borrower }, restore, (lent) => {
      const held: Lease.Held = {
        pool,
        lent,
        access: options.access ?? "read-write",
        wire: new Gate(),
        savepoints: 0,
        lost: undefined
      }
      const lease = Lease.make(environment.owner, held, outer, { parent: undefined, transactional: true })
      const body = Effect.flatMap(restore(begin(environment, held, context, options, deadlineAt)), () =>
        restore(within(environment, lease, effect, deadlineAt)))
      return Effect.flatMap(Effect.exit(body), (exit) =>
        settle(
          lease,
          Exit.isSuccess(exit) ? commit(environment, lease, exit, deadlineAt) : rollback(environment, lease, exit)
        ))
    }, (lease) =>
      runAfterCommit(lease))
  })

/** Afterwards nobody may use the lease any more, whatever happened. */
const settle = <A, E, R>(
  lease: Lease.Lease,
  end: Effect.Effect<Exit.Exit<A, E>, never, R>
): Effect.Effect<readonly [Lease.Lease, Exit.Exit<A, E>], never, R> => Effect.map(end, (exit) => [lease, exit] as const)

/** Takes a session, uses it, gives it back, and only then does what has to wait for that. */
const holding = <A, E, R>(
  pool: Pool,
  request: AcquireRequest,
  restore: Restore,
  use: (lent: Lent) => Effect.Effect<readonly [Lease.Lease, Exit.Exit<A, E | Failed>], never, R>,
  afterwards: (lease: Lease.Lease) => Effect.Effect<void>
): Effect.Effect<A, E | Failed, R> =>
  Effect.flatMap(
    Arrival.wait<Lent, Failed>((arrived) => pool.acquire(request, arrived), pool.release, restore),
    (exit): Effect.Effect<A, E | Failed, R> => {
      if (Exit.isFailure(exit)) return Effect.failCause(exit.cause)
      return Effect.flatMap(use(exit.value), ([lease, result]) => {
        pool.release(exit.value)
        return Exit.isSuccess(result) && lease.afterCommit.length > 0
          ? Effect.as(restore(afterwards(lease)), result.value)
          : result
      })
    }
  )

const runAfterCommit = (lease: Lease.Lease): Effect.Effect<void> =>
  Effect.forEach(
    lease.afterCommit,
    (effect) =>
      Effect.catchAllCause(effect, (cause) =>
        Effect.logError("an afterCommit effect died; the transaction is committed all the same", cause)),
    { discard: true }
  )

const begin = (
  environment: Environment,
  held: Lease.Held,
  context: Context.Context<never>,
  options: TransactionOptions,
  deadlineAt: number | undefined
): Effect.Effect<void, Failed> =>
  Effect.suspend(() => {
    const { transaction: grammar } = environment.driver
    const remaining = deadlineAt === undefined ? undefined : Math.max(1, Math.ceil(deadlineAt - Deadline.now()))
    const asked = options.statementTimeout === undefined ? undefined : Duration.toMillis(options.statementTimeout)
    // The configured bound is the session's own already; only a smaller one has to be said.
    const bounds = [asked, remaining, environment.statementTimeoutMs].filter((ms) => ms !== undefined)
    const statementMs = asked === undefined && remaining === undefined ? undefined : Math.min(...bounds)
    const lockMs = options.lockTimeout === undefined ? undefined : Duration.toMillis(options.lockTimeout)
    const commands: Array<Driver.Command> = [...grammar.begin(options)]
    if (statementMs !== undefined || lockMs !== undefined) {
      commands.push(...grammar.timeouts({ statementMs, lockMs, transactionMs: remaining }))
    }
    const settings = context.unsafeMap.get(SessionSettings.key) as Readonly<Record<string, string>> | undefined
    if (settings !== undefined && Object.keys(settings).length > 0) {
      if (grammar.settings === undefined) {
        return Effect.fail(
          new DatabaseError.CapabilityMissing({
            capability: "settings of a transaction",
            dialect: environment.driver.dialect
          })
        )
      }
      commands.push(grammar.settings(settings))
    }
    return Effect.forEach(commands, ({ parameters, sql }) => command(held, sql, parameters, deadlineAt), {
      discard: true
    })
  }).pipe(Effect.mapError((error) => inPhase(error, "begin")))

const inPhase = (error: Failed, phase: DatabaseError.Phase): Failed => {
  if (error._tag === "StatementTimeoutError" && error.phase === "statement") {
    const { budgetMs, cause, elapsedMs, source } = error
    return new DatabaseError.StatementTimeoutError({ source, phase, budgetMs, elapsedMs, cause })
  }
  if (error._tag === "ConnectionError" && error.phase === "statement") {
    return new DatabaseError.ConnectionError({ phase, reason: error.reason, outcome: "none", cause: error.cause })
  }
  return error
}

const within = <A, E, R>(
  environment: Environment,
  lease: Lease.Lease,
  effect: Effect.Effect<A, E, R>,
  deadlineAt: number | undefined
): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(effect, (context: Context.Context<R>) => {
    const inner = Context.add(context, SqlClient.TransactionConnection, [
      Lease.connection(lease, environment.connection),
      lease.depth
    ])
    return deadlineAt === undefined ? inner : Context.add(inner, Deadline.Deadline, deadlineAt)
  })

// ── ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Waits for a statement that another fiber of the transaction still has on the session. */
const quiet = (held: Lease.Held): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    held.wire.enter(() => {
      held.wire.leave()
      resume(Effect.void)
    })
  })

/** The same, but stops that statement: ROLLBACK must not wait for it. Done when the server has confirmed the stop. */
const silence = (held: Lease.Held): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    let running = true
    held.wire.enter(() => {
      running = false
      held.wire.leave()
    })
    if (running) held.pool.cancel(held.lent, true, () => resume(Effect.void))
    else resume(Effect.void)
  })

const commit = <A, E>(
  environment: Environment,
  lease: Lease.Lease,
  success: Exit.Exit<A, E>,
  deadlineAt: number | undefined
): Effect.Effect<Exit.Exit<A, E | Failed>> => {
  const { held } = lease
  const fail = (error: Failed): Effect.Effect<Exit.Exit<A, E | Failed>> =>
    Effect.as(quietRollback(environment, held), Exit.fail(error))
  return Effect.flatMap(quiet(held), () => {
    const refusal = Lease.refusal(lease) ?? overdue(deadlineAt, "commit")
    lease.closed = true
    if (refusal !== undefined) return fail(refusal)
    const until = deadlineAt === undefined ? undefined : Math.max(deadlineAt, Deadline.now() + commitMs)
    return Effect.flatMap(
      Effect.exit(command(held, environment.driver.transaction.commit, [], until)),
      (exit): Effect.Effect<Exit.Exit<A, E | Failed>> => {
        if (Exit.isSuccess(exit)) {
          const committed = exit.value.command === "" || exit.value.command === "COMMIT"
          return Effect.succeed(committed ? success : Exit.fail(new DatabaseError.TransactionAborted({})))
        }
        const error = failureOf(exit.cause)
        if (error === undefined) return Effect.succeed(Exit.failCause(exit.cause))
        const neverSent = error._tag === "ConnectionError" && error.outcome === "none"
        return held.lent.session.closed() && !neverSent
          ? Effect.succeed(Exit.fail(new DatabaseError.CommitUnknown({ cause: error })))
          : fail(inPhase(error, "commit"))
      }
    )
  })
}

const overdue = (deadlineAt: number | undefined, phase: DatabaseError.Phase): Failed | undefined =>
  deadlineAt !== undefined && Deadline.now() >= deadlineAt
    ? new DatabaseError.StatementTimeoutError({ source: "client", phase })
    : undefined

const rollback = <A, E>(
  environment: Environment,
  lease: Lease.Lease,
  failure: Exit.Exit<A, E>
): Effect.Effect<Exit.Exit<A, E>> => {
  lease.closed = true
  return Effect.as(Effect.zipRight(silence(lease.held), quietRollback(environment, lease.held)), failure)
}

/** Rolls back if there is something to roll back; if even that fails, drops the connection, which does it as well. */
const quietRollback = (environment: Environment, held: Lease.Held): Effect.Effect<void> => {
  const { session } = held.lent
  if (session.closed() || session.transactionStatus() === "idle") return Effect.void
  return Effect.map(
    Effect.exit(command(held, environment.driver.transaction.rollback, [], Deadline.now() + rollbackMs)),
    (exit) => {
      if (Exit.isFailure(exit) || session.transactionStatus() !== "idle") session.destroy()
    }
  )
}

// ── nested transactions ──────────────────────────────────────────────────────────────────────────────────────────────

const nested = <A, E, R>(
  environment: Environment,
  parent: Lease.Lease,
  context: Context.Context<never>,
  effect: Effect.Effect<A, E, R>,
  options: TransactionOptions
): Effect.Effect<A, E | Failed, R> => {
  const { capabilities, dialect } = environment.driver
  const mode = options.nested ?? (capabilities.savepoints ? "savepoint" : "join")
  const outerDeadline = context.unsafeMap.get(Deadline.Deadline.key) as number | undefined
  const own = options.deadline === undefined ? undefined : Deadline.now() + Duration.toMillis(options.deadline)
  const deadlineAt = Deadline.earlier(outerDeadline, own)
  const refuse = (capability: string, hint: string): Effect.Effect<never, Failed> =>
    Effect.fail(new DatabaseError.CapabilityMissing({ capability, dialect, hint }))
  if (options.isolation !== undefined) return refuse("isolation of a nested transaction", "set it on the outermost one")
  if (parent.held.access === "read-only" && options.access === "read-write") {
    return refuse("a read-write transaction inside a read-only one", "make the outermost one read-write")
  }
  switch (mode) {
    case "forbid":
      return refuse("a transaction inside a transaction here", "this one was declared nested: \"forbid\"")
    case "join": {
      const refusal = Lease.refusal(parent)
      return refusal === undefined ? within(environment, parent, effect, deadlineAt) : Effect.fail(refusal)
    }
    case "savepoint":
      return capabilities.savepoints
        ? savepoint(environment, parent, context, effect, deadlineAt)
        : refuse("savepoints", "use nested: \"join\"")
  }
}

const savepoint = <A, E, R>(
  environment: Environment,
  parent: Lease.Lease,
  context: Context.Context<never>,
  effect: Effect.Effect<A, E, R>,
  deadlineAt: number | undefined
): Effect.Effect<A, E | Failed, R> =>
  Effect.uninterruptibleMask((restore) => {
    const { held } = parent
    const grammar = environment.driver.transaction
    const enterParent = Arrival.wait<void, never>(
      (arrived) => parent.gate.enter(() => arrived(Exit.void)),
      () => parent.gate.leave(),
      restore
    )
    return Effect.flatMap(enterParent, (entered): Effect.Effect<A, E | Failed, R> => {
      if (Exit.isFailure(entered)) return Effect.failCause(entered.cause)
      const refusal = Lease.refusal(parent)
      if (refusal !== undefined) {
        parent.gate.leave()
        return Effect.fail(refusal)
      }
      const name = `svc_${++held.savepoints}`
      const lease = Lease.make(environment.owner, held, Lease.innermost(context), {
        parent,
        transactional: true
      })
      const set = Effect.mapError(command(held, grammar.savepoint(name), [], deadlineAt), (error) =>
        inPhase(error, "begin"))
      const whole = Effect.flatMap(Effect.exit(set), (ready): Effect.Effect<Exit.Exit<A, E | Failed>, never, R> =>
        Exit.isFailure(ready)
          ? Effect.succeed(Exit.failCause(ready.cause))
          : Effect.flatMap(Effect.exit(restore(within(environment, lease, effect, deadlineAt))), (exit) =>
            Exit.isSuccess(exit)
              ? release(environment, lease, parent, name, exit)
              : backTo(environment, lease, name, exit)))
      return Effect.flatMap(whole, (exit) => {
        parent.gate.leave()
        return exit
      })
    })
  })

const release = <A, E>(
  environment: Environment,
  lease: Lease.Lease,
  parent: Lease.Lease,
  name: string,
  success: Exit.Exit<A, E>
): Effect.Effect<Exit.Exit<A, E | Failed>> =>
  Effect.flatMap(quiet(lease.held), (): Effect.Effect<Exit.Exit<A, E | Failed>> => {
    const { held } = lease
    const grammar = environment.driver.transaction
    const refusal = Lease.refusal(lease)
    lease.closed = true
    // A statement failed inside and its error was caught: what follows the failure never ran, so this is no success.
    if (refusal !== undefined) return backTo<A, E | Failed>(environment, lease, name, Exit.fail(refusal))
    const done = (): Exit.Exit<A, E> => {
      parent.afterCommit.push(...lease.afterCommit)
      return success
    }
    if (grammar.release === undefined) return Effect.sync(done)
    return Effect.flatMap(
      Effect.exit(command(held, grammar.release(name), [], Deadline.now() + commitMs)),
      (exit) =>
        Exit.isSuccess(exit)
          ? Effect.sync(done)
          : backTo<A, E | Failed>(environment, lease, name, Exit.failCause(exit.cause))
    )
  })

const backTo = <A, E>(
  environment: Environment,
  lease: Lease.Lease,
  name: string,
  failure: Exit.Exit<A, E>
): Effect.Effect<Exit.Exit<A, E>> => {
  lease.closed = true
  const { held, parent } = lease
  const { session } = held.lent
  const grammar = environment.driver.transaction
  // The session is no longer this transaction's: the outermost one has ended before.
  if (parent !== undefined && Lease.ended(parent)) return Effect.succeed(failure)
  return Effect.flatMap(silence(held), () => {
    if (session.closed() || session.transactionStatus() === "idle") return Effect.succeed(failure)
    const back = command(held, grammar.rollbackTo(name), [], Deadline.now() + rollbackMs)
    // ROLLBACK TO keeps the savepoint itself; thousands of them in a loop would pile up.
    const tidy = grammar.release === undefined
      ? back
      : Effect.zipRight(back, command(held, grammar.release(name), [], Deadline.now() + rollbackMs))
    return Effect.map(Effect.exit(tidy), (exit) => {
      if (Exit.isFailure(exit)) session.destroy()
      return failure
    })
  })
}

// ── retry ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const again: ReadonlySet<Failed["_tag"]> = new Set(["SerializationError", "DeadlockError"])

const retrying = <A, E, R>(
  once: Effect.Effect<A, E | Failed, R>,
  retry: NonNullable<TransactionOptions["retry"]>,
  deadlineAt: number | undefined
): Effect.Effect<A, E | Failed, R> => {
  const base = Duration.toMillis(retry.baseDelay ?? 10)
  const most = Duration.toMillis(retry.maxDelay ?? 1_000)
  const attemptNumber = (attempts: number): Effect.Effect<A, E | Failed, R> =>
    Effect.catchAll(once, (error): Effect.Effect<A, E | Failed, R> => {
      const known = DatabaseError.fromUnknown(error)
      if (!again.has(known._tag)) return Effect.fail(error)
      const pause = Math.random() * Math.min(most, base * 2 ** (attempts - 1))
      const tooLate = deadlineAt !== undefined && Deadline.now() + pause >= deadlineAt
      if (attempts > retry.times || tooLate) {
        return Effect.fail(new DatabaseError.TransactionRetriesExhausted({ attempts, last: known, cause: error }))
      }
      return Effect.zipRight(Effect.sleep(pause), attemptNumber(attempts + 1))
    })
  return attemptNumber(1)
}
