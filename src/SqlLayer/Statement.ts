/**
 * A compiled statement: made once, run often.
 *
 * @since 0.1.0
 */
import type * as Exit from "effect/Exit"

/**
 * What a driver answered. Rows are arrays in the order of the select list.
 *
 * @since 0.1.0
 * @category models
 */
export interface Result {
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
  /** Rows inserted, updated, deleted; for a select the rows read. */
  readonly affected: number
  /** Names of the columns, in order. */
  readonly fields: ReadonlyArray<string>
  /** First word of the server's command tag, upper case (`COMMIT`, `ROLLBACK`, `INSERT`); empty where an engine has none. */
  readonly command: string
}

/**
 * A statement with its decoder. `decode` runs in the driver's callback and answers an `Exit`, so that a missing row costs no
 * further step; what it throws becomes a `DataError`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Statement<out A, out E = never> {
  readonly sql: string
  /** For spans, metrics and logs: few different values, never data. `users.get`. */
  readonly operation: string
  /** Whether it may run on a reader (a SQLite reader session, a replica). */
  readonly access: "read" | "write"
  /** `shared` may be multiplexed over pipelined connections, `exclusive` needs a connection, `transaction` an open one. */
  readonly lane: "shared" | "exclusive" | "transaction"
  /** `raw`: the driver's barest form, which `Values.read` understands; `typed`: as the driver parses for handwritten SQL. */
  readonly rows: "raw" | "typed"
  /** Whether the text is one of few, worth a prepared statement. */
  readonly prepare: boolean
  readonly decode: (result: Result) => Exit.Exit<A, E>
}
