/**
 * The `cause` of a database error: what a driver reported, safe to log. Its code and class are readable; its text (which may
 * quote SQL, values and host names) is sealed, and opened on purpose only.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"

/**
 * A driver's report. `code` is SQLSTATE, errno name or extended result code; `original` is the driver's own error.
 *
 * @since 0.1.0
 * @category models
 */
export class DriverFailure extends Error {
  override readonly name = "DriverFailure"
  readonly code: string | undefined
  readonly original: Redacted.Redacted<unknown>
  constructor(driver: string, code: string | undefined, original: unknown) {
    super(code === undefined ? `reported by ${driver}` : `reported by ${driver} with code ${code}`)
    this.code = code
    this.original = Redacted.make(original)
    // The stack says where we wrapped it, not where it happened, and costs space in every log.
    delete (this as { stack?: string }).stack
  }
}

/**
 * The sealed text of a failure, for a log that may hold such things.
 *
 * @since 0.1.0
 * @category getters
 */
export const reveal = (failure: DriverFailure): unknown => Redacted.value(failure.original)
