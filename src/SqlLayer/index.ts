/**
 * SQL databases as services: provide `SqlLayer.fromEnv` (or `layer`, `fromUrl`) once, and a program has `Sql.Default` with
 * transactions, deadlines and compiled statements, and the standard `SqlClient` of `@effect/sql` for handwritten SQL. What rows
 * mean is not known here: that is Repository's matter.
 *
 * @since 0.1.0
 */
export * from "./Layer.js"

export * as Sql from "./Sql.js"

export type { Result, Statement } from "./Statement.js"

export type { PoolStats } from "./Pool.js"
