/**
 * Everything that can go wrong between a program and its database: one closed union, classified by the engine's codes, the same
 * for every engine. No member carries SQL text, bound values, host names or secrets; `cause` keeps the driver's report sealed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const cause = { cause: Schema.optional(Schema.Unknown) }
const optionalString = Schema.optional(Schema.String)
const columns = { table: optionalString, constraint: optionalString, columns: Schema.Array(Schema.String) }
const list = (names: ReadonlyArray<string>): string => (names.length === 0 ? "" : ` (${names.join(", ")})`)
const on = (table: string | undefined): string => (table === undefined ? "" : ` on table ${table}`)
const named = (constraint: string | undefined): string => (constraint === undefined ? "" : ` ${constraint}`)

/**
 * Where in the life of a call time ran out or a connection was lost.
 *
 * @since 0.1.0
 * @category models
 */
export const Phase = Schema.Literal(
  "acquire",
  "connect",
  "validate",
  "begin",
  "statement",
  "commit",
  "rollback",
  "cancel"
)
/**
 * @since 0.1.0
 * @category models
 */
export type Phase = typeof Phase.Type

/**
 * A row with this unique key exists already.
 *
 * @since 0.1.0
 * @category constraints
 */
export class UniqueViolation
  extends Schema.TaggedError<UniqueViolation>()("UniqueViolation", { ...columns, ...cause })
{
  readonly isRetryable = false
  override get message() {
    return `unique key${named(this.constraint)}${on(this.table)} is taken already${list(this.columns)}`
  }
}

/**
 * The row refers to one that does not exist (`side: "child"`), or is referred to by others (`side: "parent"`).
 *
 * @since 0.1.0
 * @category constraints
 */
export class ForeignKeyViolation extends Schema.TaggedError<ForeignKeyViolation>()("ForeignKeyViolation", {
  ...columns,
  side: Schema.Literal("child", "parent", "unknown"),
  ...cause
}) {
  readonly isRetryable = false
  override get message() {
    return this.side === "parent"
      ? `foreign key${named(this.constraint)}${on(this.table)} still refers to the row`
      : `foreign key${named(this.constraint)}${on(this.table)} refers to a row that does not exist${list(this.columns)}`
  }
}

/**
 * A column that may not be NULL was given none.
 *
 * @since 0.1.0
 * @category constraints
 */
export class NotNullViolation
  extends Schema.TaggedError<NotNullViolation>()("NotNullViolation", { ...columns, ...cause })
{
  readonly isRetryable = false
  override get message() {
    return `a value is missing${on(this.table)}${list(this.columns)}`
  }
}

/**
 * A CHECK constraint said no.
 *
 * @since 0.1.0
 * @category constraints
 */
export class CheckViolation extends Schema.TaggedError<CheckViolation>()("CheckViolation", { ...columns, ...cause }) {
  readonly isRetryable = false
  override get message() {
    return `check${named(this.constraint)}${on(this.table)} failed${list(this.columns)}`
  }
}

/**
 * An EXCLUDE constraint found a conflicting row (PostgreSQL).
 *
 * @since 0.1.0
 * @category constraints
 */
export class ExclusionViolation extends Schema.TaggedError<ExclusionViolation>()("ExclusionViolation", {
  ...columns,
  ...cause
}) {
  readonly isRetryable = false
  override get message() {
    return `exclusion constraint${named(this.constraint)}${on(this.table)} found a conflicting row`
  }
}

/**
 * A value the column's type cannot hold: too long, out of range, or of the wrong form.
 *
 * @since 0.1.0
 * @category data
 */
export class DataError extends Schema.TaggedError<DataError>()("DataError", {
  reason: Schema.Literal("too_long", "out_of_range", "invalid_form", "undecodable"),
  table: optionalString,
  column: optionalString,
  ...cause
}) {
  readonly isRetryable = false
  override get message() {
    const what = {
      too_long: "a value is too long for its column",
      out_of_range: "a value is out of its column's range",
      invalid_form: "a value has the wrong form for its column",
      undecodable: "a stored value does not match the table's definition: compare the definition with the database"
    }[this.reason]
    return `${what}${on(this.table)}${this.column === undefined ? "" : ` (${this.column})`}`
  }
}

/**
 * The transaction lost against a concurrent one; running it again may succeed.
 *
 * @since 0.1.0
 * @category concurrency
 */
