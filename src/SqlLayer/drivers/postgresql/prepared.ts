/**
 * Names of prepared statements: a hash of the text, computed once per text, so that equal texts share a name on every session
 * and different ones never do.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import type { Statement } from "../../Statement.js"
import * as Frontend from "./frontend.js"

/**
 * A text with its name (45 characters; the server's limit is 63).
 *
 * @since 0.1.0
 * @category models
 */
export interface Prepared {
  readonly name: string
  readonly target: Uint8Array
}

/**
 * What a session knows of a name it has prepared.
 *
 * @since 0.1.0
 * @category models
 */
export interface Known {
  /** Undefined until the server has described the result; a prepared statement's never changes. */
  description: Description | undefined
  /** The server's copy is of no use any more: close it and parse again. */
  stale: boolean
}

/**
 * The columns of a result.
 *
 * @since 0.1.0
 * @category models
 */
export interface Description {
  readonly names: ReadonlyArray<string>
  /** OIDs of the types. */
  readonly types: ReadonlyArray<number>
}

const byStatement = new WeakMap<Statement<unknown, unknown>, Prepared>()

// Statements of dynamic filters are made per call, with texts that recur.
const bySql = new Map<string, Prepared>()
const remembered = 2048

/**
 * The name of a statement.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (statement: Statement<unknown, unknown>): Prepared => {
  const found = byStatement.get(statement)
  if (found !== undefined) return found
  const prepared = bySql.get(statement.sql) ?? make(statement.sql)
  byStatement.set(statement, prepared)
  return prepared
}

const make = (sql: string): Prepared => {
  const name = `s_${createHash("sha256").update(sql).digest("base64url")}`
  const prepared = { name, target: Frontend.target(name) }
  if (bySql.size >= remembered) {
    // The oldest: a Map keeps the order of insertion.
    for (const oldest of bySql.keys()) {
      bySql.delete(oldest)
      break
    }
  }
  bySql.set(sql, prepared)
  return prepared
}
