/**
 * What PostgreSQL can do.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "../../../Database/Dialect.js"

/**
 * Of a direct connection. `read uncommitted` is accepted and means `read committed`, as the server has it.
 *
 * @since 0.1.0
 * @category capabilities
 */
export const capabilities: Capabilities = {
  transactions: true,
  savepoints: true,
  statementTimeout: "server",
  cancel: "side-channel",
  returning: true,
  rowLocks: true,
  partialIndexes: true,
  isolation: ["read uncommitted", "read committed", "repeatable read", "serializable"]
}