export class SerializationError extends Schema.TaggedError<SerializationError>()("SerializationError", { ...cause }) {
  readonly isRetryable = true
  override get message() {
    return "the transaction conflicts with a concurrent one: run it again (option retry does)"
  }
}

/**
 * Transactions waited for each other in a circle, and this one was chosen to fail.
 *
 * @since 0.1.0
 * @category concurrency
 */
export class DeadlockError extends Schema.TaggedError<DeadlockError>()("DeadlockError", { ...cause }) {
  readonly isRetryable = true
  override get message() {
    return "deadlock: this transaction was rolled back for others to go on; run it again, and take locks in one order everywhere"
  }
}

/**
 * A lock was not granted within the lock timeout.
 *
 * @since 0.1.0
 * @category concurrency
 */
export class LockTimeoutError extends Schema.TaggedError<LockTimeoutError>()("LockTimeoutError", { ...cause }) {
  readonly isRetryable = true
  override get message() {
    return "a lock was not granted in time: another transaction holds it"
  }
}

/**
 * Time ran out. `source` says who stopped it; `phase` where; times in milliseconds.
 *
 * @since 0.1.0
 * @category time
 */
export class StatementTimeoutError extends Schema.TaggedError<StatementTimeoutError>()("StatementTimeoutError", {
  source: Schema.Literal("server", "client"),
  phase: Phase,
  budgetMs: Schema.optional(Schema.Number),
  elapsedMs: Schema.optional(Schema.Number),
  ...cause
}) {
  readonly isRetryable = false
  override get message() {
    const budget = this.budgetMs === undefined ? "" : ` of ${Math.round(this.budgetMs)} ms`
    return `the time${budget} ran out (${this.phase}, stopped by the ${this.source})`
  }
}

/**
 * The connection could not be made or was lost. `outcome: "unknown"`: a write was under way and may have taken effect.
 *
 * @since 0.1.0
 * @category connections
 */
export class ConnectionError extends Schema.TaggedError<ConnectionError>()("ConnectionError", {
  phase: Phase,
  reason: Schema.Literal(
    "refused",
    "unresolved",
    "lost",
    "tls",
    "too_many",
    "shutting_down",
    "closed",
    "protocol",
    "missing"
  ),
  outcome: Schema.Literal("none", "unknown"),
  ...cause
}) {
  readonly isRetryable = true
  override get message() {
    const what = {
      refused: "the database refused the connection: is the server running, are host and port right?",
      unresolved: "the database's host name could not be resolved: check the host",
      lost: "the connection to the database was lost",
      tls: "no TLS connection could be made as the TLS mode demands: check sslmode, the certificates and the server",
      too_many: "the database has no connection left: lower the pool sizes or raise the server's limit",
      shutting_down: "the database is starting up or shutting down",
      closed: "the pool is closed",
      protocol: "the server does not speak this database's protocol: check host and port",
      missing: "the database does not exist or cannot be opened: check its name or path"
    }[this.reason]
    return `${what} (${this.phase}${this.outcome === "unknown" ? ", the statement may have taken effect" : ""})`
  }
}

/**
 * No connection came about in time: the server does not answer.
 *
 * @since 0.1.0
 * @category connections
 */
export class ConnectTimeout extends Schema.TaggedError<ConnectTimeout>()("ConnectTimeout", {
  budgetMs: Schema.Number,
  elapsedMs: Schema.Number,
  ...cause
}) {
  readonly isRetryable = true
  override get message() {
    return `the database did not answer within ${
      Math.round(this.budgetMs)
    } ms: check host, port and firewall, or raise connect_timeout`
  }
}

/**
 * The server does not know the user, or refused the password or certificate.
 *
 * @since 0.1.0
 * @category connections
 */
export class AuthenticationError
  extends Schema.TaggedError<AuthenticationError>()("AuthenticationError", { ...cause })
{
  readonly isRetryable = false
  override get message() {
    return "the database refused the credentials: check user, password and the server's access rules"
  }
}

/**
 * The user may not do this.
 *
 * @since 0.1.0
 * @category connections
 */
export class AuthorizationError extends Schema.TaggedError<AuthorizationError>()("AuthorizationError", { ...cause }) {
  readonly isRetryable = false
  override get message() {
    return "the database user lacks a privilege for this statement: grant it, or use another role"
  }
}

