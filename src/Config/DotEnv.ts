/**
 * `.env` files, for runnable programs only: the library never reads one by itself, and nothing is written to the environment.
 * A variable that the environment has, even a blank one, wins over the file.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { ConfigError } from "./ConfigError.js"
import * as Setting from "./Setting.js"

/**
 * Reads the text of a `.env` file: `NAME=value` lines, an `export` before allowed.
 *
 * `'...'` and backquoted values are literal, `"..."` knows `\n`, `\r`, `\t`, `\"`, `\\` and `\$`; all three may span lines. An
 * unquoted value ends at the line or at a `#` after white space, so `#` may stand in a URL. Nothing is expanded.
 *
 * @since 0.1.0
 * @category readers
 */
export const parse = (text: string, name = ".env"): Either.Either<ReadonlyMap<string, string>, ConfigError> => {
  const variables = new Map<string, string>()
  const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n")
  let start = 0
  while (start < source.length) {
    const end = source.indexOf("\n", start) === -1 ? source.length : source.indexOf("\n", start)
    const wrong = (reason: string) =>
      Either.left(Setting.invalid({ name }, `line ${source.slice(0, start).split("\n").length} ${reason}`))
    const line = source.slice(start, end)
    const head = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=[^\S\n]*/.exec(line)
    if (head === null) {
      if (!/^\s*(?:#.*)?$/.test(line)) return wrong("is not NAME=value")
      start = end + 1
      continue
    }
    const [prefix, key = ""] = head
    const value = line.slice(prefix.length)
    const form = quoted.get(value.charAt(0))
    if (form === undefined) {
      variables.set(key, value.replace(/(?:^|\s)#.*$/, "").trim())
      start = end + 1
      continue
    }
    form.lastIndex = start + prefix.length
    const match = form.exec(source)
    if (match === null) return wrong("opens a quote that is not closed, or has text behind it")
    const inner = match[1] ?? ""
    variables.set(key, value.startsWith("\"") ? inner.replaceAll(/\\([nrt"\\$])/g, unescape) : inner)
    start = form.lastIndex
  }
  return Either.right(variables)
}

const rest = String.raw`[^\S\n]*(?:#[^\n]*)?(?:\n|$)`

const quoted: ReadonlyMap<string, RegExp> = new Map([
  ["'", new RegExp(String.raw`'([^']*)'${rest}`, "y")],
  ["`", new RegExp(String.raw`${"`([^`]*)`"}${rest}`, "y")],
  ["\"", new RegExp(String.raw`"((?:[^"\\]|\\[\s\S])*)"${rest}`, "y")]
])

const unescape = (_: string, character: string): string => ({ n: "\n", r: "\r", t: "\t" })[character] ?? character

/**
 * The current `ConfigProvider`, and behind it the variables of a file; a file that does not exist is no error.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (path = ".env"): Layer.Layer<never, ConfigError, FileSystem.FileSystem> =>
  Layer.unwrapEffect(Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const text = yield* fileSystem.readFileString(path).pipe(
      Effect.catchIf(
        (error) => error._tag === "SystemError" && error.reason === "NotFound",
        () => Effect.succeed("")
      ),
      Effect.mapError(() => Setting.invalid({ name: path }, "cannot be read"))
    )
    const variables = yield* parse(text, path)
    return yield* Effect.configProviderWith((provider) =>
      Effect.succeed(Layer.setConfigProvider(
        ConfigProvider.orElse(provider, () => ConfigProvider.fromMap(new Map(variables), { pathDelim: "_" }))
      ))
    )
  }))
