/**
 * The driver's callbacks as Effects, for tests.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as SqlConfig from "../../../../src/Config/SqlConfig.js"
import type { DatabaseError } from "../../../../src/Database/DatabaseError.js"
import { now } from "../../../../src/Database/Deadline.js"
import type { Cursor, Driver, Session } from "../../../../src/SqlLayer/Driver.js"
import * as Postgresql from "../../../../src/SqlLayer/drivers/postgresql/index.js"
import type { Result, Statement } from "../../../../src/SqlLayer/Statement.js"

export const engines = ["postgresql", "postgresql18"] as const

/** A statement that answers the result itself. */
export const statement = (
  sql: string,
  options: Partial<Statement<Result, DatabaseError>> = {}
): Statement<Result, DatabaseError> => ({
  sql,
  operation: "test",
  access: "write",
  lane: "exclusive",
  rows: "raw",
  prepare: false,
  decode: Exit.succeed,
  ...options
})

export const driverOf = (url: string): Effect.Effect<Driver, DatabaseError> =>
  SqlConfig.fromUrl(url).pipe(Effect.orDie, Effect.provide(NodeFileSystem.layer), Effect.flatMap(Postgresql.make))

/** One attempt to connect; interrupting it gives it up. */
export const attempt = (driver: Driver, budget = 10_000): Effect.Effect<Session, DatabaseError> =>
  Effect.async((resume) => {
    const giveUp = driver.connect("write", now() + budget, resume)
    return Effect.sync(giveUp)
  })

/** A session for this scope. */
export const connect = (url: string): Effect.Effect<Session, DatabaseError, Scope.Scope> =>
  Effect.flatMap(driverOf(url), session)

export const session = (driver: Driver): Effect.Effect<Session, DatabaseError, Scope.Scope> =>
  Effect.acquireRelease(attempt(driver), close)

export const close = (session: Session): Effect.Effect<void> =>
  Effect.async((resume) => session.close(() => resume(Effect.void)))

export const submit = <A>(
  session: Session,
  statement: Statement<A, DatabaseError>,
  parameters: ReadonlyArray<unknown> = []
): Effect.Effect<A, DatabaseError> => Effect.async((resume) => session.submit(statement, parameters, undefined, resume))

/** The rows of a text. */
export const run = (
  session: Session,
  sql: string,
  parameters: ReadonlyArray<unknown> = [],
  options: Partial<Statement<Result, DatabaseError>> = {}
): Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, DatabaseError> =>
  Effect.map(submit(session, statement(sql, options), parameters), (result) => result.rows)

/** The failure of a text. */
export const failure = (
  session: Session,
  sql: string,
  parameters: ReadonlyArray<unknown> = [],
  options: Partial<Statement<Result, DatabaseError>> = {}
): Effect.Effect<DatabaseError> => Effect.orDieWith(Effect.flip(run(session, sql, parameters, options)), unexpected)

const unexpected = (value: unknown) => new Error(`succeeded with ${JSON.stringify(value)}`)

export const cancel = (session: Session, grace = 5000): Effect.Effect<boolean> =>
  Effect.async((resume) => session.cancel(grace, (clean) => resume(Effect.succeed(clean))))

export const validate = (session: Session): Effect.Effect<boolean> =>
  Effect.async((resume) => session.validate((alive) => resume(Effect.succeed(alive))))

/** The error the session dies of. */
export const death = (session: Session): Effect.Effect<DatabaseError> =>
  Effect.async((resume) => session.onClose((error) => resume(Effect.succeed(error))))

export const cursor = (
  session: Session,
  sql: string,
  parameters: ReadonlyArray<unknown>,
  chunk: number,
  options: Partial<Statement<ReadonlyArray<ReadonlyArray<unknown>>>> = {}
): Effect.Effect<Cursor<ReadonlyArray<unknown>>, DatabaseError> =>
  Effect.async((resume) =>
    session.cursor(
      {
        sql,
        operation: "test",
        access: "read",
        lane: "exclusive",
        rows: "raw",
        prepare: false,
        decode: (result) => Exit.succeed(result.rows),
        ...options
      },
      parameters,
      chunk,
      undefined,
      resume
    )
  )

export const next = <A>(cursor: Cursor<A>): Effect.Effect<ReadonlyArray<A>, DatabaseError> =>
  Effect.async((resume) => cursor.next(undefined, resume))

export const closeCursor = <A>(cursor: Cursor<A>): Effect.Effect<void> =>
  Effect.async((resume) => cursor.close(() => resume(Effect.void)))

/** What a process must never see; collected while the scope lives. */
export const strayErrors: Effect.Effect<ReadonlyArray<unknown>, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const seen: Array<unknown> = []
    const note = (error: unknown) => void seen.push(error)
    process.on("uncaughtException", note)
    process.on("unhandledRejection", note)
    return { seen, note }
  }),
  ({ note }) =>
    Effect.sync(() => {
      process.off("uncaughtException", note)
      process.off("unhandledRejection", note)
    })
).pipe(Effect.map(({ seen }) => seen))
