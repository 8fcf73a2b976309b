/**
 * The TLS parameters of a database URL, taken off it: libpq's `ssl*`, MySQL's spellings of the same, SQL Server's `encrypt`.
 * No `ssl*` parameter is left for a driver, and none is ignored: drivers disagree about them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Dialect } from "../Database/Dialect.js"
import type { ConfigError } from "./ConfigError.js"
import * as Environment from "./Environment.js"
import * as Setting from "./Setting.js"
import * as Tls from "./Tls.js"

const names = [
  "sslmode",
  "ssl",
  "sslrootcert",
  "sslca",
  "sslcert",
  "sslkey",
  "sslpassword",
  "sslsni",
  "sslminprotocolversion",
  "sslcompression",
  "sslnegotiation"
] as const

type Name = (typeof names)[number]

const normalise = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, "")

/**
 * Takes the parameters off and reads the files they name. A key that others can read is refused, as libpq does.
 *
 * @since 0.1.0
 * @category readers
 */
export const take = (
  parameters: ReadonlyMap<string, Redacted.Redacted>,
  context: { readonly dialect: Dialect; readonly source: string; readonly environment: Environment.Environment }
): Effect.Effect<
  { readonly options: Tls.TlsOptions; readonly rest: ReadonlyMap<string, Redacted.Redacted> },
  ConfigError
> =>
  Effect.gen(function*() {
    const rest = new Map<string, Redacted.Redacted>()
    const found = new Map<Name, Setting.Setting>()
    for (const [name, secret] of parameters) {
      const normal = normalise(name)
      const known = names.find((candidate) => candidate === normal)
      if (!normal.startsWith("ssl")) rest.set(name, secret)
      else if (known === undefined) return yield* unknown(context.source)
      else if (found.has(known)) {
        return yield* Setting.invalid({ name: known, source: context.source }, "is given in two spellings")
      } else if (Redacted.value(secret).trim() !== "") {
        found.set(known, { name, source: context.source, value: Redacted.value(secret).trim() })
      }
    }
    const mode = yield* modeOf(found, rest, context)
    // without TLS, no certificate is read, as in libpq
    if (mode === "disable") return { options: { mode }, rest }
    const options: Tls.TlsOptions = {
      mode,
      minVersion: yield* minVersion(found.get("sslminprotocolversion")),
      sni: found.has("sslsni") ? yield* Setting.boolean(found.get("sslsni")!) : true,
      ...(yield* certificates(found, context.environment))
    }
    return { options, rest }
  })

const unknown = (source: string) =>
  Setting.invalid(
    { name: "ssl*", source },
    "a TLS parameter is not known or not supported",
    `Accepted: ${names.slice(0, -2).join(", ")}`
  )

const modeOf = (
  found: ReadonlyMap<Name, Setting.Setting>,
  rest: ReadonlyMap<string, Redacted.Redacted>,
  context: { readonly dialect: Dialect; readonly source: string }
): Either.Either<Tls.TlsMode | undefined, ConfigError> =>
  Either.gen(function*() {
    const negotiation = found.get("sslnegotiation")
    if (negotiation !== undefined && negotiation.value !== "postgres") {
      return yield* Either.left(Setting.invalid(negotiation, "only postgres is supported"))
    }
    const sslmode = found.get("sslmode")
    const ssl = found.get("ssl")
    const word = ssl === undefined ? undefined : yield* switched(ssl)
    if (sslmode === undefined)
      return word ?? (context.dialect === "mssql" ? yield* encrypt(rest, context.source) : undefined)
    const mode = yield* Tls.mode(sslmode)
    if (ssl !== undefined && (mode === "disable") !== (word === "disable")) {
      return yield* Either.left(Setting.invalid(ssl, "contradicts sslmode"))
    }
    return mode
  })

/** `ssl=true` of asyncpg and JDBC, or a mode in its place. */
const switched = (setting: Setting.Setting): Either.Either<Tls.TlsMode, ConfigError> =>
  Either.orElse(
    Either.map(Setting.boolean(setting), (on): Tls.TlsMode => on ? "require" : "disable"),
    () => Tls.mode(setting)
  )

/** SQL Server's own words; they stay among the parameters, but `tls` says what is done. */
const encrypt = (
  parameters: ReadonlyMap<string, Redacted.Redacted>,
  source: string
): Either.Either<Tls.TlsMode | undefined, ConfigError> =>
  Either.gen(function*() {
    const flag = (name: string, on: ReadonlyArray<string>, off: ReadonlyArray<string>) => {
      const value = Array.from(parameters).find(([key]) => normalise(key) === name.toLowerCase())?.[1]
      if (value === undefined) return Either.right(undefined)
      const word = Redacted.value(value).trim().toLowerCase()
      if (on.includes(word)) return Either.right(true)
      return off.includes(word)
        ? Either.right(false)
        : Setting.boolean({ name, source, value: word })
    }
    const encrypted = yield* flag("encrypt", ["mandatory", "strict"], ["optional"])
    const trusted = yield* flag("trustServerCertificate", [], [])
    return encrypted === false ? "disable" : trusted === true ? "require" : undefined
  })

const minVersion = (setting: Setting.Setting | undefined): Either.Either<Tls.Tls["minVersion"], ConfigError> => {
  switch (setting?.value.toLowerCase()) {
    case undefined:
    case "tlsv1.2":
      return Either.right("TLSv1.2")
    case "tlsv1.3":
      return Either.right("TLSv1.3")
    default:
      return Either.left(Setting.invalid(
        { name: "ssl_min_protocol_version", ...(setting?.source === undefined ? {} : { source: setting.source }) },
        "is neither TLSv1.2 nor TLSv1.3"
      ))
  }
}

const certificates = (found: ReadonlyMap<Name, Setting.Setting>, environment: Environment.Environment) =>
  Effect.gen(function*() {
    const rootSetting = found.get("sslrootcert") ?? found.get("sslca")
    const certSetting = found.get("sslcert")
    const keySetting = found.get("sslkey")
    const password = found.get("sslpassword")
    return {
      rootCert: rootSetting === undefined || rootSetting.value === "system"
        ? rootSetting?.value
        : Redacted.value((yield* pem(environment, rootSetting, /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/)).text),
      cert: certSetting === undefined
        ? undefined
        : Redacted.value((yield* pem(environment, certSetting, /-----BEGIN CERTIFICATE-----/)).text),
      key: keySetting === undefined ? undefined : yield* privateKey(environment, keySetting),
      passphrase: password === undefined ? undefined : Redacted.make(password.value)
    }
  })

const pem = (environment: Environment.Environment, setting: Setting.Setting, form: RegExp) =>
  Effect.filterOrFail(
    Environment.fileFor(environment, setting, setting.value, Environment.certificateBytes),
    (contents) => form.test(Redacted.value(contents.text)),
    () => Setting.invalid(setting, `${Environment.displayPath(setting.value)} is not in PEM form`)
  )

const privateKey = (environment: Environment.Environment, setting: Setting.Setting) =>
  Effect.gen(function*() {
    const contents = yield* pem(environment, setting, /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/)
    // libpq's masks: 0640 or less when root owns it, 0600 or less otherwise
    const forbidden = contents.uid === 0 ? 0o037 : 0o077
    if (contents.mode !== undefined && (contents.mode & forbidden) !== 0) {
      return yield* Setting.invalid(
        setting,
        `${Environment.displayPath(setting.value)} can be read by others`,
        "Its permissions must be 0600 or less, or 0640 or less when root owns it"
      )
    }
    return contents.text
  })
