/**
 * What the log gets of a cause: names, redacted messages and stack frames; never a driver's own report, which quotes SQL and values.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import { isDatabaseError } from "../../Database/DatabaseError.js"

const rules: ReadonlyArray<readonly [RegExp, string]> = [
  // user:password@ of a URL
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, "$1***@"],
  [
    /\b(password|passwd|pwd|secret|token|api[_-]?key|authorization|cookie)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi,
    "$1$2***"
  ],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, "$1 ***"],
  // Key (email)=(a@b.c) of PostgreSQL
  [/\)=\([^)]*\)/g, ")=(***)"],
  [/[^\s"'<>()@=:]+@[^\s"'<>()@]+\.[a-z]{2,}/gi, "***"]
]

const maxMessage = 500

/**
 * A text without what looks like a secret or an address of a person, cut to 500 characters.
 *
 * @since 0.1.0
 * @category conversions
 */
export const text = (message: string): string => {
  // Cut first: the patterns then see a bounded text.
  const short = message.length > maxMessage ? `${message.slice(0, maxMessage)}…` : message
  return rules.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), short)
}

const one = (error: unknown): string => {
  if (isDatabaseError(error)) {
    return error._tag === "UnknownDatabaseError"
      ? `${error._tag} ${error.code ?? ""}`
      : `${error._tag}: ${error.message}`
  }
  if (error instanceof Error) {
    const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 20)
    return [`${error.name}: ${text(error.message)}`, ...frames].join("\n")
  }
  return typeof error === "object" && error !== null && "_tag" in error
    ? `a failure ${text(String(error._tag))}`
    : `a thrown ${typeof error}`
}

/**
 * A cause for the log.
 *
 * @since 0.1.0
 * @category conversions
 */
export const cause = (given: Cause.Cause<unknown>): string => {
  const all = [...Chunk.toReadonlyArray(Cause.failures(given)), ...Chunk.toReadonlyArray(Cause.defects(given))]
  return all.length === 0 ? "interrupted" : all.map(one).join("\n")
}
