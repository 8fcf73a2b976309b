/**
 * Database URLs, taken apart and put together. Not WHATWG's URL, which rewrites what it reads (paths, ports, hosts) and repairs
 * what should be refused: every part here is percent-decoded once and otherwise as written. `#` is an ordinary character.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Dialect } from "../Database/Dialect.js"
import { type ConfigError, InvalidDatabaseUrl } from "./ConfigError.js"
import * as Engine from "./Engine.js"
import * as Host from "./Host.js"
import * as Setting from "./Setting.js"
import type { Parsed, Query } from "./UrlSyntax.js"
import * as Syntax from "./UrlSyntax.js"

/**
 * The parts of a database URL, decoded. Parameters are all kept redacted, for some of them are secrets.
 *
 * @since 0.1.0
 * @category models
 */
export interface DatabaseUrl {
  readonly dialect: Dialect
  /** A driver's name (`asyncpg`), kept for `compose` only. */
  readonly driver: string | undefined
  readonly user: string | undefined
  readonly password: Redacted.Redacted | undefined
  /** A name, an address (IPv6 without brackets), a Snowflake account, or the absolute path of a socket. */
  readonly host: string | undefined
  readonly port: number | undefined
  /** A name; for SQLite and DuckDB the path, where undefined means in memory. */
  readonly database: string | undefined
  /** Snowflake's second path segment. */
  readonly schema: string | undefined
  readonly parameters: ReadonlyMap<string, Redacted.Redacted>
}

const forms: Readonly<Record<Dialect, string>> = {
  postgresql: "postgresql://user:password@host:5432/database",
  mysql: "mysql://user:password@host:3306/database",
  sqlite: "sqlite:///relative.db, sqlite:////absolute.db or sqlite:// (in memory)",
  mssql: "mssql://user:password@host:1433/database",
  snowflake: "snowflake://user:password@account/database/schema",
  duckdb: "duckdb:///relative.duckdb, duckdb:////absolute.duckdb or duckdb:// (in memory)"
}

/**
 * How a URL of this dialect is written, for messages.
 *
 * @since 0.1.0
 * @category accessors
 */
export const formOf = (dialect: Dialect): string => `The form is ${forms[dialect]}`

/**
 * Takes a URL apart. `variable` names where it came from; the error tells position and reason and holds none of the text.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (
  url: string | Redacted.Redacted,
  variable = "url"
): Either.Either<DatabaseUrl, InvalidDatabaseUrl> => {
  const text = typeof url === "string" ? url : Redacted.value(url)
  return Either.mapLeft(
    parseText(text),
    (flaw) =>
      new InvalidDatabaseUrl({ variable, ...flaw, position: Math.max(0, Math.min(flaw.position, text.length - 1)) })
  )
}

const parseText = (text: string): Parsed<DatabaseUrl> =>
  Either.gen(function*() {
    yield* Syntax.refuseCharacters(text)
    const head = /^([a-z][a-z0-9.-]*)(?:\+([a-z0-9_.-]*))?:/i.exec(text)
    const known = `The scheme must be one of ${Engine.dialects.join(", ")}`
    if (head === null) return yield* Syntax.flaw(0, "there is no scheme", known)
    const [prefix, scheme = "", driver] = head
    const dialect = Engine.dialectOf(scheme)
    if (dialect === undefined) return yield* Syntax.flaw(0, "the scheme is not known", known)
    if (driver !== undefined && !Engine.driversOf(dialect).includes(driver.toLowerCase())) {
      const accepted = `Accepted for ${dialect}: ${Engine.driversOf(dialect).join(", ")}`
      return yield* Syntax.flaw(scheme.length + 1, `this is no driver of ${dialect}`, accepted)
    }
    if (!text.startsWith("//", prefix.length)) {
      return yield* Syntax.flaw(prefix.length, "// must follow the scheme", formOf(dialect))
    }
    const base = { ...empty(dialect), driver: driver?.toLowerCase() }
    const read = Engine.isEmbedded(dialect) ? readEmbedded : readNetwork
    return yield* read(text, prefix.length + 2, base)
  })

/**
 * A URL of this dialect with no part set; for SQLite and DuckDB that is a database in memory.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty = (dialect: Dialect): DatabaseUrl => ({
  dialect,
  driver: undefined,
  user: undefined,
  password: undefined,
  host: undefined,
  port: undefined,
  database: undefined,
  schema: undefined,
  parameters: new Map()
})

const readEmbedded = (text: string, start: number, base: DatabaseUrl): Parsed<DatabaseUrl> =>
  Either.gen(function*() {
    const end = Syntax.indexOfAny(text, "?", start)
    if (start < end && text[start] !== "/") {
      return yield* Syntax.flaw(start, "a third / must come before the path", formOf(base.dialect))
    }
    const path = yield* Syntax.decode(text.slice(start + 1, end), start + 1)
    if (/^file:/i.test(path)) {
      return yield* Syntax.flaw(start + 1, "a file: name inside the URL is not understood", formOf(base.dialect))
    }
    const { values } = yield* Syntax.parseQuery(text.slice(end + 1), end + 1)
    return { ...base, database: path === "" || path === ":memory:" ? undefined : path, parameters: values }
  })

const readNetwork = (text: string, start: number, base: DatabaseUrl): Parsed<DatabaseUrl> =>
  Either.gen(function*() {
    const end = Syntax.indexOfAny(text, "/?", start)
    const pathEnd = Syntax.indexOfAny(text, "?", end)
    const at = text.lastIndexOf("@", end)
    const hostStart = at < start ? start : at + 1
    // an unencoded / or ? in a password would move the rest of it into the database's name or the parameters, for all to see
    const stray = text.indexOf("@", end)
    if (stray !== -1 && (stray < pathEnd || (at < start && pathEnd === end))) {
      return yield* Syntax.flaw(stray, "there is an @ after the host", Syntax.encodeHint)
    }
    const hosts = text.slice(hostStart, end)
    if (hosts.includes(",")) {
      const hint = "Read replicas are named in REPLICA_DB_URL"
      return yield* Syntax.flaw(hostStart + hosts.indexOf(","), "several hosts are not understood", hint)
    }
    const path = text.slice(end + 1, pathEnd)
    const slash = base.dialect === "snowflake" ? Syntax.indexOfAny(path, "/", 0) : path.length
    const database = yield* Syntax.decode(path.slice(0, slash), end + 1)
    const schema = yield* Syntax.decode(path.slice(slash + 1), end + slash + 2)
    const url = {
      ...base,
      ...(yield* Syntax.parseUserInfo(text.slice(start, Math.max(start, at)), start)),
      ...(yield* Syntax.parseHost(hosts, hostStart)),
      database: database === "" ? undefined : database,
      schema: schema === "" ? undefined : schema
    }
    return yield* withQuery(url, yield* Syntax.parseQuery(text.slice(pathEnd + 1), pathEnd + 1))
  })

/** Parameters that name the place or the credentials belong before the query: libpq's names, and those of MySQL's drivers. */
const withQuery = (url: DatabaseUrl, query: Query): Parsed<DatabaseUrl> =>
  Either.gen(function*() {
    const parameters = new Map(query.values)
    const take = (name: string) => {
      const value = parameters.get(name)
      parameters.delete(name)
      return value === undefined || Redacted.value(value) === ""
        ? undefined
        : { value, text: Redacted.value(value), position: query.positions.get(name) ?? 0 }
    }
    if (url.dialect === "mysql") {
      const socket = take("unix_socket") ?? take("socket") ?? take("socketPath")
      if (socket !== undefined && !Host.isSocket(socket.text)) {
        return yield* Syntax.flaw(socket.position, "the socket is not an absolute path")
      }
      return { ...url, host: socket?.text ?? url.host, port: socket === undefined ? url.port : undefined, parameters }
    }
    if (url.dialect !== "postgresql") return { ...url, parameters }
    const host = take("host")
    const wrong = host === undefined ? undefined : Host.flawOf(host.text)
    if (host !== undefined && wrong !== undefined) return yield* Syntax.flaw(host.position, wrong)
    const port = take("port")
    return {
      ...url,
      host: host?.text ?? url.host,
      port: port === undefined ? url.port : yield* Syntax.parsePort(port.text, port.position),
      user: take("user")?.text ?? url.user,
      password: take("password")?.value ?? url.password,
      database: take("dbname")?.text ?? url.database,
      parameters
    }
  })

