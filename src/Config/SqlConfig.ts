/**
 * The resolved configuration of one SQL database: sealed, validated, and safe to print. A driver needs nothing else, least of
 * all the URL.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import { NodeInspectSymbol } from "effect/Inspectable"
import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Dialect } from "../Database/Dialect.js"
import type { ConfigError, InvalidDatabaseUrl } from "./ConfigError.js"
import * as DatabaseUrl from "./DatabaseUrl.js"
import * as Engine from "./Engine.js"
import * as Environment from "./Environment.js"
import * as Host from "./Host.js"
import * as Location from "./Location.js"
import * as Setting from "./Setting.js"
import * as SqlSettings from "./SqlSettings.js"
import * as SqlSource from "./SqlSource.js"
import * as Tls from "./Tls.js"
import * as TlsParameters from "./TlsParameters.js"
import { isSecret } from "./UrlSyntax.js"

/** @since 0.1.0 */
export type { Location } from "./Location.js"
/** @since 0.1.0 */
export type { PoolConfig, SqlSettings } from "./SqlSettings.js"

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
 * One SQL database. Values come from `fromEnv`, `fromUrl` and `make` only; they are frozen, and printing one in any way shows
 * neither the password nor a URL.
 *
 * @since 0.1.0
 * @category models
 */
export interface SqlConfig extends SqlSettings.SqlSettings {
  readonly [TypeId]: TypeId
  /** The name of the source that won: `SQL_URL`, `DATABASE_URL_FILE`, `/run/secrets/database_url`, `DB_*` for parts. */
  readonly source: string
  readonly dialect: Dialect
  readonly location: Location.Location
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
  readonly tls: Tls.Tls
  readonly replicas: ReadonlyArray<SqlConfig>
  /**
   * Resolves again, replicas included; defined when a file was read. For a password or certificate that was rotated. Replicas
   * have none of their own.
   */
  readonly reload: Effect.Effect<SqlConfig, ConfigError | InvalidDatabaseUrl> | undefined
}

type Failure = ConfigError | InvalidDatabaseUrl

/**
 * What a program may say beside the URL; the URL wins.
 *
 * @since 0.1.0
 * @category models
 */
