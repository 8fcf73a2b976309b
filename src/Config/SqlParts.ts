/**
 * A database URL from its parts, `DB_HOST` and the other `DB_*` variables. The parts are never pasted into a text: they become
 * a `DatabaseUrl` as they are.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Dialect } from "../Database/Dialect.js"
import type { ConfigError } from "./ConfigError.js"
import * as DatabaseUrl from "./DatabaseUrl.js"
import * as Engine from "./Engine.js"
import * as Environment from "./Environment.js"
import * as Host from "./Host.js"
import * as SecretSource from "./SecretSource.js"
import * as Setting from "./Setting.js"

/**
 * What the parts together are called as a source.
 *
 * @since 0.1.0
 * @category constants
 */
export const name = "DB_*"

/**
 * A URL to show to who has none.
 *
 * @since 0.1.0
 * @category constants
 */
export const example = "sqlite:///./data/app.db"

const network = ["DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_PASSWORD_FILE"]
const variables = ["DB_DIALECT", "DB_DRIVER", "DB_NAME", "DB_PARAMS", ...network]

const given = (environment: Environment.Environment, names: ReadonlyArray<string>) =>
  Effect.filter(names, (name) => Effect.map(Environment.nonBlank(environment, name), (value) => value !== undefined))

/**
 * The parts as a source; None when no part is set.
 *
 * @since 0.1.0
 * @category readers
 */
export const read = (environment: Environment.Environment) =>
  Effect.map(
    given(environment, variables),
    (names) => names.length === 0 ? Option.none() : Option.some({ name, url: compose(environment, names) })
  )

/**
 * Names of parts that are set and mean nothing to the dialect.
 *
 * @since 0.1.0
 * @category readers
 */
export const warnings = (
  environment: Environment.Environment,
  dialect: Dialect
): Effect.Effect<ReadonlyArray<string>, ConfigError> =>
  Effect.gen(function*() {
    const idle = Engine.isEmbedded(dialect) ? yield* given(environment, network) : []
    const differ = !Engine.isEmbedded(dialect) && (yield* passwordsDiffer(environment))
    return [
      ...idle.map((name) => `${name} is set and means nothing to ${dialect}`),
      ...(differ ? ["DB_PASSWORD and DB_PASSWORD_FILE are both set and differ; DB_PASSWORD is used"] : [])
    ]
  })

/**
 * A driver's name, which must be one of the dialect.
 *
 * @since 0.1.0
 * @category readers
 */
export const driver = (setting: Setting.Setting, dialect: Dialect): Either.Either<string, ConfigError> => {
  const value = setting.value.toLowerCase()
  const accepted = Engine.driversOf(dialect)
  return accepted.includes(value)
    ? Either.right(value)
    : Either.left(Setting.invalid(setting, `is no driver of ${dialect}`, `Accepted: ${accepted.join(", ")}`))
}

const compose = (
  environment: Environment.Environment,
  names: ReadonlyArray<string>
): Effect.Effect<DatabaseUrl.DatabaseUrl, ConfigError> =>
  Effect.gen(function*() {
    const setting = (name: string) => Environment.setting(environment, name)
    const text = (name: string) =>
      Effect.map(Environment.nonBlank(environment, name), (value) =>
        value === undefined ? undefined : Redacted.value(value))
    const { dialect, suffix } = yield* dialectOf(yield* setting("DB_DIALECT"))
    const driverSetting = (yield* setting("DB_DRIVER")) ?? suffix
    const database = yield* text("DB_NAME")
    const host = yield* setting("DB_HOST")
    const embedded = Engine.isEmbedded(dialect)
    if (database === undefined || (host === undefined && !embedded)) {
      const lacks = [
        ...(host === undefined && !embedded ? ["DB_HOST"] : []),
        ...(database === undefined ? ["DB_NAME"] : [])
      ]
      return yield* Setting.invalid(
        { name: lacks.join(", ") },
        `${lacks.length === 1 ? "is" : "are"} not set, but ${names.join(", ")} ${names.length === 1 ? "is" : "are"}`,
        embedded ? `${dialect} needs DB_NAME, the path` : `${dialect} needs DB_HOST and DB_NAME`
      )
    }
    const base: DatabaseUrl.DatabaseUrl = {
      ...DatabaseUrl.empty(dialect),
      driver: driverSetting === undefined ? undefined : yield* driver(driverSetting, dialect)
    }
    const slash = dialect === "snowflake" ? database.indexOf("/") : -1
    const port = yield* setting("DB_PORT")
    const url: DatabaseUrl.DatabaseUrl = host === undefined || embedded
      ? { ...base, database: database === ":memory:" ? undefined : database }
      : {
        ...base,
        user: yield* text("DB_USER"),
        password: yield* password(environment),
        host: yield* hostOf(host),
        port: port === undefined ? undefined : yield* Setting.integer(port, 1, 65535),
        database: slash === -1 ? database : database.slice(0, slash),
        schema: slash === -1 ? undefined : database.slice(slash + 1)
      }
    const parameters = yield* Environment.nonBlank(environment, "DB_PARAMS")
    return parameters === undefined ? url : yield* DatabaseUrl.withParameters(url, parameters, "DB_PARAMS")
  })

const dialectOf = (setting: Setting.Setting | undefined) => {
  const [scheme = "", suffix] = (setting?.value ?? "postgresql").split("+", 2)
  return Either.fromNullable(
    Engine.dialectOf(scheme),
    () => Setting.invalid({ name: "DB_DIALECT" }, `is not one of ${Engine.dialects.join(", ")}`)
  ).pipe(
    Either.map((dialect) => ({
      dialect,
      suffix: suffix === undefined ? undefined : { name: "DB_DIALECT", value: suffix }
    }))
  )
}

const hostOf = (setting: Setting.Setting): Either.Either<string, ConfigError> => {
  const host = setting.value.replace(/^\[(.*)\]$/, "$1")
  const flaw = Host.flawOf(host)
  return flaw === undefined
    ? Either.right(host)
    : Either.left(
      Setting.invalid(setting, flaw, "A host name, an address or a socket's absolute path; the port goes to DB_PORT")
    )
}

const passwordFile = (environment: Environment.Environment) =>
  Effect.map(
    Environment.setting(environment, "DB_PASSWORD_FILE"),
    (file) =>
      file === undefined
        ? undefined
        : SecretSource.readFile(environment, file.name, SecretSource.pointer(file.value) ?? file.value)
  )

const password = (environment: Environment.Environment) =>
  Effect.gen(function*() {
    const value = yield* Environment.nonBlank(environment, "DB_PASSWORD")
    const file = yield* passwordFile(environment)
    return value === undefined && file !== undefined ? yield* file : value
  })

const passwordsDiffer = (environment: Environment.Environment) =>
  Effect.gen(function*() {
    const value = yield* Environment.nonBlank(environment, "DB_PASSWORD")
    const file = yield* passwordFile(environment)
    if (value === undefined || file === undefined) return false
    return yield* Effect.match(file, { onFailure: () => true, onSuccess: (text) => !Equal.equals(text, value) })
  })
