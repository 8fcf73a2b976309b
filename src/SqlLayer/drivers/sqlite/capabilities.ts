/**
 * What SQLite can do.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "../../../Database/Dialect.js"

/**
 * One writer at a time is serializable by nature: there is no other level. A statement cannot be stopped from outside, only
 * between two rows or by the deadline guard in its text.
 *
 * @since 0.1.0
 * @category capabilities
 */
export const capabilities: Capabilities = {
  transactions: true,
  savepoints: true,
  statementTimeout: "client",
  cancel: "cooperative",
  returning: true,
  rowLocks: false,
  partialIndexes: true,
  isolation: ["serializable"]
}
