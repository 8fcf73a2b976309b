/**
 * SQLite's errors as ours, by extended result code. Only the names of a violated constraint come from the message: SQLite says
 * them nowhere else.
 *
 * | code | error |
 * |---|---|
 * | CONSTRAINT_UNIQUE, _PRIMARYKEY, _ROWID | `UniqueViolation`, with columns, or the name of an index over expressions |
 * | CONSTRAINT_FOREIGNKEY | `ForeignKeyViolation`; SQLite does not say which |
 * | CONSTRAINT_NOTNULL | `NotNullViolation`, with the column |
 * | CONSTRAINT_CHECK, _TRIGGER | `CheckViolation`, with the name; `DataError` for the checks of types that `Ddl` writes |
 * | CONSTRAINT_DATATYPE, MISMATCH, TOOBIG | `DataError` |
 * | BUSY_SNAPSHOT, LOCKED | `SerializationError` |
 * | BUSY | `LockTimeoutError`, when waiting did not help |
 * | CANTOPEN, NOTADB | `ConnectionError` missing: no such file, or one that is no database |
 * | IOERR, READONLY_DBMOVED | `ConnectionError` lost; READONLY otherwise is `ReadOnlyNode` |
 * | FULL, AUTH, PERM, INTERRUPT | `StorageFull`, `AuthorizationError`, `StatementTimeoutError` |
 * | ERROR | `SqlSyntaxError`: SQLite has one code for syntax, unknown names and arithmetic overflow |
 * | CORRUPT when connecting | `ConnectionError` missing |
 * | CORRUPT later, and all else | `UnknownDatabaseError` with the code |
 *
 * @since 0.1.0
 */
import * as DatabaseError from "../../../Database/DatabaseError.js"
import type { Phase } from "../../../Database/DatabaseError.js"
import { DriverFailure } from "../../../Database/DriverFailure.js"

/**
 * The code of an error of the driver; undefined for its own complaints about arguments.
 *
 * @since 0.1.0
 * @category getters
 */
export const codeOf = (failure: unknown): string | undefined =>
  typeof failure === "object" && failure !== null && "code" in failure && typeof failure.code === "string"
    ? failure.code
    : undefined

/**
 * Whether waiting may help: another connection holds the lock. A snapshot that is too old never becomes younger.
 *
 * @since 0.1.0
 * @category guards
 */
export const isBusy = (failure: unknown): boolean => {
  const code = codeOf(failure)
  return code !== undefined && code.startsWith("SQLITE_BUSY") && code !== "SQLITE_BUSY_SNAPSHOT"
}

/**
 * What a thrown error of the driver means.
 *
 * @since 0.1.0
 * @category conversions
 */
