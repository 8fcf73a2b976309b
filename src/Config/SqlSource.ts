/**
 * Where the SQL database's URL comes from: the one resolution order, for the application, the migrator and every check.
 *
 * 1. the variables that hold a URL, 2. the variables that point to a file, 3. `/run/secrets/database_url`, 4. the `DB_*` parts.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { ConfigError, type InvalidDatabaseUrl } from "./ConfigError.js"
import * as DatabaseUrl from "./DatabaseUrl.js"
import * as Engine from "./Engine.js"
import * as Environment from "./Environment.js"
import * as SecretSource from "./SecretSource.js"
import * as SqlParts from "./SqlParts.js"

/**
 * The URL that won, by name; `warnings` name what was set and lost, and never hold a value.
 *
 * @since 0.1.0
 * @category models
 */
export interface SqlSource {
  readonly name: string
  readonly url: DatabaseUrl.DatabaseUrl
  readonly replicas: ReadonlyArray<{ readonly name: string; readonly url: DatabaseUrl.DatabaseUrl }>
  readonly warnings: ReadonlyArray<string>
}

/**
 * The variables that hold a URL, in order.
 *
 * @since 0.1.0
 * @category constants
 */
export const variables = ["SQL_URL", "DB_URL", "DATABASE_URL", "DATABASE_URL_PRIVATE", "PRIVATE_SQL_URL"]

const primary = "PRIMARY_DB_URL"
const replica: SecretSource.Places = { variables: ["REPLICA_DB_URL"] }

const places = (withReplicas: boolean): SecretSource.Places => ({
  variables: withReplicas ? [...variables, primary] : variables,
  secretFile: "/run/secrets/database_url"
})

interface Candidate {
  readonly name: string
  readonly url: Effect.Effect<DatabaseUrl.DatabaseUrl, ConfigError | InvalidDatabaseUrl>
}

/**
 * Resolves the source; None when nothing is set.
 *
 * @since 0.1.0
 * @category readers
 */
export const find = (
  environment: Environment.Environment
): Effect.Effect<Option.Option<SqlSource>, ConfigError | InvalidDatabaseUrl> =>
  Effect.gen(function*() {
    const replicaSource = (yield* SecretSource.find(environment, replica))[0]
    const sources = yield* SecretSource.find(environment, places(replicaSource !== undefined))
    const parts = yield* SqlParts.read(environment)
    const candidates: ReadonlyArray<Candidate> = [
      ...sources.map(({ name, read }) => ({
        name,
        url: Effect.flatMap(read, (text) => DatabaseUrl.parse(text, name))
      })),
      ...Option.toArray(parts)
    ]
    const [winner, ...others] = candidates
    if (winner === undefined) return Option.none()
    const force = yield* forcedDriver(environment)
    const url = yield* Effect.flatMap(winner.url, force)
    return Option.some({
      name: winner.name,
      url,
      replicas: replicaSource === undefined ? [] : yield* replicasOf(replicaSource, url, force),
      warnings: [
        ...(winner.name === SqlParts.name ? yield* SqlParts.warnings(environment, url.dialect) : []),
        ...(yield* differing(winner.name, url, others))
      ]
    })
  })

/**
 * Resolves the source, or fails with the list of what was looked for.
 *
 * @since 0.1.0
 * @category readers
 */
export const resolve = (
  environment: Environment.Environment
): Effect.Effect<SqlSource, ConfigError | InvalidDatabaseUrl> =>
  Effect.flatMap(
    find(environment),
    Option.match({
      onNone: () => Effect.flatMap(missing(environment), Effect.fail),
      onSome: Effect.succeed
    })
  )

/**
 * The error of an environment that configures no SQL database.
 *
 * @since 0.1.0
 * @category constructors
 */
export const missing = (environment: Environment.Environment): Effect.Effect<ConfigError, ConfigError> =>
  Effect.map(Environment.nonBlank(environment, primary), (value) =>
    new ConfigError({
      variable: "SQL_URL",
      reason: "no SQL database is configured",
      looked: [...SecretSource.names(places(false)), "DB_HOST and DB_NAME"],
      hint: value === undefined
        ? `Set SQL_URL, for example to ${SqlParts.example}`
        : `${primary} is read only together with REPLICA_DB_URL`
    }))

type Force = (url: DatabaseUrl.DatabaseUrl) => Either.Either<DatabaseUrl.DatabaseUrl, ConfigError>

const forcedDriver = (environment: Environment.Environment): Effect.Effect<Force, ConfigError> =>
  Effect.map(Environment.setting(environment, "DB_FORCE_DRIVER"), (setting) => (url) =>
    setting === undefined
      ? Either.right(url)
      : Either.map(SqlParts.driver(setting, url.dialect), (driver) => ({ ...url, driver })))

const differing = (
  name: string,
  url: DatabaseUrl.DatabaseUrl,
  others: ReadonlyArray<Candidate>
): Effect.Effect<ReadonlyArray<string>> => {
  const same = (other: DatabaseUrl.DatabaseUrl) => canonical(other) === canonical(url)
  return Effect.map(
    Effect.filter(
      others,
      (other) => Effect.match(other.url, { onFailure: () => true, onSuccess: (url) => !same(url) })
    ),
    (differing) => differing.map((other) => `${name} and ${other.name} are both set and differ; ${name} is used`)
  )
}

const canonical = (url: DatabaseUrl.DatabaseUrl): string =>
  Redacted.value(DatabaseUrl.compose({ ...url, driver: undefined, port: url.port ?? Engine.portOf(url.dialect) }))

const replicasOf = (source: SecretSource.SecretSource, primary: DatabaseUrl.DatabaseUrl, force: Force) =>
  Effect.gen(function*() {
    const error = (name: string, reason: string) => new ConfigError({ variable: name, reason })
    if (Engine.isEmbedded(primary.dialect)) {
      return yield* error(source.name, `is set, but a database of ${primary.dialect} has no replicas`)
    }
    // a comma separates only where a URL follows, for passwords may hold commas
    const texts = Redacted.value(yield* source.read).split(/[\s,]+(?=[a-z][a-z0-9+._-]*:\/\/)/i)
      .map((text) => text.replaceAll(/^[\s,]+|[\s,]+$/g, "")).filter((text) => text !== "")
    if (texts.length === 0) return yield* error(source.name, "holds no URL")
    return yield* Effect.forEach(texts, (text, index) =>
      Effect.gen(function*() {
        const name = texts.length === 1 ? source.name : `${source.name}[${index}]`
        const url = yield* Effect.flatMap(DatabaseUrl.parse(text, name), force)
        if (url.dialect !== primary.dialect)
          return yield* error(name, `is not of the primary's dialect, ${primary.dialect}`)
        return { name, url }
      }))
  })
