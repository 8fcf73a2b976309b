/**
 * A value that does not fit the form asked for. Thrown inside the codec only; its callers make a typed error of it.
 *
 * @since 0.1.0
 */

/**
 * `code` is one of the item codes of an `InputIssue`; `detail` never repeats the value.
 *
 * @since 0.1.0
 * @category errors
 */
export class Mismatch extends Error {
  override readonly name = "Mismatch"
  constructor(readonly code: string, readonly detail: string) {
    super(detail)
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const wrongType = (expected: string): Mismatch => new Mismatch("invalid_type", `must be ${expected}`)

/**
 * @since 0.1.0
 * @category constructors
 */
export const wrongForm = (expected: string): Mismatch => new Mismatch("invalid_format", `must be ${expected}`)
