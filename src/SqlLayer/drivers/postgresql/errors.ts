/**
 * What PostgreSQL and Node report, as members of the closed union: by SQLSTATE and by errno name, never by message text.
 *
 * @since 0.1.0
 */
import * as DatabaseError from "../../../Database/DatabaseError.js"
import { DriverFailure } from "../../../Database/DriverFailure.js"

/**
 * The fields of an ErrorResponse that are looked at; `pg` reports them as properties of its error.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report {
  readonly code?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
}

/**
 * When an error came: while connecting, or while a statement ran. `cancelled`: the statement's 57014 answers our own cancel.
 *
 * @since 0.1.0
 * @category models
 */
export interface Circumstances {
  readonly phase: DatabaseError.Phase
  readonly cancelled: boolean
}

/**
 * An error while a statement runs that nobody cancelled.
 *
 * @since 0.1.0
 * @category models
 */
export const duringStatement: Circumstances = { phase: "statement", cancelled: false }

/**
 * An error while a session is made.
 *
 * @since 0.1.0
 * @category models
 */
export const duringConnect: Circumstances = { phase: "connect", cancelled: false }

/**
 * The driver's report, sealed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const seal = (original: unknown): DriverFailure => new DriverFailure("pg", codeOf(original), original)

/**
 * The code of an error of the server or of Node.
 *
 * @since 0.1.0
 * @category getters
 */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined

/**
 * A connection that could not be made or was lost.
 *
 * @since 0.1.0
 * @category constructors
 */
export const connectionError = (
  phase: DatabaseError.Phase,
  reason: DatabaseError.ConnectionError["reason"],
  original: unknown,
  outcome: "none" | "unknown" = "none"
): DatabaseError.ConnectionError => new DatabaseError.ConnectionError({ phase, reason, outcome, cause: seal(original) })

const unknownObjects: ReadonlySet<string> = new Set([
  "3D000",
  "3F000",
  "42703",
  "42704",
  "42883",
  "42P01"
])

const ambiguous: ReadonlySet<string> = new Set(["42702", "42725", "42P08", "42P09"])

const outOfRange: ReadonlySet<string> = new Set(["22003", "22008", "22015"])

/**
 * What the server reported, by SQLSTATE; the most specific code wins over its class.
 *
 * The side of a foreign key stays `unknown` for 23503, since the server's fields are the same on both sides; 23001 comes
 * from RESTRICT and therefore from the parent's. 25P02 (a statement in a transaction that failed before) is
 * `TransactionAborted`: an earlier error was caught inside.
 *
 * @since 0.1.0
 * @category conversions
 */
export const classify = (report: Report, { cancelled, phase }: Circumstances): DatabaseError.DatabaseError => {
  const { code = "", column, constraint, table } = report
  const cause = seal(report)
  const connection = (reason: DatabaseError.ConnectionError["reason"], outcome: "none" | "unknown" = "none") =>
    new DatabaseError.ConnectionError({ phase, reason, outcome, cause })
  const violated = { table, constraint, columns: column === undefined ? [] : [column], cause }
  switch (code) {
    case "0A000":
      return new DatabaseError.CapabilityMissing({
        capability: "a feature of the statement",
        dialect: "postgresql",
        hint: "the cause names it",
        cause
      })
    case "08004":
      return connection("refused")
    case "08P01":
      return connection("protocol")
    case "23001":
      return new DatabaseError.ForeignKeyViolation({ ...violated, side: "parent" })
    case "23502":
      return new DatabaseError.NotNullViolation(violated)
    case "23503":
      return new DatabaseError.ForeignKeyViolation({ ...violated, side: "unknown" })
    case "23505":
      return new DatabaseError.UniqueViolation(violated)
    case "23514":
    case "44000":
      return new DatabaseError.CheckViolation(violated)
    case "23P01":
      return new DatabaseError.ExclusionViolation(violated)
    case "25006":
      return new DatabaseError.ReadOnlyNode({ cause })
    case "25P02":
      return new DatabaseError.TransactionAborted({ cause })
    case "25P03":
    case "25P04":
    case "57P05":
      return connection("lost")
    case "28000":
    case "28P01":
      return new DatabaseError.AuthenticationError({ cause })
    case "40000":
    case "40001":
      return new DatabaseError.SerializationError({ cause })
    case "40003":
      return connection("lost", "unknown")
    case "40P01":
      return new DatabaseError.DeadlockError({ cause })
    case "42501":
      return new DatabaseError.AuthorizationError({ cause })
    case "53100":
      return new DatabaseError.StorageFull({ cause })
    case "55000":
      // While connecting it means that the database takes no connections (a template, or one that is being moved).
      if (phase === "connect") return connection("missing")
      break
    case "55P03":
      return new DatabaseError.LockTimeoutError({ cause })
    case "57014":
      return new DatabaseError.StatementTimeoutError({ source: cancelled ? "client" : "server", phase, cause })
    case "57P01":
    case "57P02":
    case "57P03":
      return connection("shutting_down")
    case "57P04":
      return connection("missing")
    case "3D000":
      if (phase === "connect") return connection("missing")
      break
  }
  if (unknownObjects.has(code)) return new DatabaseError.SqlSyntaxError({ reason: "unknown_object", cause })
  switch (code.slice(0, 2)) {
    case "08":
      return connection("lost")
    case "22":
      return new DatabaseError.DataError({
        reason: code === "22001" ? "too_long" : outOfRange.has(code) ? "out_of_range" : "invalid_form",
        table,
        column,
        cause
      })
    case "42":
      return new DatabaseError.SqlSyntaxError({
        reason: code === "42601" ? "syntax" : ambiguous.has(code) ? "ambiguous" : "other",
        cause
      })
    case "53":
      return connection("too_many")
  }
  return new DatabaseError.UnknownDatabaseError({ code: report.code, cause })
}

const networkReasons: Readonly<Record<string, DatabaseError.ConnectionError["reason"]>> = {
  EACCES: "refused",
  EADDRNOTAVAIL: "refused",
  EAI_AGAIN: "unresolved",
  EAI_FAIL: "unresolved",
  EAI_NODATA: "unresolved",
  EAI_NONAME: "unresolved",
  ECONNREFUSED: "refused",
  EHOSTDOWN: "refused",
  EHOSTUNREACH: "refused",
  ENETDOWN: "refused",
  ENETUNREACH: "refused",
  ENOENT: "refused",
  ENOTDIR: "refused",
  ENOTFOUND: "unresolved",
  ENOTSOCK: "refused",
  EPROTO: "tls",
  ETIMEDOUT: "refused"
}

const isTlsCode = (code: string): boolean =>
  /^(?:ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA)/.test(code)

/**
 * What Node reported of a connection that was being made.
 *
 * @since 0.1.0
 * @category conversions
 */
export const classifyNetwork = (error: unknown): DatabaseError.ConnectionError => {
  const code = codeOf(error)
  const reason = code === undefined ? "lost" : networkReasons[code] ?? (isTlsCode(code) ? "tls" : "lost")
  return connectionError("connect", reason, error)
}
