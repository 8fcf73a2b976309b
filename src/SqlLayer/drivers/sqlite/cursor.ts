/**
 * Rows in chunks. The statement stays open between them, and with it the snapshot it reads.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as DatabaseError from "../../../Database/DatabaseError.js"
import { now } from "../../../Database/Deadline.js"
import type { Statement } from "../../Statement.js"
import { busy } from "./busy.js"
import * as Execute from "./execute.js"
import * as Functions from "./functions.js"

type Failure = DatabaseError.DatabaseError

/**
 * An open statement.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenCursor<A> {
  /** The next rows; `busy`: another connection holds a lock, nothing was read yet. */
  readonly pull: (deadlineAt: number | undefined) => Exit.Exit<ReadonlyArray<A>, Failure> | typeof busy
  /** Ends it; every further `pull` answers the error. */
  readonly stop: (error: Failure) => void
}

/**
 * Opens; `ended` is called once, when the statement is over in any way.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = <A>(
  connection: Execute.Connection,
  statement: Statement<ReadonlyArray<A>>,
  parameters: ReadonlyArray<unknown>,
  chunk: number,
  ended: () => void
): OpenCursor<A> | Failure => {
  let bound: Execute.Bound | Failure
  try {
    bound = Execute.bind(connection, statement, parameters)
  } catch (failure) {
    const error = Execute.explain(failure, connection, statement.sql, 0)
    // Preparing may have to read the schema of a locked file.
    return error === busy ? new DatabaseError.LockTimeoutError({}) : error
  }
  if (!("entry" in bound)) return bound
  const { entry, values } = bound
  if (!entry.reader) return new DatabaseError.SqlSyntaxError({ reason: "other" })

  let rows: Iterator<unknown> | undefined
  let state: "open" | "ended" | Failure = "open"
  const end = (as: "ended" | Failure) => {
    if (state !== "open") return
    state = as
    try {
      rows?.return?.()
    } catch {
      // The driver resets the statement before it reports what it thinks of that.
    }
    ended()
  }

  const read = (until: number): Array<Array<unknown>> => {
    // A write does all its work before its first row: left open it would be half a statement.
    rows ??= entry.readonly ? entry.prepared.iterate(values) : entry.prepared.all(values).values()
    const chunkOfRows: Array<Array<unknown>> = []
    while (chunkOfRows.length < chunk) {
      const next = rows.next()
      if (next.done === true) {
        end("ended")
        break
      }
      // Prepared with `raw`, so every row is an array.
      chunkOfRows.push(next.value as Array<unknown>)
      if (chunkOfRows.length % Functions.clockEvery === 0 && now() > until) throw Functions.timeIsOver
    }
    return chunkOfRows
  }

  let untouched = true
  const pull = (deadlineAt: number | undefined): Exit.Exit<ReadonlyArray<A>, Failure> | typeof busy => {
    if (state === "ended") return Exit.succeed([])
    if (state !== "open") return Exit.fail(state)
    const startedAt = deadlineAt === undefined ? 0 : now()
    const until = deadlineAt ?? Infinity
    connection.clock.deadlineAt = until
    try {
      if (startedAt >= until) throw Functions.timeIsOver
      const read_ = read(until)
      untouched = false
      if (read_.length === 0) return Exit.succeed([])
      if (statement.rows === "typed") read_.forEach(Execute.narrow)
      const exit = Execute.decode(statement, {
        rows: read_,
        affected: read_.length,
        fields: entry.fields(),
        command: ""
      })
      if (Exit.isFailure(exit)) end("ended")
      return exit
    } catch (failure) {
      const error = Execute.explain(failure, connection, statement.sql, startedAt)
      if (error === busy && untouched) {
        rows = undefined
        return busy
      }
      const final = error === busy ? new DatabaseError.LockTimeoutError({}) : error
      end(final)
      return Exit.fail(final)
    }
  }
  return { pull, stop: end }
}
