/**
 * Where to listen, from the environment.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigError } from "../Config/ConfigError.js"
import * as Environment from "../Config/Environment.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Address {
  readonly host: string
  readonly port: number
}

const port = (text: string): Effect.Effect<number, ConfigError> =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? Effect.succeed(Number(text))
    : Effect.fail(
      new ConfigError({
        variable: "PORT",
        reason: "is no port",
        hint: "Give a whole number from 0 to 65535, where 0 takes any free one"
      })
    )

/**
 * `PORT` (default: 3000) and `HOST` (default: `127.0.0.1`), from the current `ConfigProvider`. Blank counts as unset.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnv: Effect.Effect<Address, ConfigError> = Effect.gen(function*() {
  const environment = yield* Environment.fromFileSystem(Option.none())
  const given = yield* Environment.setting(environment, "PORT")
  const host = yield* Environment.setting(environment, "HOST")
  return { host: host?.value ?? "127.0.0.1", port: given === undefined ? 3000 : yield* port(given.value) }
})
