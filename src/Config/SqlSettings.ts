/**
 * Timeouts and pool sizes of a SQL database: from variables, from the URL, from the program. The URL wins over the others, for
 * it is the most particular; contradictions are errors.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { ConfigError } from "./ConfigError.js"
import * as Environment from "./Environment.js"
import * as Setting from "./Setting.js"

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
 * @since 0.1.0
 * @category models
 */
export interface SqlSettings {
  readonly pool: PoolConfig
  /** One connection attempt, in milliseconds; 10 000. */
  readonly connectTimeoutMs: number
  /** Bound of each transaction, in milliseconds; undefined: none. */
  readonly statementTimeoutMs: number | undefined
}

/**
 * What holds when nothing is set.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: SqlSettings = {
  pool: { size: 5, maxOverflow: 10, timeoutMs: 30_000, recycleMs: 3_600_000, prePing: true, idleMs: undefined },
  connectTimeoutMs: 10_000,
  statementTimeoutMs: undefined
}

type Reader = (settings: SqlSettings, setting: Setting.Setting) => Either.Either<SqlSettings, ConfigError>

const poolReader = <A>(
  read: (setting: Setting.Setting) => Either.Either<A, ConfigError>,
  change: (value: A) => Partial<PoolConfig>
): Reader =>
(settings, setting) =>
  Either.map(read(setting), (value) => ({ ...settings, pool: { ...settings.pool, ...change(value) } }))

const mostSessions = 10_000

const rows: ReadonlyArray<readonly [variable: string, parameter: string, read: Reader]> = [
  [
    "DB_CONNECT_TIMEOUT",
    "connect_timeout",
    (settings, setting) =>
      Either.map(Setting.seconds(setting), (connectTimeoutMs) => ({ ...settings, connectTimeoutMs }))
  ],
  [
    "DB_STATEMENT_TIMEOUT_MS",
    "statement_timeout",
    (settings, setting) =>
      Either.map(Setting.milliseconds(setting), (statementTimeoutMs) => ({ ...settings, statementTimeoutMs }))
  ],
  [
    "SQL_POOL_SIZE",
    "pool_size",
    poolReader((setting) => Setting.integer(setting, 1, mostSessions), (size) => ({ size }))
  ],
  [
    "SQL_MAX_OVERFLOW",
    "max_overflow",
    poolReader((setting) => Setting.integer(setting, 0, mostSessions), (maxOverflow) => ({ maxOverflow }))
  ],
  ["SQL_POOL_TIMEOUT", "pool_timeout", poolReader(Setting.seconds, (timeoutMs) => ({ timeoutMs }))],
  ["SQL_POOL_RECYCLE", "pool_recycle", poolReader(Setting.seconds, (recycleMs) => ({ recycleMs }))],
  ["SQL_POOL_PRE_PING", "pool_pre_ping", poolReader(Setting.boolean, (prePing) => ({ prePing }))],
  ["SQL_POOL_IDLE_TIMEOUT", "pool_idle_timeout", poolReader(Setting.seconds, (idleMs) => ({ idleMs }))]
]

/**
 * The settings of the environment's variables, over the defaults.
 *
 * @since 0.1.0
 * @category readers
 */
export const fromVariables = (environment: Environment.Environment): Effect.Effect<SqlSettings, ConfigError> =>
  Effect.gen(function*() {
    let settings = defaults
    for (const [variable, , read] of rows) {
      const setting = yield* Environment.setting(environment, variable)
      if (setting !== undefined) settings = yield* read(settings, setting)
    }
    return settings
  })

/**
 * Takes the parameters of the table off a URL and puts them over `settings`. Blank ones count as absent.
 *
 * @since 0.1.0
 * @category readers
 */
export const take = (
  parameters: ReadonlyMap<string, Redacted.Redacted>,
  source: string,
  settings: SqlSettings
): Either.Either<
  { readonly settings: SqlSettings; readonly rest: ReadonlyMap<string, Redacted.Redacted> },
  ConfigError
> =>
  Either.gen(function*() {
    const rest = new Map(parameters)
    let result = settings
    for (const [, parameter, read] of rows) {
      const secret = rest.get(parameter)
      rest.delete(parameter)
      const value = secret === undefined ? "" : Redacted.value(secret).trim()
      if (value !== "") result = yield* read(result, { name: parameter, source, value })
    }
    return { settings: result, rest }
  })

/**
 * Refuses numbers out of bounds and settings that contradict each other.
 *
 * @since 0.1.0
 * @category validation
 */
export const validate = (settings: SqlSettings, source: string): Either.Either<SqlSettings, ConfigError> => {
  const { connectTimeoutMs, pool, statementTimeoutMs } = settings
  const checks: ReadonlyArray<readonly [name: string, value: number | undefined, min: number, max: number]> = [
    ["pool.size", pool.size, 1, mostSessions],
    ["pool.maxOverflow", pool.maxOverflow, 0, mostSessions],
    ["pool.timeoutMs", pool.timeoutMs, 1, Setting.longest],
    ["pool.recycleMs", pool.recycleMs, 1, Setting.longest],
    ["pool.idleMs", pool.idleMs, 1, Setting.longest],
    ["connectTimeoutMs", connectTimeoutMs, 1, Setting.longest],
    ["statementTimeoutMs", statementTimeoutMs, 1, Setting.longest]
  ]
  for (const [name, value, min, max] of checks) {
    if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
      return Either.left(Setting.invalid({ name, source }, `is not a whole number from ${min} to ${max}`))
    }
  }
  if (pool.idleMs !== undefined && pool.idleMs > pool.recycleMs) {
    return Either.left(Setting.invalid(
      { name: "pool_idle_timeout", source },
      "is longer than pool_recycle, the maximum lifetime of a connection",
      "The variables are SQL_POOL_IDLE_TIMEOUT and SQL_POOL_RECYCLE"
    ))
  }
  return Either.right(settings)
}
