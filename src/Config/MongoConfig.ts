/**
 * The resolved configuration of MongoDB: sealed, validated, and safe to print.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { NodeInspectSymbol } from "effect/Inspectable"
import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { ConfigError, InvalidDatabaseUrl } from "./ConfigError.js"
import * as Environment from "./Environment.js"
import * as MongoUrl from "./MongoUrl.js"
import * as SecretSource from "./SecretSource.js"
import * as Setting from "./Setting.js"

/**
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("effect-svc-infra/MongoConfig")

/**
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * One MongoDB database. Values come from `fromEnv` and `fromUrl` only; they are frozen, and printing one in any way shows
 * neither credentials nor the URL.
 *
 * @since 0.1.0
 * @category models
 */
export interface MongoConfig {
  readonly [TypeId]: TypeId
  /** `MONGO_URL`, `MONGO_URL_FILE`, `/run/secrets/mongo_url`, or `default` for `mongodb://localhost:27017`. */
  readonly source: string
  /** For the driver. */
  readonly url: Redacted.Redacted
  /** For people: `mongodb://***@a:1,b:2/?replicaSet=r`. */
  readonly maskedUrl: string
  readonly srv: boolean
  readonly hosts: ReadonlyArray<string>
  readonly user: string | undefined
  readonly database: string
  readonly appName: string
  readonly minPoolSize: number
  readonly maxPoolSize: number
  /** Resolves again; defined when a file was read. For a password that was rotated. */
  readonly reload: Effect.Effect<MongoConfig, ConfigError | InvalidDatabaseUrl> | undefined
}

type Failure = ConfigError | InvalidDatabaseUrl

/**
 * What a program says beside the URL; the URL's `appName`, `minPoolSize` and `maxPoolSize` win.
 *
 * @since 0.1.0
 * @category models
 */
