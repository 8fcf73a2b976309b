/**
 * Repositories: typed reads and writes of one table, compiled once for its database.
 *
 * @since 0.1.0
 */
export type * from "./Contract.js"
export * from "./sql/Make.js"