/**
 * No connection became free within the pool timeout. Ages in milliseconds.
 *
 * @since 0.1.0
 * @category pool
 */
export class PoolTimeout extends Schema.TaggedError<PoolTimeout>()("PoolTimeout", {
  waitedMs: Schema.Number,
  size: Schema.Number,
  maxOverflow: Schema.Number,
  leased: Schema.Number,
  idle: Schema.Number,
  opening: Schema.Number,
  waiters: Schema.Number,
  oldestLease: Schema.optional(Schema.Struct({ heldMs: Schema.Number, borrower: optionalString })),
  lastConnectError: optionalString,
  ...cause
}) {
  readonly isRetryable = true
  override get message() {
    const oldest = this.oldestLease === undefined
      ? ""
      : `, the oldest lease is ${Math.round(this.oldestLease.heldMs)} ms old${
        this.oldestLease.borrower === undefined ? "" : ` (${this.oldestLease.borrower})`
      }`
    const last = this.lastConnectError === undefined
      ? ""
      : `, the last attempt to connect failed with ${this.lastConnectError}`
    return `no connection became free within ${
      Math.round(this.waitedMs)
    } ms: ${this.leased} in use, ${this.idle} idle, ${this.opening} opening, ${this.waiters} waiting, limit ${this.size} + ${this.maxOverflow}${oldest}${last}`
  }
}

/**
 * The caller holds a connection of the full pool already and asked for one more: it would wait for itself.
 *
 * @since 0.1.0
 * @category pool
 */
export class PoolSelfDeadlock extends Schema.TaggedError<PoolSelfDeadlock>()("PoolSelfDeadlock", {
  size: Schema.Number,
  maxOverflow: Schema.Number,
  ...cause
}) {
  readonly isRetryable = false
  override get message() {
    return `this fiber holds a connection and waits for another of the same full pool (limit ${this.size} + ${this.maxOverflow}): use the connection it has, or raise the limit`
  }
}

/**
 * A row of another tenant was about to leave.
 *
 * @since 0.1.0
 * @category tenancy
 */
export class TenantBreach
  extends Schema.TaggedError<TenantBreach>()("TenantBreach", { table: Schema.String, ...cause })
{
  readonly isRetryable = false
  override get message() {
    return `a row of another tenant was about to leave${on(this.table)}: rolled back`
  }
}

/**
 * COMMIT was answered with a rollback: an earlier statement failed and its error was caught.
 *
 * @since 0.1.0
 * @category transactions
 */
export class TransactionAborted extends Schema.TaggedError<TransactionAborted>()("TransactionAborted", { ...cause }) {
  readonly isRetryable = false
  override get message() {
    return "the transaction was rolled back although its effect succeeded: a statement failed inside and its error was caught; put what may fail in a nested transaction"
  }
}

/**
 * The server ended the transaction on its own; nothing of it is stored.
 *
 * @since 0.1.0
 * @category transactions
 */
export class TransactionLost extends Schema.TaggedError<TransactionLost>()("TransactionLost", { ...cause }) {
  readonly isRetryable = false
  override get message() {
    return "the server has ended this transaction already: no further statement may run in it"
  }
}

/**
 * A statement came after its transaction had ended, from a fiber that outlived it.
 *
 * @since 0.1.0
 * @category transactions
 */
export class TransactionClosed extends Schema.TaggedError<TransactionClosed>()("TransactionClosed", { ...cause }) {
  readonly isRetryable = false
  override get message() {
    return "the transaction has ended: a fiber that outlives it must not use it; start daemon fibers outside, or begin a transaction of their own"
  }
}

/**
 * The connection was lost while COMMIT was under way, and nothing could tell whether it took effect.
 *
 * @since 0.1.0
 * @category transactions
 */
export class CommitUnknown extends Schema.TaggedError<CommitUnknown>()("CommitUnknown", {
  transactionId: optionalString,
  ...cause
}) {
  readonly isRetryable = false
  override get message() {
    return "the connection was lost during COMMIT: look whether the transaction took effect before running it again"
  }
}

/**
 * Every attempt that `retry` allows was made.
 *
 * @since 0.1.0
 * @category transactions
 */
