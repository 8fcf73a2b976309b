/**
 * A value that does not fit the form asked for. Thrown inside the codec only; its callers make a typed error of it.
 *
 * @since 0.1.0
 */
import type { Fault } from "../Issue.js"

/**
 * @since 0.1.0
 * @category errors
 */
export class Mismatch extends Error {
  override readonly name = "Mismatch"
  constructor(readonly fault: Fault) {
    super(fault.detail)
  }
}