export const classify = (failure: unknown, phase: Phase): DatabaseError.DatabaseError => {
  const code = codeOf(failure)
  const cause = new DriverFailure("sqlite", code, failure)
  const message = failure instanceof Error ? failure.message : ""
  switch (code) {
    case undefined:
      // The driver's own complaints: no statement or several in a text, too few or too many parameters.
      return failure instanceof TypeError || failure instanceof RangeError
        ? new DatabaseError.SqlSyntaxError({ reason: "other", cause })
        : new DatabaseError.UnknownDatabaseError({ cause })
    case "SQLITE_CONSTRAINT_UNIQUE":
    case "SQLITE_CONSTRAINT_PRIMARYKEY":
    case "SQLITE_CONSTRAINT_ROWID":
      return new DatabaseError.UniqueViolation({ ...uniqueOf(message), cause })
    case "SQLITE_CONSTRAINT_FOREIGNKEY":
      return new DatabaseError.ForeignKeyViolation({ columns: [], side: "unknown", cause })
    case "SQLITE_CONSTRAINT_NOTNULL":
      return new DatabaseError.NotNullViolation({ ...columnsOf(after(message, "NOT NULL constraint failed: ")), cause })
    case "SQLITE_CONSTRAINT_CHECK":
      return checkOf(after(message, "CHECK constraint failed: "), cause)
    case "SQLITE_CONSTRAINT_TRIGGER":
      return new DatabaseError.CheckViolation({ columns: [], cause })
    case "SQLITE_CONSTRAINT_DATATYPE": {
      const { columns, table } = columnsOf(/ column (.+)$/.exec(message)?.[1] ?? "")
      return new DatabaseError.DataError({ reason: "invalid_form", table, column: columns[0], cause })
    }
    case "SQLITE_MISMATCH":
      return new DatabaseError.DataError({ reason: "invalid_form", cause })
    case "SQLITE_TOOBIG":
      return new DatabaseError.DataError({ reason: "too_long", cause })
    case "SQLITE_BUSY_SNAPSHOT":
    case "SQLITE_LOCKED":
    case "SQLITE_LOCKED_SHAREDCACHE":
      return new DatabaseError.SerializationError({ cause })
    case "SQLITE_INTERRUPT":
      return new DatabaseError.StatementTimeoutError({ source: "client", phase, cause })
    case "SQLITE_NOTADB":
      return new DatabaseError.ConnectionError({ phase, reason: "missing", outcome: "none", cause })
    case "SQLITE_READONLY_DBMOVED":
      return new DatabaseError.ConnectionError({ phase, reason: "lost", outcome: "none", cause })
    case "SQLITE_FULL":
      return new DatabaseError.StorageFull({ cause })
    case "SQLITE_AUTH":
    case "SQLITE_PERM":
      return new DatabaseError.AuthorizationError({ cause })
    case "SQLITE_ERROR":
      return new DatabaseError.SqlSyntaxError({ reason: "other", cause })
  }
  if (code.startsWith("SQLITE_BUSY")) return new DatabaseError.LockTimeoutError({ cause })
  if (code.startsWith("SQLITE_READONLY")) return new DatabaseError.ReadOnlyNode({ cause })
  // A file that is damaged so much that it cannot be opened.
  const unreadable = phase === "connect" && code.startsWith("SQLITE_CORRUPT")
  if (unreadable || code.startsWith("SQLITE_CANTOPEN")) {
    return new DatabaseError.ConnectionError({ phase, reason: "missing", outcome: "none", cause })
  }
  if (code.startsWith("SQLITE_IOERR")) {
    // Of a failed COMMIT nobody knows how much reached the disk before.
    const outcome = phase === "commit" ? "unknown" : "none"
    return new DatabaseError.ConnectionError({ phase, reason: "lost", outcome, cause })
  }
  return new DatabaseError.UnknownDatabaseError({ code, cause })
}

interface Named {
  readonly table: string | undefined
  readonly columns: ReadonlyArray<string>
}

const nothing: Named = { table: undefined, columns: [] }

const after = (message: string, prefix: string): string =>
  message.startsWith(prefix) ? message.slice(prefix.length) : ""

/** `users.email, users.tenant_id`; a piece without the table before it belongs to a name with a comma in it. */
const columnsOf = (list: string): Named => {
  const dot = list.indexOf(".")
  if (dot <= 0) return nothing
  const table = list.slice(0, dot)
  return { table, columns: list.slice(dot + 1).split(`, ${table}.`) }
}

const uniqueOf = (message: string): Named & { readonly constraint: string | undefined } => {
  const list = after(message, "UNIQUE constraint failed: ")
  const index = /^index '(.+)'$/.exec(list)?.[1]
  return { ...(index === undefined ? columnsOf(list) : nothing), constraint: index }
}

/** A check without a name is reported by its SQL, which no error of ours shows. */
const isName = /^[\p{L}_][\p{L}\p{N}_$]*$/u

/** As `Ddl` names the checks that stand for types: SQLite has the types, but not their limits. */
const typeCheck = /^svc:(too_long|out_of_range|invalid_form):(.+)$/

const checkOf = (name: string, cause: DriverFailure): DatabaseError.DatabaseError => {
  const [, reason, column] = typeCheck.exec(name) ?? []
  if (reason === "too_long" || reason === "out_of_range" || reason === "invalid_form") {
    return new DatabaseError.DataError({ reason, column, cause })
  }
  return new DatabaseError.CheckViolation({ constraint: isName.test(name) ? name : undefined, columns: [], cause })
}