export class TransactionRetriesExhausted extends Schema.TaggedError<TransactionRetriesExhausted>()(
  "TransactionRetriesExhausted",
  { attempts: Schema.Number, last: Schema.Unknown, ...cause }
) {
  readonly isRetryable = true
  override get message() {
    return `the transaction lost against concurrent ones ${this.attempts} times in a row`
  }
}

/**
 * The statement is not understood, or names something that does not exist.
 *
 * @since 0.1.0
 * @category statements
 */
export class SqlSyntaxError extends Schema.TaggedError<SqlSyntaxError>()("SqlSyntaxError", {
  reason: Schema.Literal("syntax", "unknown_object", "ambiguous", "other"),
  ...cause
}) {
  readonly isRetryable = false
  override get message() {
    return this.reason === "unknown_object"
      ? "the statement names a table, column or function that does not exist: were the migrations run?"
      : "the database does not understand the statement"
  }
}

/**
 * The server's disk, quota or table is full.
 *
 * @since 0.1.0
 * @category server
 */
export class StorageFull extends Schema.TaggedError<StorageFull>()("StorageFull", { ...cause }) {
  readonly isRetryable = false
  override get message() {
    return "the database has no storage left"
  }
}

/**
 * A write reached a node, a transaction or a file that only reads.
 *
 * @since 0.1.0
 * @category server
 */
export class ReadOnlyNode extends Schema.TaggedError<ReadOnlyNode>()("ReadOnlyNode", { ...cause }) {
  readonly isRetryable = true
  override get message() {
    return "this server, transaction or file is read-only: write to the primary"
  }
}

/**
 * The engine cannot do what was asked.
 *
 * @since 0.1.0
 * @category statements
 */
export class CapabilityMissing extends Schema.TaggedError<CapabilityMissing>()("CapabilityMissing", {
  capability: Schema.String,
  dialect: Schema.String,
  hint: optionalString,
  ...cause
}) {
  readonly isRetryable = false
  override get message() {
    return `${this.dialect} cannot do this: ${this.capability}${this.hint === undefined ? "" : `; ${this.hint}`}`
  }
}

/**
 * A code that no class of this union covers. `code` is the engine's.
 *
 * @since 0.1.0
 * @category unknown
 */
export class UnknownDatabaseError extends Schema.TaggedError<UnknownDatabaseError>()("UnknownDatabaseError", {
  code: optionalString,
  ...cause
}) {
  readonly isRetryable = false
  override get message() {
    return `the database reported an error of no known class${this.code === undefined ? "" : ` (${this.code})`}`
  }
}

const members = [
  UniqueViolation,
  ForeignKeyViolation,
  NotNullViolation,
  CheckViolation,
  ExclusionViolation,
  DataError,
  SerializationError,
  DeadlockError,
  LockTimeoutError,
  StatementTimeoutError,
  ConnectionError,
  ConnectTimeout,
  AuthenticationError,
  AuthorizationError,
  PoolTimeout,
  PoolSelfDeadlock,
  TenantBreach,
  TransactionAborted,
  TransactionLost,
  TransactionClosed,
  CommitUnknown,
  TransactionRetriesExhausted,
  SqlSyntaxError,
  StorageFull,
  ReadOnlyNode,
  CapabilityMissing,
  UnknownDatabaseError
] as const

/**
 * The closed union.
 *
 * @since 0.1.0
 * @category models
 */
export type DatabaseError = InstanceType<(typeof members)[number]>

const tags: ReadonlySet<string> = new Set(members.map((member) => member._tag))

/**
 * Whether a value is a member of the union.
 *
 * @since 0.1.0
 * @category guards
 */
export const isDatabaseError = (value: unknown): value is DatabaseError =>
  typeof value === "object" && value !== null && "_tag" in value && typeof value._tag === "string" &&
  tags.has(value._tag)

/**
 * The database error inside anything that was thrown or failed with: itself, or what `@effect/sql`'s `SqlError` carries in
 * its `cause`; anything else becomes `UnknownDatabaseError`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromUnknown = (value: unknown): DatabaseError => {
  let current = value
  for (let depth = 0; depth < 8; depth++) {
    if (isDatabaseError(current)) return current
    if (typeof current !== "object" || current === null || !("cause" in current)) break
    current = current.cause
  }
  return new UnknownDatabaseError({ cause: value })
}
