/**
 * A standard `SqlClient` over our own pools and transactions, so that handwritten SQL, `SqlSchema`, `SqlResolver` and `Model` of
 * `@effect/sql` get them. It fails with `SqlError`, whose `cause` is a member of `DatabaseError`.
 *
 * @since 0.1.0
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as SqlStatement from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import type { DatabaseError } from "../Database/DatabaseError.js"
import * as Command from "./Command.js"
import type { Driver } from "./Driver.js"
import type { Result, Statement } from "./Statement.js"

/**
 * How statements run; a `Sql` without its client.
 *
 * @since 0.1.0
 * @category models
 */
export interface Runner {
  readonly driver: Driver
  readonly run: <A, E>(
    statement: Statement<A, E>,
    parameters: ReadonlyArray<unknown>
  ) => Effect.Effect<A, E | DatabaseError>
  readonly stream: <A>(
    statement: Statement<ReadonlyArray<A>>,
    parameters: ReadonlyArray<unknown>
  ) => Stream.Stream<A, DatabaseError>
}

const sqlError = (error: DatabaseError): SqlError => new SqlError({ cause: error, message: error.message })

type Row = Record<string, unknown>

const objects = ({ fields, rows }: Result): ReadonlyArray<Row> =>
  rows.map((row) => {
    const object: Row = {}
    for (let index = 0; index < fields.length; index++) object[fields[index]!] = row[index]
    return object
  })

/** How many texts of handwritten SQL keep their statement; a text beyond is compiled anew. */
const remembered = 512

/**
 * On a SQLite file a plain SELECT cannot write, so a reader may run it beside an open transaction. Elsewhere nothing follows from
 * the access of a handwritten statement but what its loss means: it counts as a write.
 */
const accessOf = (driver: Driver, sql: string): "read" | "write" =>
  driver.topology === "writer-readers" && /^\s*select\b/i.test(sql) ? "read" : "write"

/**
 * A connection of `@effect/sql` whose every statement finds its own way: into the open transaction, or to the pool.
 *
 * @since 0.1.0
 * @category constructors
 */
export const connection = (runner: Runner): Connection => {
  const plain = (prepare: boolean) =>
    Command.cached(
      remembered,
      (sql) =>
        Command.make(sql, {
          operation: "sql.execute",
          access: accessOf(runner.driver, sql),
          lane: "exclusive",
          prepare
        })
    )
  const decoding = <A>(source: (sql: string) => Statement<Result>, decode: (result: Result) => A) =>
    Command.cached(remembered, (sql): Statement<A> => ({
      ...source(sql),
      decode: (result) => Exit.succeed(decode(result))
    }))
  const prepared = plain(true)
  const unprepared = plain(false)
  const toObjects = decoding(prepared, objects)
  const toObjectsUnprepared = decoding(unprepared, objects)
  const toValues = decoding(prepared, (result) => result.rows)
  const run = <A>(statement: Statement<A>, parameters: ReadonlyArray<unknown>): Effect.Effect<A, SqlError> =>
    Effect.mapError(runner.run(statement, parameters), sqlError)
  return {
    execute: (sql, parameters, transform) => {
      const rows = run(toObjects(sql), parameters)
      return transform === undefined ? rows : Effect.map(rows, transform)
    },
    executeRaw: (sql, parameters) => run(prepared(sql), parameters),
    executeStream: (sql, parameters, transform) => {
      const rows = Stream.mapError(runner.stream(toObjects(sql), parameters), sqlError)
      return transform === undefined
        ? rows
        : Stream.mapConcat(rows, (row) => transform([row]))
    },
    executeValues: (sql, parameters) => run(toValues(sql), parameters),
    executeUnprepared: (sql, parameters, transform) => {
      const rows = run(toObjectsUnprepared(sql), parameters)
      return transform === undefined ? rows : Effect.map(rows, transform)
    }
  }
}

/** Keeps the errors of an effect apart from those of the transaction around it. */
class Inside<E> {
  readonly _tag = "Inside"
  constructor(readonly cause: E) {}
}

/**
 * Builds the client. `SqlClient.make` would bring its own transactions; only the statement constructor is used.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  runner: Runner,
  base: Connection,
  transaction: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | DatabaseError, R>,
  reserve: Effect.Effect<Connection, DatabaseError, Scope>
): Effect.Effect<SqlClient.SqlClient> =>
  Effect.map(Reactivity.make, (reactivity) => {
    const constructor = SqlStatement.make(Effect.succeed(base), runner.driver.compiler, [
      ["db.system.name", runner.driver.dialect]
    ], undefined)
    const members: Omit<SqlClient.SqlClient, keyof SqlStatement.Constructor | "safe" | "withoutTransforms"> = {
      [SqlClient.TypeId]: SqlClient.TypeId,
      reserve: Effect.mapError(reserve, sqlError),
      withTransaction: (effect) =>
        Effect.mapError(transaction(Effect.mapError(effect, (error) => new Inside(error))), (error) =>
          error instanceof Inside ? error.cause : sqlError(error)),
      reactive: reactivity.stream,
      reactiveMailbox: reactivity.query
    }
    // `safe` and `withoutTransforms` are the client itself: there are no transforms to leave out.
    const client = Object.assign(constructor, members) as SqlClient.SqlClient
    return Object.assign(client, {
      safe: client,
      withoutTransforms: () =>
        client
    })
  })
