/**
 * The port between the engine-neutral core and an engine. It is callback-shaped, so that a synchronous engine costs one Effect
 * primitive a call and an asynchronous one a single `Effect.async`. Every engine folder implements it with the same file names:
 * driver, dialect, values, errors, capabilities. Nothing here throws, and nothing of a driver's own types shows.
 *
 * @since 0.1.0
 */
import type { Compiler } from "@effect/sql/Statement"
import type * as Exit from "effect/Exit"
import type { Kind } from "../Database/Column.js"
import type { DatabaseError } from "../Database/DatabaseError.js"
import type { Capabilities, Dialect } from "../Database/Dialect.js"
import type { TransactionOptions } from "../Database/UnitOfWork.js"
import type { Statement } from "./Statement.js"

/**
 * Answers exactly once, possibly before the call that took it returns.
 *
 * @since 0.1.0
 * @category models
 */
export type Done<A, E = DatabaseError> = (exit: Exit.Exit<A, E>) => void

/**
 * A driver's connection. One statement at a time: the caller waits for `done` before the next `submit`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Session {
  /** The server's name for this session (backend pid), for diagnosis and for tests; 0 where there is none. */
  readonly id: number
  /**
   * Runs a statement. `deadlineAt` (clock of `Deadline.now`) is for engines that can only stop themselves, such as SQLite; for
   * the others the caller keeps time and uses `cancel`. After `done` the session is quiet: a further statement may follow at once.
   */
  readonly submit: <A, E>(
    statement: Statement<A, E>,
    parameters: ReadonlyArray<unknown>,
    deadlineAt: number | undefined,
    done: Done<A, E | DatabaseError>
  ) => void
  /** Opens a cursor; the session is occupied until the cursor is closed. `chunk` is the number of rows per `next`. */
  readonly cursor: <A>(
    statement: Statement<ReadonlyArray<A>>,
    parameters: ReadonlyArray<unknown>,
    chunk: number,
    deadlineAt: number | undefined,
    done: Done<Cursor<A>>
  ) => void
  /**
   * Stops the running statement from outside and waits until the server confirms: its `done` is called first (with
   * `StatementTimeoutError { source: "client" }`, or with its result if it was faster), then this one. `false`: not confirmed
   * within the grace (milliseconds); the statement's `done` has been called with an error and the session must be destroyed.
   * With nothing running it answers `true` at once.
   */
  readonly cancel: (graceMs: number, done: (clean: boolean) => void) => void
  /** The server's own word, followed on every reply. */
  readonly transactionStatus: () => "idle" | "open" | "failed"
  /** A cheap round trip. */
  readonly validate: (done: (alive: boolean) => void) => void
  /** Dead: the server or the network ended it, or `destroy` did. */
  readonly closed: () => boolean
  /** Called once when the session dies by itself, idle or not. At most one listener; from birth on no death goes unheard. */
  readonly onClose: (listener: (error: DatabaseError) => void) => void
  /** What other sessions notify, once this one listens to a channel; absent where the engine has no such thing. */
  readonly onNotification?: (
    listener: (notification: { readonly channel: string; readonly payload: string }) => void
  ) => void
  /** Drops the connection at once; a running statement is answered with `ConnectionError`. */
  readonly destroy: () => void
  /** Says goodbye to the server, within a bound; for a quiet session. */
  readonly close: (done: () => void) => void
}

/**
 * Rows in chunks, in constant memory.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cursor<A> {
  /** The next rows; an empty array after the last. */
  readonly next: (deadlineAt: number | undefined, done: Done<ReadonlyArray<A>>) => void
  /** Frees the session; safe to call more than once, and after an error. */
  readonly close: (done: () => void) => void
}

