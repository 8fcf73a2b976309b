/**
 * Layers: a database for the lifetime of a scope. Start-up fails fast by default; the end closes the pools after what is
 * under way has been given back, within a grace.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type { Scope } from "effect/Scope"
import type { ConfigError, InvalidDatabaseUrl } from "../Config/ConfigError.js"
import * as SqlConfig from "../Config/SqlConfig.js"
import type { DatabaseError } from "../Database/DatabaseError.js"
import * as Connector from "./Connector.js"
import type { Driver } from "./Driver.js"
import * as Engines from "./Engines.js"
import * as Pool from "./Pool.js"
import * as PoolLog from "./PoolLog.js"
import * as Service from "./Service.js"
import { Default, type Sql, type SqlTag } from "./Sql.js"

/**
 * How a database starts and ends.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * `fail-fast` (default): the layer fails unless the database answers; `lazy`: the first statement connects; `background`:
   * connects at once, and logs a failure.
   */
  readonly startup?: "fail-fast" | "lazy" | "background" | undefined
  /** How long the end waits for sessions in use. Default: 10 seconds. */
  readonly closeGrace?: Duration.DurationInput | undefined
  /** Warn of sessions held for longer, with the borrower's span. Default: never. */
  readonly leakDetection?: Duration.DurationInput | undefined
}

/**
 * A database within a scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  config: SqlConfig.SqlConfig,
  options: Options = {}
): Effect.Effect<Sql, DatabaseError, Scope> =>
  Effect.gen(function*() {
    const engine = yield* Engines.driver(config)
    const driver: Driver = { ...engine, connect: Connector.make(engine, config) }
    const fork = Runtime.runFork(yield* Effect.runtime())
    const pools = yield* makePools(driver, config, options, (event) => void fork(PoolLog.log(event)))
    const sql = yield* Service.make({
      driver,
      pools,
      statementTimeoutMs: config.statementTimeoutMs,
      connectTimeoutMs: config.connectTimeoutMs
    })
    switch (options.startup ?? "fail-fast") {
      case "fail-fast":
        yield* sql.ping
        break
      case "background":
        yield* Effect.forkScoped(
          Effect.catchAll(sql.ping, (error) => Effect.logWarning(`SQL start-up: ${error.message}`))
        )
        break
      case "lazy":
        break
    }
    return sql
  })

const makePools = (
  driver: Driver,
  config: SqlConfig.SqlConfig,
  options: Options,
  log: (event: Pool.PoolEvent) => void
): Effect.Effect<Service.Parts["pools"], never, Scope> => {
  const graceMs = Duration.toMillis(options.closeGrace ?? "10 seconds")
  const pool = (access: "read" | "write", size: number, maxOverflow: number): Effect.Effect<Pool.Pool, never, Scope> =>
    Effect.acquireRelease(
      Effect.sync(() =>
        Pool.make({
          connect: (deadlineAt, done) => driver.connect(access, deadlineAt, done),
          size,
          maxOverflow,
          timeoutMs: config.pool.timeoutMs,
          connectTimeoutMs: config.connectTimeoutMs,
          // A SQLite session neither ages nor dies in silence; in memory it is the database itself.
          recycleMs: driver.topology === "pooled" ? config.pool.recycleMs : Number.POSITIVE_INFINITY,
          idleMs: config.pool.idleMs,
          prePing: driver.topology === "pooled" && config.pool.prePing,
          leakAfterMs: options.leakDetection === undefined ? undefined : Duration.toMillis(options.leakDetection),
          log
        })
      ),
      (pool) => Effect.async<void>((resume) => pool.close(graceMs, () => resume(Effect.void)))
    )
  const { maxOverflow, size } = config.pool
  switch (driver.topology) {
    case "pooled":
      return Effect.map(pool("write", size, maxOverflow), (both) => ({ read: both, write: both }))
    case "single":
      return Effect.map(pool("write", 1, 0), (both) => ({ read: both, write: both }))
    case "writer-readers":
      return Effect.flatMap(
        pool("write", 1, 0),
        (write) => Effect.map(pool("read", size, 0), (read) => ({ read, write }))
      )
  }
}

type Failure = DatabaseError | ConfigError | InvalidDatabaseUrl

/** A configuration, or what makes one. */
type Given<E, R> = SqlConfig.SqlConfig | Effect.Effect<SqlConfig.SqlConfig, E, R>

const resolve = <E, R>(given: Given<E, R>): Effect.Effect<SqlConfig.SqlConfig, E, R> =>
  SqlConfig.isSqlConfig(given) ? Effect.succeed(given) : given

/**
 * The default database, with the standard `SqlClient`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <E = never, R = never>(
  config: Given<E, R>,
  options?: Options
): Layer.Layer<Default | SqlClient.SqlClient, DatabaseError | E, R> =>
  Layer.scopedContext(Effect.map(
    Effect.flatMap(resolve(config), (resolved) => make(resolved, options)),
    (sql) => Context.make(Default, sql).pipe(Context.add(SqlClient.SqlClient, sql.client))
  ))

/**
 * One more database, under a tag of its own. It does not provide `SqlClient` (two layers would silently rebind it): use `.client`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFor = <I, E = never, R = never>(
  tag: SqlTag<I>,
  config: Given<E, R>,
  options?: Options
): Layer.Layer<I, DatabaseError | E, R> =>
  Layer.scoped(tag, Effect.flatMap(resolve(config), (resolved) => make(resolved, options)))

/**
 * The default database, configured by the environment (`SQL_URL`, `DATABASE_URL`, files, parts: see Config).
 *
 * @since 0.1.0
 * @category layers
 */
export const fromEnv: Layer.Layer<Default | SqlClient.SqlClient, Failure, FileSystem.FileSystem> = layer(
  SqlConfig.fromEnv
)

/**
 * The default database at a URL.
 *
 * @since 0.1.0
 * @category layers
 */
export const fromUrl = (
  url: string | Redacted.Redacted,
  options?: Options
): Layer.Layer<Default | SqlClient.SqlClient, Failure> => layer(SqlConfig.fromUrl(url), options)
