/**
 * Statements of the repository: a text with a decoder that never throws.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import { DataError } from "../../Database/DatabaseError.js"
import type { Result, Statement } from "../../SqlLayer/Statement.js"

/**
 * A text and what the database has to know of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Text {
  readonly sql: string
  readonly operation: string
  readonly access: "read" | "write"
  readonly lane: "shared" | "exclusive"
  readonly prepare: boolean
}

/**
 * A decoder; throws `DataError` for what does not fit the table.
 *
 * @since 0.1.0
 * @category models
 */
export type Decode<A, E> = (result: Result) => Exit.Exit<A, E>

class Compiled<A, E> implements Statement<A, E | DataError> {
  readonly rows = "raw"
  readonly sql: string
  readonly operation: string
  readonly access: "read" | "write"
  readonly lane: "shared" | "exclusive"
  readonly prepare: boolean
  readonly decode: (result: Result) => Exit.Exit<A, E | DataError>
  constructor(text: Text, decode: Decode<A, E>) {
    this.sql = text.sql
    this.operation = text.operation
    this.access = text.access
    this.lane = text.lane
    this.prepare = text.prepare
    this.decode = (result) => {
      try {
        return decode(result)
      } catch (error) {
        // Drivers make a DataError of what is thrown, but only we know the column.
        if (error instanceof DataError) return Exit.fail(error)
        throw error
      }
    }
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E = never>(text: Text, decode: Decode<A, E>): Statement<A, E | DataError> =>
  new Compiled(text, decode)
