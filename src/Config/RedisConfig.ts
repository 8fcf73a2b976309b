/**
 * The URL of a Redis server, for health checks only: unset means that there is no such check.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { ConfigError } from "./ConfigError.js"
import * as Environment from "./Environment.js"
import * as SecretSource from "./SecretSource.js"
import * as Setting from "./Setting.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface RedisConfig {
  readonly source: string
  readonly url: Redacted.Redacted
}

/**
 * The configuration of an environment: `REDIS_URL`, then the file named by `REDIS_URL_FILE`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolve = (
  environment: Environment.Environment
): Effect.Effect<Option.Option<RedisConfig>, ConfigError> =>
  Effect.gen(function*() {
    const [source] = yield* SecretSource.find(environment, { variables: ["REDIS_URL"] })
    if (source === undefined) return Option.none()
    const url = yield* source.read
    if (!/^rediss?:\/\/\S+$/i.test(Redacted.value(url))) {
      return yield* Setting.invalid(
        { name: source.name },
        "is no URL of Redis",
        "The form is redis://host:6379 or rediss://host"
      )
    }
    return Option.some({ source: source.name, url })
  })

/**
 * The configuration of the running program.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnv: Effect.Effect<Option.Option<RedisConfig>, ConfigError, FileSystem.FileSystem> = Effect.suspend(
  () => Effect.flatMap(Environment.current, resolve)
)