export interface SettingsOptions {
  readonly pool?: Partial<SqlSettings.PoolConfig> | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly statementTimeoutMs?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface UrlOptions extends SettingsOptions {
  /** The source's name in errors, logs and `source`; `url`. */
  readonly name?: string | undefined
  /** The TLS mode when the URL says nothing; that of `Tls.defaultMode`. */
  readonly tlsMode?: Tls.TlsMode | undefined
  /** URLs of read replicas, of the same dialect. */
  readonly replicas?: ReadonlyArray<string | Redacted.Redacted> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ValueOptions extends SettingsOptions {
  /** The source's name in errors, logs and `source`; `values`. */
  readonly name?: string | undefined
  readonly dialect: Dialect
  /** A name, an address, a Snowflake account or the absolute path of a socket; `localhost`. */
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** A name; for SQLite and DuckDB a path, `:memory:` or nothing. */
  readonly database?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | Redacted.Redacted | undefined
  readonly parameters?: Readonly<Record<string, string | Redacted.Redacted>> | undefined
  /** Instead of `ssl*` parameters: certificates as PEM texts. */
  readonly tls?: Tls.TlsOptions | undefined
  readonly replicas?: ReadonlyArray<SqlConfig> | undefined
}

/**
 * The configuration and what should be logged about it; both by names only.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resolved {
  readonly config: SqlConfig
  readonly warnings: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category predicates
 */
export const isSqlConfig = (value: unknown): value is SqlConfig => hasProperty(value, TypeId)

/**
 * The configuration of an environment of variables and files; logs nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolve = (environment: Environment.Environment): Effect.Effect<Resolved, Failure> =>
  Effect.gen(function*() {
    let files = false
    const tracked: Environment.Environment = {
      ...environment,
      file: (path, maxBytes) =>
        Effect.tap(environment.file(path, maxBytes), () => {
          files = true
        })
    }
    const { name, replicas, url, warnings } = yield* SqlSource.resolve(tracked)
    const settings = yield* SqlSettings.fromVariables(tracked)
    const context = { environment: tracked, settings, tlsMode: yield* defaultTlsMode(tracked, url.dialect) }
    const again = Effect.map(Effect.suspend(() => resolve(environment)), (resolved) => resolved.config)
    const config = yield* build(url, name, {
      ...context,
      replicas: yield* Effect.forEach(replicas, ({ name, url }) => build(url, name, context)),
      reload: () => files ? again : undefined
    })
    return { config, warnings }
  })

/**
 * The same, None when no SQL source is set: for programs that can do with MongoDB alone.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolveOption = (
  environment: Environment.Environment
): Effect.Effect<Option.Option<Resolved>, Failure> =>
  Effect.flatMap(
    SqlSource.find(environment),
    Option.match({
      onNone: () => Effect.succeedNone,
      onSome: () => Effect.asSome(resolve(environment))
    })
  )

/**
 * The configuration of the running program, from the current `ConfigProvider` and `FileSystem`. Logs the name of the source,
 * and as warnings the names of sources that were set and lost.
 *
 * @example
 * import { SqlConfig } from "effect-svc-infra/Config"
 * import { ConfigProvider, Effect } from "effect"
 * import { FileSystem } from "@effect/platform"
 *
 * const variables = new Map([["SQL_URL", "postgresql://app:secret@db.internal/shop"]])
 *
 * const program = SqlConfig.fromEnv.pipe(
 *   Effect.map((config) => `${config.source}: ${config.dialect} at ${config.host}, ${config.tls.mode}`),
 *   Effect.withConfigProvider(ConfigProvider.fromMap(variables)),
 *   Effect.provide(FileSystem.layerNoop({}))
 * )
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnv: Effect.Effect<SqlConfig, Failure, FileSystem.FileSystem> = Effect.suspend(() =>
  Environment.current.pipe(Effect.flatMap(resolve), Effect.tap(log), Effect.map((resolved) => resolved.config))
)

/**
 * Logs what `fromEnv` logs. That `require` does not authenticate the server is said once a process and server.
 *
 * @since 0.1.0
 * @category logging
 */
export const log = ({ config, warnings }: Resolved): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* Effect.logInfo(`SQL configuration from ${config.source}: ${config.dialect}`)
    yield* Effect.forEach(warnings, (warning) => Effect.logWarning(warning), { discard: true })
    for (const one of [config, ...config.replicas]) {
      const key = `${one.source} ${one.host} ${one.port}`
      if (one.tls.verify !== "none" || one.tls.attempts.includes("plain") || said.has(key)) continue
      said.add(key)
      yield* Effect.logWarning(
        `${one.source}: TLS mode ${one.tls.mode} encrypts, but the server is not authenticated. ` +
          "Use verify-full, or name its authority in sslrootcert"
      )
    }
  })

const said = globalValue("effect-svc-infra/SqlConfig/said", () => new Set<string>())

