/**
 * The driver as its tests use it: sessions as scoped values, statements as effects.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as SqlConfig from "../../../../src/Config/SqlConfig.js"
import type { DatabaseError } from "../../../../src/Database/DatabaseError.js"
import { now } from "../../../../src/Database/Deadline.js"
import type { Cursor, Done, Driver, Session } from "../../../../src/SqlLayer/Driver.js"
import * as Sqlite from "../../../../src/SqlLayer/drivers/sqlite/index.js"
import type { Result, Statement } from "../../../../src/SqlLayer/Statement.js"
import * as Engines from "../../../support/Engines.js"

/** A driver for a URL. */
export const driver = (url: string): Effect.Effect<Driver, DatabaseError> =>
  Effect.zipRight(Engines.sqlite, Effect.flatMap(Effect.orDie(SqlConfig.fromUrl(url)), Sqlite.make))

/** What a callback answers. */
export const answer = <A, E>(register: (done: Done<A, E>) => void): Effect.Effect<A, E> =>
  Effect.async<A, E>((resume) => register((exit) => resume(exit)))

/** A session that ends with the scope. */
export const connect = (
  made: Driver,
  access: "read" | "write",
  withinMs = 5_000
): Effect.Effect<Session, DatabaseError, Scope.Scope> =>
  Effect.acquireRelease(
    answer<Session, DatabaseError>((done) => void made.connect(access, now() + withinMs, done)),
    (session) => Effect.async<void>((resume) => session.close(() => resume(Effect.void)))
  )

/** A session in memory. */
export const memory: Effect.Effect<Session, DatabaseError, Scope.Scope> = Effect.flatMap(
  driver("sqlite://"),
  (made) => connect(made, "write")
)

export type Options = Partial<Pick<Statement<unknown>, "rows" | "prepare" | "access">>

export const statement = (sql: string, options: Options = {}): Statement<Result> => ({
  sql,
  operation: "test",
  access: "write",
  lane: "exclusive",
  rows: "typed",
  prepare: true,
  decode: (result) => Exit.succeed(result),
  ...options
})

/** Runs a statement. */
export const run = (
  session: Session,
  sql: string,
  parameters: ReadonlyArray<unknown> = [],
  options: Options & { readonly withinMs?: number } = {}
): Effect.Effect<Result, DatabaseError> =>
  Effect.suspend(() =>
    answer<Result, DatabaseError>((done) =>
      session.submit(
        statement(sql, options),
        parameters,
        options.withinMs === undefined ? undefined : now() + options.withinMs,
        done
      )
    )
  )

/** Its rows. */
export const rows = (
  session: Session,
  sql: string,
  parameters?: ReadonlyArray<unknown>,
  options?: Options & { readonly withinMs?: number }
): Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, DatabaseError> =>
  Effect.map(run(session, sql, parameters, options), (result) => result.rows)

/** How it fails. */
export const failure = (
  session: Session,
  sql: string,
  parameters?: ReadonlyArray<unknown>,
  options?: Options & { readonly withinMs?: number }
): Effect.Effect<DatabaseError, Result> => Effect.flip(run(session, sql, parameters, options))

/** Opens a cursor over rows. */
export const cursor = (
  session: Session,
  sql: string,
  chunk: number,
  options: Options & { readonly withinMs?: number } = {}
): Effect.Effect<Cursor<ReadonlyArray<unknown>>, DatabaseError> =>
  answer((done) =>
    session.cursor(
      { ...statement(sql, options), decode: (result) => Exit.succeed(result.rows) },
      [],
      chunk,
      options.withinMs === undefined ? undefined : now() + options.withinMs,
      done
    )
  )

export const next = <A>(open: Cursor<A>, withinMs?: number): Effect.Effect<ReadonlyArray<A>, DatabaseError> =>
  answer((done) => open.next(withinMs === undefined ? undefined : now() + withinMs, done))

export const close = (open: Cursor<unknown>): Effect.Effect<void> =>
  Effect.async<void>((resume) => open.close(() => resume(Effect.void)))

/** Counts for ever. */
export const endless = (condition: string): string =>
  `with recursive c(n) as (select 1 union all select n + 1 from c where ${condition}) select n from c`
