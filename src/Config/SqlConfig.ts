/**
 * The resolved configuration of one SQL database: sealed, validated, and safe to print. A driver needs nothing else, least of
 * all the URL.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Dialect } from "../Database/Dialect.js"
import type { ConfigError, InvalidDatabaseUrl } from "./ConfigError.js"
import type { Tls } from "./Tls.js"

/**
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("effect-svc-infra/SqlConfig")

/**
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * Where the database is.
 *
 * - `Tcp`: a host name or address (IPv6 without brackets) and a port;
 * - `SocketDirectory` (PostgreSQL): the socket is `<directory>/.s.PGSQL.<port>`;
 * - `SocketFile` (MySQL): the socket itself;
 * - `Account` (Snowflake): the account's identifier;
 * - `File`, `Memory` (SQLite, DuckDB): a path as given, relative to the working directory, or a database of one session.
 *
 * @since 0.1.0
 * @category models
 */
export type Location =
  | { readonly _tag: "Tcp"; readonly host: string; readonly port: number }
  | { readonly _tag: "SocketDirectory"; readonly directory: string; readonly port: number }
  | { readonly _tag: "SocketFile"; readonly path: string }
  | { readonly _tag: "Account"; readonly account: string; readonly port: number }
  | { readonly _tag: "File"; readonly path: string }
  | { readonly _tag: "Memory" }

/**
 * How many sessions to keep and how long. All durations are milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface PoolConfig {
  /** Kept open; 5. */
  readonly size: number
  /** Opened beyond `size` under load; 10. */
  readonly maxOverflow: number
  /** The whole budget of one acquire; 30 000. */
  readonly timeoutMs: number
  /** Maximum lifetime, to which the pool adds jitter; 3 600 000. */
  readonly recycleMs: number
  /** Validate a session that was idle for longer than a second; true. */
  readonly prePing: boolean
  /** Close a session above `size` that was idle for so long; undefined leaves it to the pool. Never more than `recycleMs`. */
  readonly idleMs: number | undefined
}

/**
 * One SQL database. Values come from `fromEnv`, `fromUrl` and `make` only; they are frozen, and printing one in any way shows
 * neither the password nor a URL.
 *
 * @since 0.1.0
 * @category models
 */
export interface SqlConfig {
  readonly [TypeId]: TypeId
  /** The name of the source that won: `SQL_URL`, `DATABASE_URL_FILE`, `/run/secrets/database_url`, `DB_*` for parts. */
  readonly source: string
  readonly dialect: Dialect
  readonly location: Location
  /** For display: host, socket path or account; undefined for SQLite and DuckDB. */
  readonly host: string | undefined
  /** For display: the given or the default port; undefined where there is none. */
  readonly port: number | undefined
  /** The database's name; for SQLite and DuckDB the path, or `:memory:`. */
  readonly database: string
  readonly user: string | undefined
  readonly password: Redacted.Redacted | undefined
  /** What the URL says beyond the settings of this type, decoded: for the driver. */
  readonly parameters: Readonly<Record<string, string>>
  /** Such parameters whose name says that they are secret (`token`, `private_key_pwd`). */
  readonly secretParameters: Readonly<Record<string, Redacted.Redacted>>
  readonly tls: Tls
  readonly pool: PoolConfig
  /** One connection attempt, in milliseconds; 10 000. */
  readonly connectTimeoutMs: number
  /** Bound of each transaction, in milliseconds; undefined: none. */
  readonly statementTimeoutMs: number | undefined
  readonly replicas: ReadonlyArray<SqlConfig>
  /** Reads the secrets again; defined when one of them came from a file. For a rotated password. */
  readonly reload: Effect.Effect<SqlConfig, ConfigError | InvalidDatabaseUrl> | undefined
}
