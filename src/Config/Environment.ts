/**
 * Where configuration is read from: variables and files, nothing else. The resolvers take one as an argument, so that the
 * application, the migrator, every check and every test resolve alike.
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { ConfigError } from "./ConfigError.js"
import * as Setting from "./Setting.js"

/**
 * A file read as configuration.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileContents {
  readonly text: Redacted.Redacted
  /** Permission bits and type, as `stat` gives them; undefined where the platform has none. */
  readonly mode: number | undefined
  readonly uid: number | undefined
}

/**
 * Why a file cannot be used.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileProblem {
  /** Nothing is known to be there: the path leads to no file, or through a directory that may not be searched. */
  readonly missing: boolean
  readonly reason: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Environment {
  /** The value as it is, blank ones included; undefined when the variable does not exist. */
  readonly variable: (name: string) => Effect.Effect<Redacted.Redacted | undefined, ConfigError>
  /** The whole file, unchanged. Fails for all but regular files of UTF-8 text of 1 to `maxBytes` bytes. */
  readonly file: (path: string, maxBytes?: number) => Effect.Effect<FileContents, FileProblem>
}

/**
 * The size a file with a secret may have: 64 KiB.
 *
 * @since 0.1.0
 * @category constants
 */
export const secretBytes = 64 * 1024

/**
 * The size a file with certificates may have: 1 MiB (the bundles of cloud providers are larger than 64 KiB).
 *
 * @since 0.1.0
 * @category constants
 */
export const certificateBytes = 1024 * 1024

const problem = (reason: string, missing = false): FileProblem => ({ missing, reason })

const tooLarge = (maxBytes: number) => problem(`is larger than ${maxBytes / 1024} KiB`)

// ignoreBOM keeps the mark in the text: nothing but the newline at the end is ever stripped from a secret
const decode = (bytes: Uint8Array, maxBytes: number): Either.Either<Redacted.Redacted, FileProblem> => {
  if (bytes.length === 0) return Either.left(problem("is empty"))
  if (bytes.length > maxBytes) return Either.left(tooLarge(maxBytes))
  if (bytes.includes(0)) return Either.left(problem("holds a NUL byte"))
  return Either.try({
    try: () => Redacted.make(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)),
    catch: () => problem("is not UTF-8 text")
  })
}

/**
 * The environment of the running program: the current `ConfigProvider` and `FileSystem`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const current: Effect.Effect<Environment, never, FileSystem.FileSystem> = Effect.flatMap(
  FileSystem.FileSystem,
  (fileSystem) => fromFileSystem(Option.some(fileSystem))
)

/**
 * The same, for programs that may have no `FileSystem`: reading a file then fails.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromFileSystem = (fileSystem: Option.Option<FileSystem.FileSystem>): Effect.Effect<Environment> =>
  Effect.configProviderWith((provider) =>
    Effect.succeed<Environment>({
      variable: (name) =>
        provider.load(Config.option(Config.redacted(name))).pipe(
          Effect.map(Option.getOrUndefined),
          // a provider's own message may hold the value
          Effect.mapError(() => new ConfigError({ variable: name, reason: "the ConfigProvider failed to read it" }))
        ),
      file: (path, maxBytes = secretBytes) =>
        Option.match(fileSystem, {
          onNone: () => Effect.fail(problem("cannot be read: the program provides no FileSystem")),
          onSome: (fs) => readFile(fs, path, maxBytes)
        })
    })
  )

const readFile = (
  fileSystem: FileSystem.FileSystem,
  path: string,
  maxBytes: number
): Effect.Effect<FileContents, FileProblem> =>
  Effect.gen(function*() {
    const info = yield* Effect.mapError(fileSystem.stat(path), (error) => unreadable(error, true))
    // a pipe or a device would be read for ever
    if (info.type !== "File") return yield* Effect.fail(problem("is not a regular file"))
    if (info.size > BigInt(maxBytes)) return yield* Effect.fail(tooLarge(maxBytes))
    const bytes = yield* Effect.mapError(fileSystem.readFile(path), (error) => unreadable(error, false))
    const text = yield* decode(bytes, maxBytes)
    // Windows makes the bits up
    const mode = process.platform === "win32" ? undefined : info.mode
    return { text, mode, uid: Option.getOrUndefined(info.uid) }
  })

const unreadable = (error: PlatformError, missing: boolean): FileProblem => {
  const system = error._tag === "SystemError" ? error.reason : undefined
  if (system === "NotFound") return problem("does not exist", true)
  return problem(system === "PermissionDenied" ? "cannot be read: permission denied" : "cannot be read", missing)
}

/**
 * An environment of plain values, for tests and for programs that keep their configuration elsewhere.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (values: {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly files?: Readonly<
    Record<string, string | Uint8Array | { readonly text: string; readonly mode?: number; readonly uid?: number }>
  >
}): Environment => {
  const variables = new Map(Object.entries(values.variables))
  const files = new Map(Object.entries(values.files ?? {}))
  return {
    variable: (name) => {
      const value = variables.get(name)
      return Effect.succeed(value === undefined ? undefined : Redacted.make(value))
    },
    file: (path, maxBytes = secretBytes) => {
      const file = files.get(path)
      if (file === undefined) return Effect.fail(problem("does not exist", true))
      const content = typeof file === "string" || file instanceof Uint8Array ? { text: file } : file
      const bytes = typeof content.text === "string" ? new TextEncoder().encode(content.text) : content.text
      return Either.map(decode(bytes, maxBytes), (text) => ({
        text,
        mode: "mode" in content ? content.mode : undefined,
        uid: "uid" in content ? content.uid : undefined
      }))
    }
  }
}

/**
 * The value of a variable unless it is blank: what every setting is read with. Surrounding white space stays.
 *
 * @since 0.1.0
 * @category accessors
 */
export const nonBlank = (
  environment: Environment,
  name: string
): Effect.Effect<Redacted.Redacted | undefined, ConfigError> =>
  Effect.map(
    environment.variable(name),
    (value) => value === undefined || Redacted.value(value).trim() === "" ? undefined : value
  )

/**
 * The first of several names that is set to a non-blank text, trimmed: for settings that are no secrets.
 *
 * @since 0.1.0
 * @category accessors
 */
export const setting = (
  environment: Environment,
  ...names: ReadonlyArray<string>
): Effect.Effect<{ readonly name: string; readonly value: string } | undefined, ConfigError> =>
  Effect.gen(function*() {
    for (const name of names) {
      const value = yield* nonBlank(environment, name)
      if (value !== undefined) return { name, value: Redacted.value(value).trim() }
    }
    return undefined
  })

/**
 * The name of a file as a message may show it: a path that looks like one. A secret put where a path belongs (a common
 * mistake with `*_FILE`) is not repeated.
 *
 * @since 0.1.0
 * @category accessors
 */
export const displayPath = (path: string): string =>
  /^(?:\.{0,2}\/|[a-z]:\\)/i.test(path) && !path.includes("://")
    ? `the file ${JSON.stringify(path)}`
    : "the file it names"

/**
 * Reads a file on behalf of a setting; the error names both.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fileFor = (
  environment: Environment,
  setting: Omit<Setting.Setting, "value">,
  path: string,
  maxBytes?: number
): Effect.Effect<FileContents, ConfigError> =>
  Effect.mapError(
    environment.file(path, maxBytes),
    (problem) => Setting.invalid(setting, `${displayPath(path)} ${problem.reason}`)
  )
