/**
 * Where a database is, in the terms its driver connects by.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { ConfigError } from "./ConfigError.js"
import * as DatabaseUrl from "./DatabaseUrl.js"
import * as Engine from "./Engine.js"
import * as Host from "./Host.js"
import * as Setting from "./Setting.js"

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
 * The location a URL means. A server without a host is on `localhost`, one without a port at its engine's own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (url: DatabaseUrl.DatabaseUrl, source: string): Either.Either<Location, ConfigError> => {
  const { dialect } = url
  if (Engine.isEmbedded(dialect)) {
    return Either.right(url.database === undefined ? { _tag: "Memory" } : { _tag: "File", path: url.database })
  }
  const host = url.host ?? (dialect === "snowflake" ? undefined : "localhost")
  if (host === undefined)
    return Either.left(Setting.invalid({ name: source }, "names no account", DatabaseUrl.formOf(dialect)))
  // 0 is never used: every engine that is not embedded has a port
  const port = url.port ?? Engine.portOf(dialect) ?? 0
  if (!Host.isSocket(host)) {
    return Either.right(
      dialect === "snowflake" ? { _tag: "Account", account: host, port } : { _tag: "Tcp", host, port }
    )
  }
  if (dialect === "postgresql") return Either.right({ _tag: "SocketDirectory", directory: host, port })
  if (dialect === "mysql") return Either.right({ _tag: "SocketFile", path: host })
  return Either.left(Setting.invalid({ name: "host", source }, `is a path, but ${dialect} has no sockets`))
}

/**
 * Host, socket path or account, and port, where there are such.
 *
 * @since 0.1.0
 * @category accessors
 */
export const display = (
  location: Location
): { readonly host: string | undefined; readonly port: number | undefined } => {
  switch (location._tag) {
    case "Tcp":
      return { host: location.host, port: location.port }
    case "SocketDirectory":
      return { host: location.directory, port: location.port }
    case "SocketFile":
      return { host: location.path, port: undefined }
    case "Account":
      return { host: location.account, port: location.port }
    case "File":
    case "Memory":
      return { host: undefined, port: undefined }
  }
}
