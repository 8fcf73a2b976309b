/**
 * The places a secret text (a database's URL) is looked for: variables, then files that variables point to, then a file at a
 * fixed place. Nothing is skipped: a pointer that leads nowhere is an error.
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
 * A source that is set; `read` fails when it points to a file that cannot be used.
 *
 * @since 0.1.0
 * @category models
 */
export interface SecretSource {
  readonly name: string
  /** Whether the text is in a file, which may change. */
  readonly isFile: boolean
  readonly read: Effect.Effect<Redacted.Redacted, ConfigError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Places {
  readonly variables: ReadonlyArray<string>
  readonly secretFile?: string | undefined
}

/**
 * The names of all places, in the order they are looked at.
 *
 * @since 0.1.0
 * @category accessors
 */
export const names = (places: Places): ReadonlyArray<string> => [
  ...places.variables,
  ...places.variables.map((name) => `${name}_FILE`),
  ...(places.secretFile === undefined ? [] : [places.secretFile])
]

/**
 * The sources that are set, in order: every variable before any pointer, and the fixed file last.
 *
 * @since 0.1.0
 * @category readers
 */
export const find = (
  environment: Environment.Environment,
  places: Places
): Effect.Effect<ReadonlyArray<SecretSource>, ConfigError> =>
  Effect.gen(function*() {
    const sources: Array<SecretSource> = []
    for (const name of places.variables) {
      const value = yield* Environment.nonBlank(environment, name)
      if (value === undefined) continue
      const path = pointer(Redacted.value(value))
      sources.push(
        path === undefined ? { name, isFile: false, read: Effect.succeed(value) } : fileSource(environment, name, path)
      )
    }
    for (const variable of places.variables) {
      const name = `${variable}_FILE`
      const value = yield* Environment.setting(environment, name)
      if (value === undefined) continue
      sources.push(fileSource(environment, name, pointer(value.value) ?? value.value))
    }
    const file = places.secretFile
    if (file !== undefined) {
      const missing = yield* Effect.match(environment.file(file), {
        onFailure: (problem) => problem.missing,
        onSuccess: () => false
      })
      if (!missing) sources.push(fileSource(environment, file, file))
    }
    return sources
  })

const fileSource = (environment: Environment.Environment, name: string, path: string): SecretSource => ({
  name,
  isFile: true,
  read: readFile(environment, name, path)
})

/**
 * The path a value points to: `file:/path`, `file:///path` and a bare absolute path, none of which is a database's URL.
 *
 * @since 0.1.0
 * @category accessors
 */
export const pointer = (value: string): string | undefined => {
  const path = value.trim().replace(/^file:(?:\/\/(?=\/))?(?=\/)/i, "")
  return path.startsWith("/") ? path : undefined
}

/**
 * Reads a file with a secret: the text without one newline at its end.
 *
 * @since 0.1.0
 * @category readers
 */
export const readFile = (
  environment: Environment.Environment,
  name: string,
  path: string
): Effect.Effect<Redacted.Redacted, ConfigError> =>
  Effect.flatMap(Environment.fileFor(environment, { name }, path), (contents) => {
    const text = Redacted.value(contents.text).replace(/\r?\n$/, "")
    return text.trim() === ""
      ? Either.left(Setting.invalid({ name }, `${Environment.displayPath(path)} is empty`))
      : Either.right(Redacted.make(text))
  })
