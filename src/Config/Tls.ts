/**
 * What a TLS mode asks of a driver, as data: which attempts to make, what to verify, with which certificates. The words mean
 * what libpq means by them ("SSL Support" in PostgreSQL's manual), for every engine.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type { Dialect } from "../Database/Dialect.js"
import type { ConfigError } from "./ConfigError.js"
import * as Engine from "./Engine.js"
import * as Host from "./Host.js"
import * as Setting from "./Setting.js"

/**
 * The modes, from the weakest to the strongest.
 *
 * @since 0.1.0
 * @category models
 */
export const modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const

/**
 * @since 0.1.0
 * @category models
 */
export type TlsMode = (typeof modes)[number]

/**
 * The authorities a server's certificate is checked against: those Node trusts, or those of a PEM text.
 *
 * @since 0.1.0
 * @category models
 */
export type RootCert = { readonly _tag: "System" } | { readonly _tag: "Pem"; readonly pem: string }

/**
 * The decision a driver follows, without looking at a URL again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tls {
  readonly mode: TlsMode
  /**
   * `none`: any certificate; `ca`: the chain must end in `rootCert`; `full`: and the certificate must be for the host
   * connected to (a name, or the address when the host is one).
   */
  readonly verify: "none" | "ca" | "full"
  /**
   * What to try, in order. The next one is tried when the server has no TLS or refuses the former; the last failure is the
   * error. Over a Unix socket always `["plain"]`, as libpq.
   */
  readonly attempts: ReadonlyArray<"plain" | "tls">
  readonly minVersion: "TLSv1.2" | "TLSv1.3"
  /** The name to send (SNI); undefined for addresses and sockets. */
  readonly servername: string | undefined
  /** Defined exactly when `verify` is not `none`. */
  readonly rootCert: RootCert | undefined
  /** PEM of the client's certificate; comes together with `key`. */
  readonly cert: string | undefined
  readonly key: Redacted.Redacted | undefined
  readonly passphrase: Redacted.Redacted | undefined
}

/**
 * What a URL or a program asks for; certificates are PEM texts, or `system` for the authorities Node trusts.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsOptions {
  readonly mode?: TlsMode | undefined
  readonly rootCert?: string | undefined
  readonly cert?: string | undefined
  readonly key?: Redacted.Redacted | undefined
  readonly passphrase?: Redacted.Redacted | undefined
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined
  /** Whether to send the host's name; true. */
  readonly sni?: boolean | undefined
}

/**
 * Reads a mode: libpq's words, or MySQL's own (`REQUIRED`, `VERIFY_IDENTITY`), in any case.
 *
 * @since 0.1.0
 * @category readers
 */
export const mode = (setting: Setting.Setting): Either.Either<TlsMode, ConfigError> => {
  const word = setting.value.toLowerCase().replaceAll("_", "-")
  const found = modes.find((mode) => mode === (mysqlModes.get(word) ?? word))
  return Either.fromNullable(found, () => Setting.invalid(setting, `is not one of ${modes.join(", ")}`))
}

const mysqlModes: ReadonlyMap<string, TlsMode> = new Map([
  ["disabled", "disable"],
  ["preferred", "prefer"],
  ["required", "require"],
  ["verify-identity", "verify-full"]
])

/**
 * The mode of a host when neither the URL nor a variable gives one: `require`, but `prefer` on this machine; SQL Server and
 * Snowflake are verified, SQLite and DuckDB have no connection to protect.
 *
 * @since 0.1.0
 * @category accessors
 */
export const defaultMode = (dialect: Dialect, host: string): TlsMode => {
  if (Engine.isEmbedded(dialect)) return "disable"
  if (dialect === "mssql" || dialect === "snowflake") return "verify-full"
  return Host.isSocket(host) || Host.isLoopback(host) ? "prefer" : "require"
}

/**
 * The decision for a host, without reading anything.
 *
 * @since 0.1.0
 * @category constructors
 */
export const plan = (
  options: TlsOptions,
  to: {
    readonly dialect: Dialect
    readonly host: string
    readonly source: string
    readonly defaultMode?: TlsMode | undefined
  }
): Either.Either<Tls, ConfigError> => {
  const { source } = to
  const system = options.rootCert === "system"
  // libpq: sslrootcert=system changes the default to verify-full and refuses anything weaker
  const mode = options.mode ?? (system ? "verify-full" : to.defaultMode ?? defaultMode(to.dialect, to.host))
  if (to.dialect === "snowflake" && mode !== "verify-full") {
    return Either.left(Setting.invalid({ name: "sslmode", source }, "is verify-full for Snowflake, always"))
  }
  if (system && mode !== "verify-full") {
    const hint = "Any certificate of a public authority would pass: use verify-full"
    return Either.left(Setting.invalid({ name: "sslmode", source }, "is too weak for sslrootcert=system", hint))
  }
  if ((options.cert === undefined) !== (options.key === undefined)) {
    const [given, lacks] = options.cert === undefined ? ["sslkey", "sslcert"] : ["sslcert", "sslkey"]
    return Either.left(Setting.invalid({ name: given, source }, `is given without ${lacks}`))
  }
  const attempts = Host.isSocket(to.host) ? attemptsOf.disable : attemptsOf[mode]
  const verify = !attempts.includes("tls") ? "none" : verifyOf(mode, options.rootCert !== undefined)
  return Either.right(Object.freeze<Tls>({
    mode,
    verify,
    attempts,
    minVersion: options.minVersion ?? "TLSv1.2",
    servername: Host.isSocket(to.host) || Host.isAddress(to.host) || to.host === "" || options.sni === false
      ? undefined
      : to.host,
    rootCert: verify === "none"
      ? undefined
      : options.rootCert === undefined || system
      ? { _tag: "System" }
      : { _tag: "Pem", pem: options.rootCert },
    cert: options.cert,
    key: options.key,
    passphrase: options.passphrase
  }))
}

const attemptsOf: Readonly<Record<TlsMode, Tls["attempts"]>> = {
  disable: ["plain"],
  allow: ["plain", "tls"],
  prefer: ["tls", "plain"],
  require: ["tls"],
  "verify-ca": ["tls"],
  "verify-full": ["tls"]
}

// with a root certificate libpq verifies the chain in the weaker modes too
const verifyOf = (mode: TlsMode, hasRoot: boolean): Tls["verify"] =>
  mode === "verify-full" ? "full" : mode === "verify-ca" || hasRoot ? "ca" : "none"