/**
 * Adds parameters written as `DB_PARAMS` writes them: `sslmode=require&connect_timeout=5`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withParameters = (
  url: DatabaseUrl,
  text: Redacted.Redacted,
  variable: string
): Either.Either<DatabaseUrl, ConfigError> => {
  const value = Redacted.value(text).trim()
  const start = value.startsWith("?") ? 1 : 0
  return Syntax.parseQuery(value.slice(start), start).pipe(
    Either.flatMap((query) => withQuery(url, query)),
    Either.mapLeft((flaw) =>
      Setting.invalid(
        { name: variable },
        `${flaw.reason}, at position ${flaw.position}`,
        "The form is name=value&name=value, percent-encoded"
      )
    )
  )
}

/**
 * Moves parameters that name the place or the credentials (`host`, `unix_socket`) to where they belong, as `parse` does.
 *
 * @since 0.1.0
 * @category combinators
 */
export const settle = (url: DatabaseUrl, source: string): Either.Either<DatabaseUrl, ConfigError> =>
  Either.mapLeft(
    withQuery(url, { values: url.parameters, positions: new Map() }),
    (flaw) => Setting.invalid({ name: "parameters", source }, flaw.reason)
  )

/**
 * Puts a URL together, every part percent-encoded: `parse` of the result gives the same parts.
 *
 * @since 0.1.0
 * @category destructors
 */
export const compose = (url: DatabaseUrl): Redacted.Redacted => {
  const scheme = url.driver === undefined ? url.dialect : `${url.dialect}+${url.driver}`
  const query = Array.from(
    url.parameters,
    ([name, value]) => `${Syntax.encode(name)}=${Syntax.encode(Redacted.value(value))}`
  )
  const place = Engine.isEmbedded(url.dialect) ? composePath(url) : composeAuthority(url)
  return Redacted.make(`${scheme}://${place}${query.length === 0 ? "" : `?${query.join("&")}`}`)
}

const composePath = ({ database }: DatabaseUrl): string =>
  database === undefined ? "" : `/${database.split("/").map(Syntax.encode).join("/")}`

const composeAuthority = (url: DatabaseUrl): string => {
  const password = url.password === undefined ? "" : `:${Syntax.encode(Redacted.value(url.password))}`
  const user = url.user === undefined ? "" : Syntax.encode(url.user)
  const name = url.host ?? ""
  const host = name.includes(":") && !Host.isSocket(name) ? `[${name.replace("%", "%25")}]` : Syntax.encode(name)
  const port = url.port === undefined ? "" : `:${url.port}`
  const path = [url.database ?? "", ...(url.schema === undefined ? [] : [url.schema])].map(Syntax.encode)
  return `${user}${password}${user + password === "" ? "" : "@"}${host}${port}/${path.join("/")}`
}