/**
 * The configuration of a URL: for programs with more than one database. Reads no variable. A URL that names certificates needs
 * a `FileSystem` in the context; any other needs nothing.
 *
 * @example
 * import { SqlConfig } from "effect-svc-infra/Config"
 * import { Effect } from "effect"
 *
 * const config = Effect.runSync(SqlConfig.fromUrl("postgresql+asyncpg://u:p%40ss@[::1]/app?pool_size=20"))
 *
 * console.log(config.host, config.port, config.pool.size, config.tls.mode) // ::1 5432 20 prefer
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromUrl = (
  url: string | Redacted.Redacted,
  options: UrlOptions = {}
): Effect.Effect<SqlConfig, Failure> =>
  Effect.gen(function*() {
    const name = options.name ?? "url"
    const environment = yield* Effect.flatMap(Effect.serviceOption(FileSystem.FileSystem), Environment.fromFileSystem)
    const context = { environment, settings: withOptions(options), tlsMode: options.tlsMode }
    const parsed = yield* DatabaseUrl.parse(url, name)
    const replicas = yield* Effect.forEach(options.replicas ?? [], (replica, index) =>
      Effect.flatMap(
        DatabaseUrl.parse(replica, `replicas[${index}] of ${name}`),
        (url) => build(url, `replicas[${index}] of ${name}`, context)
      ))
    return yield* build(parsed, name, { ...context, replicas })
  })

/**
 * The configuration of plain values, with the same validation.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: ValueOptions): Effect.Effect<SqlConfig, Failure> =>
  Effect.gen(function*() {
    const name = options.name ?? "values"
    const environment = yield* Effect.flatMap(Effect.serviceOption(FileSystem.FileSystem), Environment.fromFileSystem)
    const wrong = options.host === undefined || options.host === "" ? undefined : Host.flawOf(options.host)
    if (wrong !== undefined) return yield* Setting.invalid({ name: "host", source: name }, wrong)
    if (options.port !== undefined && !Host.isPort(String(options.port))) {
      return yield* Setting.invalid({ name: "port", source: name }, "is not a number from 1 to 65535")
    }
    const mode = Engine.isEmbedded(options.dialect) ? undefined : options.tls?.mode
    // so that toUrl tells it
    const parameters = { ...options.parameters, ...(mode === undefined ? {} : { sslmode: mode }) }
    const redacted = (value: string | Redacted.Redacted) => typeof value === "string" ? Redacted.make(value) : value
    const database = options.database === "" || options.database === ":memory:" ? undefined : options.database
    const url: DatabaseUrl.DatabaseUrl = {
      ...DatabaseUrl.empty(options.dialect),
      user: options.user === "" ? undefined : options.user,
      password: options.password === undefined ? undefined : redacted(options.password),
      host: options.host === "" ? undefined : options.host,
      port: options.port,
      database: Engine.isEmbedded(options.dialect) ? database : options.database,
      parameters: new Map(Object.entries(parameters).map(([key, value]) => [key, redacted(value)]))
    }
    return yield* build(yield* DatabaseUrl.settle(url, name), name, {
      environment,
      settings: withOptions(options),
      tls: options.tls,
      replicas: options.replicas ?? []
    })
  })

/**
 * The URL this configuration was made of, percent-encoded, with the password: the way to hand it to another tool.
 *
 * @since 0.1.0
 * @category destructors
 */
export const toUrl = (config: SqlConfig): Redacted.Redacted => {
  const url = origins.get(config)
  // every SqlConfig is made by `seal`, which notes its origin
  if (url === undefined) throw new TypeError("not a SqlConfig made by this module")
  return DatabaseUrl.compose(url)
}

/**
 * The configuration as `svc-infra config show --json` prints it. Secrets are `***` unless revealed.
 *
 * @since 0.1.0
 * @category destructors
 */
