/**
 * From the errors of the database and the repository to problems, by class. Constants only: what the database said stays here.
 *
 * @since 0.1.0
 */
import type { DatabaseError } from "../../Database/DatabaseError.js"
import { isDatabaseError } from "../../Database/DatabaseError.js"
import type { InputIssue } from "../../Database/RepositoryError.js"
import { InvalidInput, NotFound, VersionConflict } from "../../Database/RepositoryError.js"
import type { TableAny } from "../../Database/TableMetadata.js"
import * as Problem from "../Problem.js"

/**
 * Where an error happened.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context {
  readonly table: TableAny
  readonly access: "read" | "write"
  /** Properties that clients know: issues point at no others. */
  readonly visible: ReadonlySet<string>
}

const retryAfter = { "retry-after": "1" }

/**
 * A JSON pointer as a URI fragment (RFC 6901, 6).
 *
 * @since 0.1.0
 * @category conversions
 */
export const pointer = (path: ReadonlyArray<string | number>): string =>
  `#${
    path.map((part) => `/${encodeURIComponent(wellFormed(String(part)).replaceAll("~", "~0").replaceAll("/", "~1"))}`)
      .join("")
  }`

/** Half of a surrogate pair cannot be percent-encoded. */
const wellFormed = (part: string): string => part.replace(/\p{Cs}/gu, "\uFFFD").slice(0, 200)

/**
 * The items of a body's issues.
 *
 * @since 0.1.0
 * @category conversions
 */
export const items = (issues: ReadonlyArray<InputIssue>): ReadonlyArray<Problem.Item> =>
  // Issues are made by `Issue` with its codes, which are codes of items too.
  issues.map(({ code, detail, path }) => ({ pointer: pointer(path), code: code as Problem.ItemCode, detail }))

const ofColumns = (
  error: { readonly table?: string | undefined; readonly columns: ReadonlyArray<string> },
  { table, visible }: Context,
  code: Problem.ItemCode,
  detail: string
): ReadonlyArray<Problem.Item> =>
  error.table !== undefined && error.table !== table.name
    ? []
    : error.columns.filter((column) => visible.has(column)).map((column) => ({
      pointer: pointer([column]),
      code,
      detail
    }))

const dataFaults = {
  too_long: ["too_long", "is too long"],
  out_of_range: ["too_large", "is out of range"],
  invalid_form: ["invalid_format", "has the wrong form"]
} as const

const ofDatabase = (error: DatabaseError, context: Context): Problem.Problem => {
  switch (error._tag) {
    case "UniqueViolation":
      return Problem.make("conflict", ofColumns(error, context, "not_unique", "is taken already"))
    case "ExclusionViolation":
      return Problem.make("conflict", ofColumns(error, context, "conflict", "conflicts with existing data"))
    case "ForeignKeyViolation":
      return error.side === "parent"
        ? Problem.make("referenceConflict")
        : Problem.make(
          "validationError",
          ofColumns(error, context, "reference_not_found", "refers to something that does not exist")
        )
    case "NotNullViolation":
      return Problem.make("validationError", ofColumns(error, context, "not_null", "must not be null"))
    case "CheckViolation":
      return Problem.make("validationError", ofColumns(error, context, "check_failed", "is not allowed"))
    case "DataError": {
      if (error.reason === "undecodable") return Problem.make("internalError")
      const [code, detail] = dataFaults[error.reason]
      const columns = error.column === undefined ? [] : [error.column]
      return Problem.make("validationError", ofColumns({ table: error.table, columns }, context, code, detail))
    }
    case "ConnectionError":
      return error.outcome === "unknown" && context.access === "write"
        ? Problem.make("unavailable")
        : Problem.make("unavailable", [], retryAfter)
    case "DeadlockError":
    case "SerializationError":
    case "TransactionRetriesExhausted":
    case "LockTimeoutError":
    case "PoolTimeout":
    case "ConnectTimeout":
    case "AuthenticationError":
    case "ReadOnlyNode":
      return Problem.make("unavailable", [], retryAfter)
    case "StorageFull":
      return Problem.make("unavailable")
    case "StatementTimeoutError":
      return Problem.make("timeout")
    case "CommitUnknown":
      return Problem.make("outcomeUnknown")
    case "AuthorizationError":
    case "PoolSelfDeadlock":
    case "TenantBreach":
    case "TransactionAborted":
    case "TransactionLost":
    case "TransactionClosed":
    case "SqlSyntaxError":
    case "CapabilityMissing":
    case "UnknownDatabaseError":
      return Problem.make("internalError")
  }
}

/**
 * The problem of an error; undefined for an error of somebody else's.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toProblem = (error: unknown, context: Context): Problem.Problem | undefined => {
  if (error instanceof Problem.Problem) return error
  if (isDatabaseError(error)) return ofDatabase(error, context)
  if (error instanceof NotFound) return Problem.make("notFound")
  if (error instanceof VersionConflict) return Problem.make("preconditionFailed", [], { etag: `"${error.current}"` })
  if (error instanceof InvalidInput) return Problem.make("validationError", items(error.issues))
  return undefined
}

/**
 * Whether running the whole write again may help.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTransient = (error: unknown): boolean =>
  isDatabaseError(error) && (error._tag === "DeadlockError" || error._tag === "SerializationError")

/**
 * How loud the log is about an error: `error` for what somebody must look at, `warning` for what passes by itself.
 *
 * @since 0.1.0
 * @category guards
 */
export const severity = (error: unknown, problem: Problem.Problem): "error" | "warning" | undefined => {
  if (isDatabaseError(error)) {
    switch (error._tag) {
      // Our own checks should have refused the value.
      case "DataError":
      case "AuthenticationError":
      case "StorageFull":
        return "error"
    }
  }
  const { status } = problem.definition
  return status === 503 || status === 504 ? "warning" : status >= 500 ? "error" : undefined
}
