/**
 * How SQL is written for PostgreSQL: by `@effect/sql` for handwritten statements, by the repository, by the transaction runner.
 *
 * @since 0.1.0
 */
import * as SqlStatement from "@effect/sql/Statement"
import type { TransactionOptions } from "../../../Database/UnitOfWork.js"
import type { Command, Grammar, TransactionGrammar } from "../../Driver.js"

const quote = (identifier: string): string => `"${identifier.replaceAll("\"", "\"\"")}"`

/** The one custom fragment of `@effect/sql-pg`, which `PgClient.json` makes. */
type PgJson = SqlStatement.Custom<"PgJson", unknown>

/**
 * The compiler of `@effect/sql-pg`, without loading that package and its drivers. JSON fragments are written as JSON whatever
 * they hold: stock sends an array as an array literal and a string without quotes.
 *
 * @since 0.1.0
 * @category compiler
 */
export const compiler: SqlStatement.Compiler = SqlStatement.makeCompiler<PgJson>({
  dialect: "pg",
  placeholder: (index) => `$${index}`,
  // As stock: a dot in a name separates schema and table.
  onIdentifier: SqlStatement.defaultEscape("\""),
  onRecordUpdate: (placeholders, alias, columns, values, returning) => [
    `(values ${placeholders}) AS ${alias}${columns}${returning === undefined ? "" : ` RETURNING ${returning[0]}`}`,
    returning === undefined ? values.flat() : values.flat().concat(returning[1])
  ],
  onCustom: (fragment, placeholder) => [
    placeholder(undefined),
    [fragment.i0 === null || fragment.i0 === undefined ? null : JSON.stringify(fragment.i0)]
  ]
})

/**
 * SQL of the repository. Patterns rely on `standard_conforming_strings`, which every session of ours is started with.
 *
 * @since 0.1.0
 * @category grammar
 */
export const grammar: Grammar = {
  quote,
  placeholder: (index) => `$${index}`,
  maxParameters: 65_535,
  true: "true",
  false: "false",
  distinct: (a, b) => `${a} is distinct from ${b}`,
  matches: (text, pattern) => `${text} ilike ${pattern} escape '\\'`,
  asText: (expression, kind) => kind === "bytes" ? `encode(${expression}, 'base64')` : `(${expression})::text`,
  limit: (limit, offset) => offset === undefined ? `limit ${limit}` : `limit ${limit} offset ${offset}`,
  lock: (mode, wait) => wait === "wait" ? `for ${mode}` : `for ${mode} ${wait}`,
  deadlineGuard: undefined,
  nullsSort: "largest"
}

const begin = ({ access, deferrable, isolation }: TransactionOptions): ReadonlyArray<Command> => {
  let sql = "begin"
  if (isolation !== undefined) sql += ` isolation level ${isolation}`
  if (access !== undefined) sql += access === "read-only" ? " read only" : " read write"
  if (deferrable !== undefined) sql += deferrable ? " deferrable" : " not deferrable"
  return [{ sql, parameters: [] }]
}

// Zero would mean no bound at all.
const milliseconds = (bound: number): string => String(Math.max(1, Math.min(Math.ceil(bound), 2_147_483_647)))

const local = (settings: ReadonlyArray<readonly [name: string, value: string]>): Command => ({
  sql: `select ${settings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, true)`).join(", ")}`,
  parameters: settings.flat()
})

/**
 * Transactions. Bounds and settings are bound parameters of `set_config(..., true)`: `set local x = $1` is a syntax error.
 * `transaction_timeout` exists from PostgreSQL 17 on, so the server itself decides whether to set it.
 *
 * @since 0.1.0
 * @category grammar
 */
export const transaction: TransactionGrammar = {
  begin,
  commit: "commit",
  rollback: "rollback",
  savepoint: (name) => `savepoint ${name}`,
  release: (name) => `release savepoint ${name}`,
  rollbackTo: (name) => `rollback to savepoint ${name}`,
  timeouts: ({ lockMs, statementMs, transactionMs }) => {
    const calls: Array<string> = []
    const parameters: Array<string> = []
    const bound = (ms: number | undefined, call: (placeholder: string) => string) => {
      if (ms === undefined) return
      parameters.push(milliseconds(ms))
      calls.push(call(`$${parameters.length}`))
    }
    bound(statementMs, (placeholder) => `set_config('statement_timeout', ${placeholder}, true)`)
    bound(lockMs, (placeholder) => `set_config('lock_timeout', ${placeholder}, true)`)
    bound(transactionMs, (placeholder) =>
      "case when current_setting('server_version_num')::int >= 170000 "
      + `then set_config('transaction_timeout', ${placeholder}, true) end`)
    return calls.length === 0 ? [] : [{ sql: `select ${calls.join(", ")}`, parameters }]
  },
  settings: (settings) => {
    const entries = Object.entries(settings)
    return entries.length === 0 ? { sql: "select 1", parameters: [] } : local(entries)
  }
}
