/**
 * How SQL is written for SQLite.
 *
 * @since 0.1.0
 */
import type { Compiler } from "@effect/sql/Statement"
import * as Statement from "@effect/sql/Statement"
import * as Duration from "effect/Duration"
import type { Command, Grammar, TransactionGrammar } from "../../Driver.js"
import { maxParameters } from "./parameters.js"

/**
 * Of `@effect/sql`, for handwritten SQL.
 *
 * @since 0.1.0
 * @category dialect
 */
export const compiler: Compiler = Statement.makeCompilerSqlite()

const quote = (identifier: string): string => `"${identifier.replaceAll("\"", "\"\"")}"`

/**
 * For compiled SQL. Placeholders are numbered, so a value may stand in a text several times.
 *
 * SQLite's own LIKE takes `É` and `é` for different letters, so `matches` uses it only for what it decides as PostgreSQL's
 * ILIKE would, and a function of the driver's for the rest.
 *
 * @since 0.1.0
 * @category dialect
 */
export const grammar: Grammar = {
  quote,
  placeholder: (index) => `?${index}`,
  maxParameters,
  true: "1",
  false: "0",
  distinct: (a, b) => `${a} is not ${b}`,
  matches: (text, pattern) =>
    `case when svc_plain(${pattern}) then (${text} like ${pattern} escape '\\' ` +
    `or (${text} glob '*[\u0130\u212a]*' and svc_like(${text}, ${pattern}))) else svc_like(${text}, ${pattern}) end`,
  asText: (expression, kind) => {
    switch (kind) {
      case "boolean":
        return `case ${expression} when 1 then 'true' when 0 then 'false' end`
      case "double":
        // 5 and not 5.0, as PostgreSQL writes it.
        return `case when ${expression} = cast(${expression} as integer) and abs(${expression}) < 1e15 ` +
          `then cast(cast(${expression} as integer) as text) else cast(${expression} as text) end`
      case "integer":
      case "bigint":
        return `cast(${expression} as text)`
      case "bytes":
        return `svc_base64(${expression})`
      default:
        return expression
    }
  },
  limit: (limit, offset) => offset === undefined ? `limit ${limit}` : `limit ${limit} offset ${offset}`,
  lock: undefined,
  deadlineGuard: "svc_deadline()",
  nullsSort: "smallest"
}

/**
 * Opens a transaction that does not write; the session refuses what would.
 *
 * @since 0.1.0
 * @category dialect
 */
export const beginReadOnly = "begin deferred"

const lockNote = (bound: Duration.DurationInput): string => ` /* lock_timeout=${Math.ceil(Duration.toMillis(bound))} */`

/**
 * The bound of a statement's own for the wait for the lock, in milliseconds: SQLite has no words for it, so it is a comment of
 * the statement that takes the lock.
 *
 * @since 0.1.0
 * @category dialect
 */
export const lockTimeoutOf = (sql: string): number | undefined => {
  const bound = /^begin immediate \/\* lock_timeout=(\d+) \*\/$/.exec(sql)?.[1]
  return bound === undefined ? undefined : Number(bound)
}

const command = (sql: string): Command => ({ sql, parameters: [] })

/**
 * A transaction that writes takes the write lock at once: one that begins with a read and writes later cannot wait for the lock
 * when another one wrote in between (BUSY_SNAPSHOT), it can only fail.
 *
 * @since 0.1.0
 * @category dialect
 */
export const transaction: TransactionGrammar = {
  begin: ({ access, lockTimeout }) => [
    command(
      access === "read-only"
        ? beginReadOnly
        : `begin immediate${lockTimeout === undefined ? "" : lockNote(lockTimeout)}`
    )
  ],
  commit: "commit",
  rollback: "rollback",
  savepoint: (name) => `savepoint ${quote(name)}`,
  release: (name) => `release ${quote(name)}`,
  rollbackTo: (name) => `rollback to ${quote(name)}`,
  timeouts: () => [],
  settings: undefined
}
