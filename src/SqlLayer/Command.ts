/**
 * Statements without a decoder of their own: what the transaction runner and handwritten SQL send.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import type { Result, Statement } from "./Statement.js"

/**
 * A statement that answers the driver's result as it is.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  sql: string,
  options: {
    readonly operation: string
    readonly access: "read" | "write"
    readonly lane: Statement<Result>["lane"]
    readonly prepare: boolean
  }
): Statement<Result> => ({ sql, rows: "typed", decode: Exit.succeed, ...options })

/**
 * Remembers what it made, up to a number of texts; the oldest go first.
 *
 * @since 0.1.0
 * @category caching
 */
export const cached = <A>(limit: number, make: (sql: string) => A): (sql: string) => A => {
  const made = new Map<string, A>()
  return (sql) => {
    const known = made.get(sql)
    if (known !== undefined) return known
    const fresh = make(sql)
    if (made.size >= limit) {
      const oldest = made.keys().next()
      if (oldest.done !== true) made.delete(oldest.value)
    }
    made.set(sql, fresh)
    return fresh
  }
}