export interface UrlOptions {
  readonly database: string
  /** The source's name in errors and in `source`; `url`. */
  readonly name?: string | undefined
  /** `svc-infra`. */
  readonly appName?: string | undefined
  /** 0. */
  readonly minPoolSize?: number | undefined
  /** 100. */
  readonly maxPoolSize?: number | undefined
  /** Accept `tlsInsecure` and its kin in the URL; false. */
  readonly allowInsecureTls?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Resolved {
  readonly config: MongoConfig
  readonly warnings: ReadonlyArray<string>
}

const places: SecretSource.Places = { variables: ["MONGO_URL"], secretFile: "/run/secrets/mongo_url" }

/**
 * The names of the sources of the URL, in order.
 *
 * @since 0.1.0
 * @category constants
 */
export const sources: ReadonlyArray<string> = SecretSource.names(places)

/**
 * @since 0.1.0
 * @category predicates
 */
export const isMongoConfig = (value: unknown): value is MongoConfig => hasProperty(value, TypeId)

/**
 * The configuration of a URL and plain values.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromUrl = (url: string | Redacted.Redacted, options: UrlOptions): Effect.Effect<MongoConfig, Failure> =>
  Effect.flatMap(MongoUrl.parse(url, options.name), (parsed) => build(parsed, options, undefined))

/**
 * The configuration of an environment of variables and files; logs nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolve = (environment: Environment.Environment): Effect.Effect<Resolved, Failure> =>
  Effect.gen(function*() {
    const [source = fallback, ...others] = yield* SecretSource.find(environment, places)
    const text = yield* source.read
    const url = yield* MongoUrl.parse(text, source.name)
    const setting = (name: string) => Environment.setting(environment, name)
    const pool = (name: string, min: number) =>
      Effect.flatMap(
        setting(name),
        (found) => found === undefined ? Effect.succeed(undefined) : Setting.integer(found, min, mostConnections)
      )
    const database = yield* setting("MONGO_DB")
    if (database === undefined) {
      const hint = "It names the database to use; the one in the URL is for authentication"
      return yield* Setting.invalid({ name: "MONGO_DB" }, "is not set", hint)
    }
    const reload = Effect.map(Effect.suspend(() => resolve(environment)), (resolved) => resolved.config)
    const differ = yield* Effect.filter(others, (other) =>
      Effect.match(other.read, {
        onFailure: () => true,
        onSuccess: (value) => Redacted.value(value) !== Redacted.value(text)
      }))
    return {
      config: yield* build(url, {
        name: source.name,
        database: database.value,
        appName: (yield* setting("MONGO_APPNAME"))?.value,
        minPoolSize: yield* pool("MONGO_MIN_POOL", 0),
        maxPoolSize: yield* pool("MONGO_MAX_POOL", 1)
      }, source.isFile ? reload : undefined),
      warnings: differ.map((other) =>
        `${source.name} and ${other.name} are both set and differ; ${source.name} is used`
      )
    }
  })

const fallback: SecretSource.SecretSource = {
  name: "default",
  isFile: false,
  read: Effect.succeed(Redacted.make("mongodb://localhost:27017"))
}

/**
 * The same, None when neither a source of the URL nor `MONGO_DB` is set.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolveOption = (environment: Environment.Environment): Effect.Effect<Option.Option<Resolved>, Failure> =>
  Effect.gen(function*() {
    const sources = yield* SecretSource.find(environment, places)
    const database = yield* Environment.setting(environment, "MONGO_DB")
    return sources.length === 0 && database === undefined
      ? Option.none()
      : Option.some(yield* resolve(environment))
  })

/**
 * The configuration of the running program, from the current `ConfigProvider` and `FileSystem`. Logs the name of the source,
 * and as warnings the names of sources that were set and lost.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnv: Effect.Effect<MongoConfig, Failure, FileSystem.FileSystem> = Effect.suspend(() =>
  Environment.current.pipe(Effect.flatMap(resolve), Effect.tap(log), Effect.map((resolved) => resolved.config))
)

/**
 * Logs what `fromEnv` logs.
 *
 * @since 0.1.0
 * @category logging
 */
export const log = ({ config, warnings }: Resolved): Effect.Effect<void> =>
  Effect.zipRight(
    Effect.logInfo(`MongoDB configuration from ${config.source}`),
    Effect.forEach(warnings, (warning) => Effect.logWarning(warning), { discard: true })
  )

/**
 * The configuration as `svc-infra config show --json` prints it. The credentials are `***` unless revealed.
 *
 * @since 0.1.0
 * @category destructors
 */
export const render = (config: MongoConfig, options: { readonly reveal?: boolean } = {}): Rendered => ({
  source: config.source,
  url: options.reveal === true ? Redacted.value(config.url) : config.maskedUrl,
  database: config.database,
  appName: config.appName,
  minPoolSize: config.minPoolSize,
  maxPoolSize: config.maxPoolSize
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Rendered {
  readonly source: string
  readonly url: string
  readonly database: string
  readonly appName: string
  readonly minPoolSize: number
  readonly maxPoolSize: number
}

const mostConnections = 10_000
const insecure = ["tlsInsecure", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames"]

const build = (
  url: MongoUrl.MongoUrl,
  options: UrlOptions,
  reload: MongoConfig["reload"]
): Either.Either<MongoConfig, ConfigError> =>
  Either.gen(function*() {
    const source = options.name ?? "url"
    const option = (name: string): Setting.Setting | undefined => {
      const found = url.options.findLast((option) => option.name.toLowerCase() === name.toLowerCase())
      const value = found === undefined ? "" : Redacted.value(found.value).trim()
      return value === "" ? undefined : { name, source, value }
    }
    for (const name of insecure) {
      const setting = option(name)
      if (options.allowInsecureTls !== true && setting !== undefined && setting.value.toLowerCase() !== "false") {
        const hint = "The server would not be authenticated; a program can allow it with allowInsecureTls"
        return yield* Either.left(Setting.invalid(setting, "is refused", hint))
      }
    }
    const pool = (setting: Setting.Setting | undefined, given: number | undefined, fallback: number, min: number) =>
      setting === undefined && given === undefined
        ? Either.right(fallback)
        : Setting.integer(
          setting ?? { name: min === 0 ? "minPoolSize" : "maxPoolSize", source, value: String(given) },
          min,
          mostConnections
        )
    const minPoolSize = yield* pool(option("minPoolSize"), options.minPoolSize, 0, 0)
    const maxPoolSize = yield* pool(option("maxPoolSize"), options.maxPoolSize, 100, 1)
    if (minPoolSize > maxPoolSize) {
      const hint = "The variables are MONGO_MIN_POOL and MONGO_MAX_POOL"
      return yield* Either.left(Setting.invalid({ name: "minPoolSize", source }, "is more than maxPoolSize", hint))
    }
    const database = yield* databaseName(options.database, source)
    const appName = option("appName")?.value ?? options.appName ?? "svc-infra"
    if (new TextEncoder().encode(appName).length > 128) {
      return yield* Either.left(Setting.invalid({ name: "appName", source }, "is longer than 128 bytes"))
    }
    return seal({
      [TypeId]: TypeId,
      source,
      url: url.text,
      maskedUrl: url.masked,
      srv: url.srv,
      hosts: url.hosts,
      user: url.user,
      database,
      appName,
      minPoolSize,
      maxPoolSize,
      reload
    })
  })

/** MongoDB manual, "Naming Restrictions": the same on every platform, so that a database can move. */
const databaseName = (name: string, source: string): Either.Either<string, ConfigError> =>
  name === "" || /[/\\. "$*<>:|?\0]/.test(name) || new TextEncoder().encode(name).length > 63
    ? Either.left(Setting.invalid({ name: "MONGO_DB", source }, "is no name of a MongoDB database"))
    : Either.right(name)

const printing = {
  toJSON(this: MongoConfig) {
    return { _id: "MongoConfig", ...render(this) }
  },
  toString(this: MongoConfig) {
    return `MongoConfig(${this.source})`
  },
  [NodeInspectSymbol](this: MongoConfig) {
    return { _id: "MongoConfig", ...render(this) }
  }
}

// the prototype adds printing only, so the object is what `fields` is
const seal = (fields: MongoConfig): MongoConfig =>
  Object.freeze(Object.assign(Object.create(printing), fields)) as MongoConfig