export const render = (config: SqlConfig, options: { readonly reveal?: boolean } = {}): Rendered => {
  const hide = (secret: Redacted.Redacted) => options.reveal === true ? Redacted.value(secret) : "***"
  const secrets = Object.entries(config.secretParameters).map(([name, value]) => [name, hide(value)])
  return {
    source: config.source,
    dialect: config.dialect,
    host: config.host ?? null,
    port: config.port ?? null,
    database: config.database,
    user: config.user ?? null,
    password: config.password === undefined ? null : hide(config.password),
    parameters: { ...config.parameters, ...Object.fromEntries(secrets) },
    tls: { mode: config.tls.mode },
    pool: {
      size: config.pool.size,
      maxOverflow: config.pool.maxOverflow,
      timeoutMs: config.pool.timeoutMs,
      recycleMs: config.pool.recycleMs,
      prePing: config.pool.prePing,
      ...(config.pool.idleMs === undefined ? {} : { idleMs: config.pool.idleMs })
    },
    connectTimeoutMs: config.connectTimeoutMs,
    statementTimeoutMs: config.statementTimeoutMs ?? null,
    replicas: config.replicas.map((replica) => render(replica, options))
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Rendered {
  readonly source: string
  readonly dialect: Dialect
  readonly host: string | null
  readonly port: number | null
  readonly database: string
  readonly user: string | null
  readonly password: string | null
  readonly parameters: Readonly<Record<string, string>>
  readonly tls: { readonly mode: Tls.TlsMode }
  readonly pool: {
    readonly size: number
    readonly maxOverflow: number
    readonly timeoutMs: number
    readonly recycleMs: number
    readonly prePing: boolean
    readonly idleMs?: number
  }
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number | null
  readonly replicas: ReadonlyArray<Rendered>
}

const withOptions = (options: SettingsOptions): SqlSettings.SqlSettings => ({
  pool: { ...SqlSettings.defaults.pool, ...options.pool },
  connectTimeoutMs: options.connectTimeoutMs ?? SqlSettings.defaults.connectTimeoutMs,
  statementTimeoutMs: options.statementTimeoutMs
})

const defaultTlsMode = (environment: Environment.Environment, dialect: Dialect) =>
  Effect.gen(function*() {
    const names = dialect === "postgresql"
      ? ["DB_SSLMODE_DEFAULT", "PGSSLMODE"]
      : dialect === "mysql"
      ? ["DB_SSLMODE_DEFAULT"]
      : []
    const setting = yield* Environment.setting(environment, ...names)
    return setting === undefined ? undefined : yield* Tls.mode(setting)
  })

interface Context {
  readonly environment: Environment.Environment
  readonly settings: SqlSettings.SqlSettings
  readonly tlsMode?: Tls.TlsMode | undefined
  readonly tls?: Tls.TlsOptions | undefined
  readonly replicas?: ReadonlyArray<SqlConfig>
  /** Asked after every file was read. */
  readonly reload?: () => SqlConfig["reload"]
}

const build = (url: DatabaseUrl.DatabaseUrl, source: string, context: Context): Effect.Effect<SqlConfig, Failure> =>
  Effect.gen(function*() {
    const { dialect } = url
    const taken = yield* SqlSettings.take(url.parameters, source, context.settings)
    const settings = yield* SqlSettings.validate(taken.settings, source)
    const tls = yield* TlsParameters.take(taken.rest, { dialect, source, environment: context.environment })
    const location = yield* Location.make(url, source)
    const database = url.database ?? (dialect === "postgresql" ? url.user : undefined) ??
      (location._tag === "Memory" ? ":memory:" : undefined)
    if (database === undefined)
      return yield* Setting.invalid({ name: source }, "names no database", DatabaseUrl.formOf(dialect))
    for (const replica of context.replicas ?? []) {
      if (replica.dialect !== dialect || Engine.isEmbedded(dialect)) {
        return yield* Setting.invalid(
          { name: "replicas", source },
          `are not of a server of the primary's dialect, ${dialect}`
        )
      }
    }
    return seal(url, {
      [TypeId]: TypeId,
      source,
      dialect,
      location,
      ...Location.display(location),
      database,
      user: url.user,
      password: url.password,
      ...partition(tls.rest, url.schema),
      tls: yield* Tls.plan({ ...tls.options, ...context.tls }, {
        dialect,
        source,
        host: Location.display(location).host ?? "",
        defaultMode: context.tlsMode
      }),
      ...settings,
      pool: Object.freeze(settings.pool),
      replicas: Object.freeze(Array.from(context.replicas ?? [])),
      reload: context.reload?.()
    })
  })

const partition = (
  parameters: ReadonlyMap<string, Redacted.Redacted>,
  schema: string | undefined
): Pick<SqlConfig, "parameters" | "secretParameters"> => {
  const entries = Array.from(parameters)
  const plain = entries.filter(([name]) => !isSecret(name)).map(([name, value]) => [name, Redacted.value(value)])
  return {
    parameters: Object.freeze(Object.fromEntries(schema === undefined ? plain : [["schema", schema], ...plain])),
    secretParameters: Object.freeze(Object.fromEntries(entries.filter(([name]) => isSecret(name))))
  }
}

const origins = new WeakMap<SqlConfig, DatabaseUrl.DatabaseUrl>()

const printing = {
  toJSON(this: SqlConfig) {
    return { _id: "SqlConfig", ...render(this) }
  },
  toString(this: SqlConfig) {
    return `SqlConfig(${this.source}: ${this.dialect})`
  },
  [NodeInspectSymbol](this: SqlConfig) {
    return { _id: "SqlConfig", ...render(this) }
  }
}

const seal = (url: DatabaseUrl.DatabaseUrl, fields: SqlConfig): SqlConfig => {
  // the prototype adds printing only, so the object is what `fields` is
  const config = Object.freeze(Object.assign(Object.create(printing), fields)) as SqlConfig
  origins.set(config, url)
  return config
}
