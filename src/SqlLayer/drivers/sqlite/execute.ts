/**
 * One statement on one connection, from text and values to its decoded answer, synchronously and without a throw.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as DatabaseError from "../../../Database/DatabaseError.js"
import type { Phase } from "../../../Database/DatabaseError.js"
import { now } from "../../../Database/Deadline.js"
import { DriverFailure } from "../../../Database/DriverFailure.js"
import type { Result, Statement } from "../../Statement.js"
import { busy } from "./busy.js"
import { beginReadOnly } from "./dialect.js"
import { classify, isBusy } from "./errors.js"
import * as Functions from "./functions.js"
import type { Database } from "./library.js"
import * as Parameters from "./parameters.js"
import * as Statements from "./statements.js"

type Failure = DatabaseError.DatabaseError

/**
 * A connection, with what belongs to it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  readonly database: Database
  readonly clock: Functions.Clock
  readonly cache: Statements.Cache
  /** SQLite has no read-only transactions: those are ours that began as `beginReadOnly`, and we refuse the writes. */
  readOnly: boolean
}

/**
 * A statement made ready, with its values.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bound {
  readonly entry: Statements.Entry
  readonly values: ReadonlyArray<unknown>
}

const phaseOf = (sql: string): Phase => {
  const word = sql.slice(0, 8).toLowerCase()
  return word.startsWith("begin")
    ? "begin"
    : word.startsWith("commit")
    ? "commit"
    : word.startsWith("rollback")
    ? "rollback"
    : "statement"
}

/**
 * The time between the two ran out.
 *
 * @since 0.1.0
 * @category running
 */
export const timeIsOver = (startedAt: number, deadlineAt: number): Failure =>
  new DatabaseError.StatementTimeoutError({
    source: "client",
    phase: "statement",
    budgetMs: Math.max(0, deadlineAt - startedAt),
    elapsedMs: now() - startedAt
  })

/**
 * What something thrown means; `busy` if another connection holds a lock.
 *
 * @since 0.1.0
 * @category running
 */
export const explain = (
  failure: unknown,
  connection: Connection,
  sql: string,
  startedAt: number
): Failure | typeof busy =>
  failure === Functions.timeIsOver
    ? timeIsOver(startedAt, connection.clock.deadlineAt)
    : isBusy(failure)
    ? busy
    : connection.database.open
    ? classify(failure, phaseOf(sql))
    : new DatabaseError.ConnectionError({ phase: phaseOf(sql), reason: "closed", outcome: "none" })

/**
 * Prepares and binds; throws what the driver throws.
 *
 * @since 0.1.0
 * @category running
 */
export const bind = (
  connection: Connection,
  statement: Statement<unknown, unknown>,
  parameters: ReadonlyArray<unknown>
): Bound | Failure => {
  if (parameters.length > Parameters.maxParameters) return Parameters.tooMany()
  const typed = statement.rows === "typed"
  const entry = statement.prepare
    ? connection.cache.get(statement.sql, typed)
    : Statements.prepare(connection.database, statement.sql, typed)
  if (connection.readOnly && !entry.readonly) {
    if (connection.database.inTransaction) return new DatabaseError.ReadOnlyNode({})
    connection.readOnly = false
  }
  if (parameters.length !== entry.count) {
    const cause = new DriverFailure("sqlite", "parameter_count", undefined)
    return new DatabaseError.SqlSyntaxError({ reason: "other", cause })
  }
  const { order } = entry
  const ordered = order === undefined ? parameters : order.map((index) => parameters[index])
  const values = Parameters.check(ordered, typed)
  return Array.isArray(values) ? { entry, values } : values as Failure
}

/**
 * Decodes; what the decoder throws is a row that does not fit the table's definition.
 *
 * @since 0.1.0
 * @category running
 */
export const decode = <A, E>(statement: Statement<A, E>, result: Result): Exit.Exit<A, E | Failure> => {
  try {
    return statement.decode(result)
  } catch (failure) {
    const cause = new DriverFailure("sqlite", undefined, failure)
    return Exit.fail(new DatabaseError.DataError({ reason: "undecodable", cause }))
  }
}

/**
 * Whole numbers that a number holds exactly become numbers; the others stay bigint rather than lose their last digits.
 *
 * @since 0.1.0
 * @category running
 */
export const narrow = (row: Array<unknown>): void => {
  for (let i = 0; i < row.length; i++) {
    const value = row[i]
    if (typeof value === "bigint" && value <= 9007199254740991n && value >= -9007199254740991n) row[i] = Number(value)
  }
}

const none: ReadonlyArray<never> = []

/**
 * Runs a statement to its end; `busy`: it changed nothing.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <A, E>(
  connection: Connection,
  statement: Statement<A, E>,
  parameters: ReadonlyArray<unknown>,
  deadlineAt: number | undefined,
  startedAt: number
): Exit.Exit<A, E | Failure> | typeof busy => {
  let result: Result
  try {
    const bound = bind(connection, statement, parameters)
    if (!("entry" in bound)) return Exit.fail(bound)
    const { entry, values } = bound
    connection.clock.deadlineAt = deadlineAt ?? Infinity
    if (entry.reader) {
      const typed = statement.rows === "typed"
      // What the repository compiles carries the guard where it may be long; handwritten reads are watched row by row. A write
      // has done all its work before its first row, and must not be told as failed after that.
      const watched = typed && deadlineAt !== undefined && entry.readonly && !entry.guarded
      // Prepared with `raw`, so every row is an array.
      const rows = (watched ? readWatched(connection, bound) : entry.prepared.all(values)) as Array<Array<unknown>>
      if (typed) rows.forEach(narrow)
      result = { rows, affected: rows.length, fields: entry.fields(), command: "" }
    } else {
      const { changes } = entry.prepared.run(values)
      if (statement.sql === beginReadOnly) connection.readOnly = true
      result = { rows: none, affected: changes, fields: none, command: "" }
    }
  } catch (failure) {
    const error = explain(failure, connection, statement.sql, startedAt)
    return error === busy ? busy : Exit.fail(error)
  }
  return decode(statement, result)
}

const readWatched = ({ clock }: Connection, { entry, values }: Bound): Array<unknown> => {
  const rows: Array<unknown> = []
  // Leaving the loop by a throw ends the iterator, and with it the statement.
  for (const row of entry.prepared.iterate(values)) {
    rows.push(row)
    if (rows.length % Functions.clockEvery === 0 && now() > clock.deadlineAt) throw Functions.timeIsOver
  }
  return rows
}
