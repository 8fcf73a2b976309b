/**
 * What runnable programs (the `svc-infra` command, a server's `main.ts`) share: a `.env` file is read, every log goes to
 * stderr, and a failure is one clear line. Not for libraries.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Cause from "effect/Cause"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { ConfigError } from "./ConfigError.js"
import * as DotEnv from "./DotEnv.js"

/**
 * Logs on stderr, so that stdout holds the program's answer alone.
 *
 * @since 0.1.0
 * @category layers
 */
export const logger: Layer.Layer<never> = Logger.replace(Logger.defaultLogger, Logger.prettyLogger({ stderr: true }))

/**
 * `logger` and the `.env` file of the working directory.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, ConfigError, FileSystem.FileSystem> = Layer.merge(logger, DotEnv.layer())

/**
 * A failure as one line without a stack: the error's tag and message.
 *
 * @since 0.1.0
 * @category destructors
 */
export const describe = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.replaceAll(/\s*\n\s*/g, " ")
}
