/**
 * A connection of SQLite as a session. Statements run within `submit` and are answered before it returns, but for those that
 * find the file locked by another process: they are answered later, and the event loop goes on meanwhile.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as DatabaseError from "../../../Database/DatabaseError.js"
import { now } from "../../../Database/Deadline.js"
import type { Cursor, Done, Session } from "../../Driver.js"
import type { Statement } from "../../Statement.js"
import { busy, retry } from "./busy.js"
import * as Cursors from "./cursor.js"
import { lockTimeoutOf } from "./dialect.js"
import * as Execute from "./execute.js"
import type * as Functions from "./functions.js"
import type { Database } from "./library.js"
import * as Statements from "./statements.js"

type Failure = DatabaseError.DatabaseError

/**
 * What a session needs beside its database.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionOptions {
  /** How long a statement waits for a lock of another process, in milliseconds. */
  readonly lockMs: number
  /** Prepared statements kept. */
  readonly statements: number
  /** Whether the database is still the one that was opened: a file may be replaced under its connections. */
  readonly inPlace: () => boolean
}

/** Reads the file, which `select 1` would not. */
const alive: Statement<void> = {
  sql: "pragma schema_version",
  operation: "validate",
  access: "read",
  lane: "exclusive",
  rows: "raw",
  prepare: true,
  decode: () => Exit.void
}

const gone = (reason: "closed" | "lost"): Failure =>
  new DatabaseError.ConnectionError({ phase: "statement", reason, outcome: "none" })

const occupied = (): Failure =>
  new DatabaseError.CapabilityMissing({
    capability: "a statement while another one, or a stream, is open on the same session",
    dialect: "sqlite",
    hint: "read the stream to its end first, or run the statement outside of the transaction"
  })

const cancelled = (): Failure => new DatabaseError.StatementTimeoutError({ source: "client", phase: "statement" })

/**
 * Makes a session of an open database, which has the functions of `functions.ts`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (database: Database, clock: Functions.Clock, options: SessionOptions): Session => {
  const connection: Execute.Connection = {
    database,
    clock,
    cache: Statements.makeCache(database, options.statements),
    readOnly: false
  }
  let dead = false
  // What is under way and not answered: a wait for a lock, an open cursor. Calling it ends that with the error.
  let waiting: ((error: Failure) => void) | undefined
  let streaming: ((error: Failure) => void) | undefined

  const refusal = (startedAt: number, deadlineAt: number | undefined): Failure | undefined =>
    dead
      ? gone("closed")
      : waiting !== undefined || streaming !== undefined
      ? occupied()
      : deadlineAt !== undefined && startedAt >= deadlineAt
      ? Execute.timeIsOver(startedAt, deadlineAt)
      : undefined

  /** The file is locked: runs again, without blocking, until it is free or the time for locks or the statement's own is over. */
  const wait = <A, E>(
    run: () => Exit.Exit<A, E | Failure> | typeof busy,
    deadlineAt: number | undefined,
    lockMs: number,
    done: Done<A, E | Failure>
  ): void => {
    let stop = () => {}
    const finish = (exit: Exit.Exit<A, E | Failure>) => {
      waiting = undefined
      stop()
      done(exit)
    }
    waiting = (error) => finish(Exit.fail(error))
    stop = retry(
      run,
      Math.min(deadlineAt ?? Infinity, now() + lockMs),
      finish,
      () => finish(Exit.fail(new DatabaseError.LockTimeoutError({})))
    )
  }

  const submit: Session["submit"] = (statement, parameters, deadlineAt, done) => {
    const startedAt = deadlineAt === undefined ? 0 : now()
    const refused = refusal(startedAt, deadlineAt)
    if (refused !== undefined) return done(Exit.fail(refused))
    const exit = Execute.run(connection, statement, parameters, deadlineAt, startedAt)
    if (exit !== busy) return done(exit)
    wait(
      () => Execute.run(connection, statement, parameters, deadlineAt, startedAt),
      deadlineAt,
      lockTimeoutOf(statement.sql) ?? options.lockMs,
      done
    )
  }

  const cursor = <A>(
    statement: Statement<ReadonlyArray<A>>,
    parameters: ReadonlyArray<unknown>,
    chunk: number,
    deadlineAt: number | undefined,
    done: Done<Cursor<A>>
  ): void => {
    const refused = refusal(deadlineAt === undefined ? 0 : now(), deadlineAt)
    if (refused !== undefined) return done(Exit.fail(refused))
    const open = Cursors.open(connection, statement, parameters, chunk, () => (streaming = undefined))
    if (!("pull" in open)) return done(Exit.fail(open))
    streaming = open.stop
    const next: Cursor<A>["next"] = (until, answer) => {
      if (waiting !== undefined) return answer(Exit.fail(occupied()))
      const rows = open.pull(until)
      if (rows !== busy) return answer(rows)
      wait(() => open.pull(until), until, options.lockMs, (exit) => {
        if (Exit.isFailure(exit)) open.stop(gone("closed"))
        answer(exit)
      })
    }
    const close: Cursor<A>["close"] = (closed) => {
      open.stop(gone("closed"))
      closed()
    }
    done(Exit.succeed({ next, close }))
  }

  const interrupt = (error: Failure) => {
    waiting?.(error)
    streaming?.(error)
  }

  const shut = (error: Failure) => {
    if (dead) return
    dead = true
    interrupt(error)
    connection.cache.clear()
    try {
      database.close()
    } catch {
      // Closing fails only while a statement is open, and none is.
    }
  }

  return {
    id: 0,
    submit,
    cursor,
    cancel: (_graceMs, done) => {
      interrupt(cancelled())
      done(true)
    },
    transactionStatus: () => (!dead && database.inTransaction ? "open" : "idle"),
    validate: (done) => {
      if (refusal(0, undefined) !== undefined) return done(false)
      const exit = Execute.run(connection, alive, [], undefined, 0)
      // Locked by another process is alive.
      done((exit === busy || Exit.isSuccess(exit)) && options.inPlace())
    },
    closed: () => dead,
    // Nobody but us ends a connection inside of our own process.
    onClose: () => {},
    destroy: () => shut(gone("lost")),
    close: (done) => {
      shut(gone("closed"))
      done()
    }
  }
}
