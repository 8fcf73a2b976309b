/**
 * The six SQL dialects and what each can do.
 *
 * @since 0.1.0
 */

/**
 * A dialect of SQL, by the name that configuration and spans use.
 *
 * @since 0.1.0
 * @category models
 */
export type Dialect = "postgresql" | "mysql" | "sqlite" | "duckdb" | "mssql" | "snowflake"

/**
 * What a database can do. Code, documentation and the randomised tests read the same table.
 *
 * @since 0.1.0
 * @category models
 */
export interface Capabilities {
  readonly transactions: boolean
  readonly savepoints: boolean
  /** `server`: the server stops the statement by itself; `client`: we stop it; `none`: nobody can. */
  readonly statementTimeout: "server" | "client" | "none"
  /** A running statement can be stopped from outside. `cooperative`: between two rows only. */
  readonly cancel: "side-channel" | "cooperative" | "none"
  readonly returning: boolean
  readonly rowLocks: boolean
  readonly partialIndexes: boolean
  readonly isolation: ReadonlyArray<Isolation>
}

/**
 * Isolation levels of the SQL standard.
 *
 * @since 0.1.0
 * @category models
 */
export type Isolation = "read uncommitted" | "read committed" | "repeatable read" | "serializable"