/**
 * Forms of values, per kind of column. A missing member means: the driver's form is the canonical one (see `Column`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Values {
  /** Canonical form of what a `raw` row holds; never called with NULL. */
  readonly read: { readonly [K in Kind]?: (raw: unknown) => unknown }
  /** Driver's form of a canonical value, for a bound parameter; never called with NULL. */
  readonly write: { readonly [K in Kind]?: (canonical: unknown) => unknown }
  /** How a column of the kind is selected so that `read` loses nothing; default: itself. */
  readonly select: { readonly [K in Kind]?: (column: string) => string }
  /** How a column of the kind is compared and ordered, where its stored form does not sort; default: itself. */
  readonly compare: { readonly [K in Kind]?: (expression: string) => string }
  /** Wraps a placeholder so that the server knows its type; default: itself. */
  readonly placeholder: { readonly [K in Kind]?: (placeholder: string) => string }
}

/**
 * A statement for the transaction runner: text and parameters.
 *
 * @since 0.1.0
 * @category models
 */
export interface Command {
  readonly sql: string
  readonly parameters: ReadonlyArray<unknown>
}

/**
 * What begins, bounds and ends a transaction in this dialect.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransactionGrammar {
  /** Statements in order, the first of which opens the transaction. Options are checked against the capabilities before. */
  readonly begin: (options: TransactionOptions) => ReadonlyArray<Command>
  readonly commit: string
  readonly rollback: string
  /** `name` is ours: letters, digits, underscore. */
  readonly savepoint: (name: string) => string
  readonly release: ((name: string) => string) | undefined
  readonly rollbackTo: (name: string) => string
  /** Bounds for the rest of the transaction, in milliseconds; undefined where the engine has no such bound. */
  readonly timeouts: (bounds: {
    readonly statementMs: number | undefined
    readonly lockMs: number | undefined
    readonly transactionMs: number | undefined
  }) => ReadonlyArray<Command>
  /** Settings local to the transaction; undefined where the engine has none. */
  readonly settings: ((settings: Readonly<Record<string, string>>) => Command) | undefined
}

/**
 * How the repository's compiler writes SQL for this dialect.
 *
 * @since 0.1.0
 * @category models
 */
export interface Grammar {
  readonly quote: (identifier: string) => string
  /** 1-based. */
  readonly placeholder: (index: number) => string
  readonly maxParameters: number
  /** A boolean literal in a condition. */
  readonly true: string
  readonly false: string
  /** `a` differs from `b`, NULL being a value. */
  readonly distinct: (a: string, b: string) => string
  /** `text` holds `pattern` (already escaped with a backslash, wrapped in %), whatever the case. */
  readonly matches: (text: string, pattern: string) => string
  /** An expression of this kind as text. */
  readonly asText: (expression: string, kind: Kind) => string
  /** `limit` / `offset` clause; both are placeholders or literals. */
  readonly limit: (limit: string, offset: string | undefined) => string
  /** Ends a select that locks its rows; undefined where there are no row locks. */
  readonly lock: ((mode: "update" | "share", wait: "wait" | "skip locked" | "nowait") => string) | undefined
  /**
   * A condition that is always true and fails the statement when the time is over, for engines that cannot be stopped from
   * outside (SQLite). The core ands it to scans that run under a deadline. Undefined elsewhere.
   */
  readonly deadlineGuard: string | undefined
  /** Where NULL stands in an ascending order: after all values (PostgreSQL) or before them (SQLite, MySQL). */
  readonly nullsSort: "largest" | "smallest"
}

/**
 * One engine, ready to connect. `connect` makes one session within the deadline and answers once; the returned function gives
 * up: the attempt is dropped and `done` is called with a `ConnectionError`, unless it was before.
 *
 * @since 0.1.0
 * @category models
 */
export interface Driver {
  readonly dialect: Dialect
  readonly capabilities: Capabilities
  /** Of `@effect/sql`, for handwritten SQL. */
  readonly compiler: Compiler
  readonly values: Values
  readonly grammar: Grammar
  readonly transaction: TransactionGrammar
  /**
   * `pooled`: any session does anything. `single`: there is one session at all (SQLite in memory). `writer-readers`: one session
   * writes, others read (a SQLite file in WAL mode).
   */
  readonly topology: "pooled" | "single" | "writer-readers"
  readonly connect: (access: "read" | "write", deadlineAt: number, done: Done<Session>) => () => void
}
