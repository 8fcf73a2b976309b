/**
 * The engines by the words a configuration uses for them: URL schemes, Python driver names, default ports.
 *
 * @since 0.1.0
 */
import type { Dialect } from "../Database/Dialect.js"

interface Engine {
  readonly aliases: ReadonlyArray<string>
  /** Driver names of the Python ecosystem and of ours: each means the dialect and nothing more. */
  readonly drivers: ReadonlyArray<string>
  /** Undefined where there is no network. */
  readonly port: number | undefined
}

const engines: Readonly<Record<Dialect, Engine>> = {
  postgresql: {
    aliases: ["postgres"],
    drivers: ["asyncpg", "psycopg", "psycopg2", "psycopg_async", "psycopg2cffi", "pg8000", "pygresql", "pg"],
    port: 5432
  },
  mysql: {
    aliases: ["mariadb"],
    drivers: [
      "aiomysql",
      "asyncmy",
      "pymysql",
      "mysqldb",
      "mysqlclient",
      "mysqlconnector",
      "mariadbconnector",
      "cymysql",
      "pyodbc",
      "mysql2"
    ],
    port: 3306
  },
  sqlite: { aliases: [], drivers: ["aiosqlite", "pysqlite", "pysqlite_numeric", "better-sqlite3"], port: undefined },
  mssql: { aliases: [], drivers: ["pyodbc", "aioodbc", "pymssql", "tedious"], port: 1433 },
  snowflake: { aliases: [], drivers: ["snowflake", "snowflake-sdk"], port: 443 },
  duckdb: { aliases: [], drivers: ["duckdb", "duckdb_engine", "node-api"], port: undefined }
}

/**
 * Every dialect, in the order of the documentation.
 *
 * @since 0.1.0
 * @category constants
 */
export const dialects: ReadonlyArray<Dialect> = ["postgresql", "mysql", "sqlite", "mssql", "snowflake", "duckdb"]

/**
 * The dialect a scheme means, whatever its case: `Postgres` is postgresql, `mariadb` is mysql.
 *
 * @since 0.1.0
 * @category accessors
 */
export const dialectOf = (scheme: string): Dialect | undefined => {
  const name = scheme.toLowerCase()
  return dialects.find((dialect) => dialect === name || engines[dialect].aliases.includes(name))
}

/**
 * The driver names that mean this dialect.
 *
 * @since 0.1.0
 * @category accessors
 */
export const driversOf = (dialect: Dialect): ReadonlyArray<string> => engines[dialect].drivers

/**
 * The port of a server that was given none; undefined for SQLite and DuckDB.
 *
 * @since 0.1.0
 * @category accessors
 */
export const portOf = (dialect: Dialect): number | undefined => engines[dialect].port

/**
 * Whether the database is a file (or memory) of this process.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isEmbedded = (dialect: Dialect): boolean => dialect === "sqlite" || dialect === "duckdb"
