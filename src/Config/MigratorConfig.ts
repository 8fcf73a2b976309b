/**
 * What the environment says to the migrator. The names of the Python original (`ALEMBIC_*`) mean the same settings.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type { ConfigError } from "./ConfigError.js"
import * as Environment from "./Environment.js"
import * as Setting from "./Setting.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface MigratorConfig {
  /** Path of the configuration file; undefined: the migrator looks for `svc-infra.config.*`. */
  readonly config: string | undefined
  /** File globs or package names whose exports are searched for tables. */
  readonly discover: ReadonlyArray<string>
  /** Schemas beside the default one. */
  readonly includeSchemas: ReadonlyArray<string>
  /** No drop of any table, column, constraint or index is proposed; undefined when the environment does not say. */
  readonly skipDrops: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Resolved {
  readonly config: MigratorConfig
  readonly warnings: ReadonlyArray<string>
}

const names = {
  config: ["MIGRATOR_CONFIG", "ALEMBIC_CONFIG"],
  discover: ["MIGRATOR_DISCOVER", "ALEMBIC_DISCOVER_PACKAGES"],
  includeSchemas: ["MIGRATOR_INCLUDE_SCHEMAS", "ALEMBIC_INCLUDE_SCHEMAS"],
  skipDrops: ["MIGRATOR_SKIP_DROPS", "ALEMBIC_SKIP_DROPS"]
} as const

/**
 * The settings of an environment; logs nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolve = (environment: Environment.Environment): Effect.Effect<Resolved, ConfigError> =>
  Effect.gen(function*() {
    const warnings: Array<string> = []
    const read = ([ours, alias]: readonly [string, string]) =>
      Effect.gen(function*() {
        const first = yield* Environment.setting(environment, ours)
        const second = yield* Environment.setting(environment, alias)
        if (first !== undefined && second !== undefined && first.value !== second.value) {
          warnings.push(`${ours} and ${alias} are both set and differ; ${ours} is used`)
        }
        return first ?? second
      })
    const discover = yield* read(names.discover)
    const includeSchemas = yield* read(names.includeSchemas)
    const skipDrops = yield* read(names.skipDrops)
    return {
      config: {
        config: (yield* read(names.config))?.value,
        discover: Setting.list(discover?.value ?? ""),
        includeSchemas: Setting.list(includeSchemas?.value ?? ""),
        skipDrops: skipDrops === undefined ? undefined : yield* Setting.boolean(skipDrops)
      },
      warnings
    }
  })

/**
 * The settings of the running program. Logs, by name, a setting that is given in two different ways.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnv: Effect.Effect<MigratorConfig, ConfigError, FileSystem.FileSystem> = Effect.suspend(() =>
  Environment.current.pipe(
    Effect.flatMap(resolve),
    Effect.tap(({ warnings }) => Effect.forEach(warnings, (warning) => Effect.logWarning(warning), { discard: true })),
    Effect.map(({ config }) => config)
  )
)
