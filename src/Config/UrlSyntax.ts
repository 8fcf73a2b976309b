/**
 * The pieces that database URLs of every kind are made of. Each reader gets the offset of its text within the URL, so that a
 * flaw can tell its position; no flaw holds any of the text.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Host from "./Host.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Flaw {
  readonly position: number
  readonly reason: string
  readonly hint?: string
}

/**
 * @since 0.1.0
 * @category models
 */
export type Parsed<A> = Either.Either<A, Flaw>

/**
 * @since 0.1.0
 * @category constructors
 */
export const flaw = (position: number, reason: string, hint?: string): Parsed<never> =>
  Either.left(hint === undefined ? { position, reason } : { position, reason, hint })

/**
 * @since 0.1.0
 * @category constants
 */
export const encodeHint = "In a user or password write @ as %40, / as %2F, : as %3A, ? as %3F, % as %25"

/**
 * The index of the first of `characters` from `start` on, or the length of the text.
 *
 * @since 0.1.0
 * @category accessors
 */
export const indexOfAny = (text: string, characters: string, start: number): number => {
  let index = start
  while (index < text.length && !characters.includes(text.charAt(index))) index++
  return index
}

/**
 * Refuses what no URL may hold unencoded: control characters, halves of surrogate pairs, white space at either end.
 *
 * @since 0.1.0
 * @category readers
 */
export const refuseCharacters = (text: string): Parsed<void> => {
  const space = /^\s|\s$/.exec(text)
  if (space !== null) return flaw(space.index, "there is white space before or after the URL")
  const control = /\p{Cc}/u.exec(text)
  if (control !== null) return flaw(control.index, "there is a control character", "Write it percent-encoded")
  const surrogate = /\p{Surrogate}/u.exec(text)
  return surrogate === null ? Either.void : flaw(surrogate.index, "this is not valid Unicode")
}

/**
 * Percent-decodes once. A `%` without two hexadecimal digits is refused: guessing would alter a password.
 *
 * @since 0.1.0
 * @category readers
 */
export const decode = (text: string, offset: number): Parsed<string> => {
  if (!text.includes("%")) return Either.right(text)
  const stray = /%(?![\da-f]{2})/i.exec(text)
  if (stray !== null) return flaw(offset + stray.index, "% is not followed by two hexadecimal digits", encodeHint)
  const nul = text.indexOf("%00")
  if (nul !== -1) return flaw(offset + nul, "there is an encoded NUL")
  return Either.try({
    try: () => decodeURIComponent(text),
    catch: () => ({ position: offset + text.indexOf("%"), reason: "the percent-encoded bytes are not UTF-8" })
  })
}

/**
 * Percent-encodes everything but letters, digits and `-_.!~*'()`; the inverse of `decode`. Halves of surrogate pairs, which no
 * database stores, become U+FFFD.
 *
 * @since 0.1.0
 * @category writers
 */
export const encode = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\uFFFD"))

/**
 * Reads `user:password`.
 *
 * @since 0.1.0
 * @category readers
 */
export const parseUserInfo = (text: string, offset: number) =>
  Either.gen(function*() {
    const colon = text.indexOf(":")
    const user = yield* decode(colon === -1 ? text : text.slice(0, colon), offset)
    const password = colon === -1 ? "" : yield* decode(text.slice(colon + 1), offset + colon + 1)
    return {
      user: user === "" ? undefined : user,
      password: password === "" ? undefined : Redacted.make(password)
    }
  })

/**
 * Reads `host:port`, `[address]:port` or a percent-encoded socket path.
 *
 * @since 0.1.0
 * @category readers
 */
export const parseHost = (text: string, offset: number) =>
  Either.gen(function*() {
    const bracket = text.startsWith("[") ? text.indexOf("]") : -1
    if (text.startsWith("[") && bracket === -1) return yield* flaw(offset, "the bracket of an address is not closed")
    const colon = text.indexOf(":", bracket + 1)
    const end = colon === -1 ? text.length : colon
    if (bracket !== -1 && end !== bracket + 1) {
      return yield* flaw(offset + bracket + 1, "only a port may follow the brackets")
    }
    if (text.includes(":", end + 1)) {
      return yield* flaw(offset + end, "there is more than one colon", `An IPv6 address needs brackets. ${encodeHint}`)
    }
    const port = yield* parsePort(text.slice(end + 1), offset + end + 1)
    const host = yield* decode(bracket === -1 ? text.slice(0, end) : text.slice(1, bracket), offset)
    const wrong = bracket !== -1 ? Host.flawOfAddress(host) : host === "" ? undefined : Host.flawOf(host)
    if (wrong !== undefined) return yield* flaw(offset, wrong, encodeHint)
    return { host: host === "" ? undefined : host, port }
  })

/**
 * Reads a port; the empty text is no port.
 *
 * @since 0.1.0
 * @category readers
 */
export const parsePort = (text: string, offset: number): Parsed<number | undefined> => {
  if (text === "") return Either.right(undefined)
  return Host.isPort(text)
    ? Either.right(Number(text))
    : flaw(offset, "the port is not a number from 1 to 65535", encodeHint)
}

/**
 * A parameter, decoded; `position` is where its value began.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parameter {
  readonly name: string
  readonly value: Redacted.Redacted
  readonly position: number
}

/**
 * Reads `name=value&name=value`. A `+` is a plus, as in libpq.
 *
 * @since 0.1.0
 * @category readers
 */
export const parseParameters = (text: string, offset: number): Parsed<ReadonlyArray<Parameter>> =>
  Either.gen(function*() {
    const parameters: Array<Parameter> = []
    let start = offset
    for (const pair of text.split("&")) {
      const equals = pair.indexOf("=")
      if (pair !== "") {
        if (equals < 1) return yield* flaw(start, "a parameter must be name=value")
        const position = start + equals + 1
        const name = yield* decode(pair.slice(0, equals), start)
        parameters.push({ name, value: Redacted.make(yield* decode(pair.slice(equals + 1), position)), position })
      }
      start += pair.length + 1
    }
    return parameters
  })

/**
 * Parameters by name, and where each value began.
 *
 * @since 0.1.0
 * @category models
 */
export interface Query {
  readonly values: ReadonlyMap<string, Redacted.Redacted>
  readonly positions: ReadonlyMap<string, number>
}

/**
 * Reads parameters of which none may come twice.
 *
 * @since 0.1.0
 * @category readers
 */
export const parseQuery = (text: string, offset: number): Parsed<Query> =>
  Either.flatMap(parseParameters(text, offset), (parameters) => {
    const seen = new Set<string>()
    const twice = parameters.find(({ name }) => seen.size === seen.add(name).size)
    return twice === undefined
      ? Either.right({
        values: new Map(parameters.map(({ name, value }) => [name, value])),
        positions: new Map(parameters.map(({ name, position }) => [name, position]))
      })
      : flaw(twice.position, "this parameter was given before")
  })

/**
 * Whether a parameter's name says that its value is a secret.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isSecret = (name: string): boolean =>
  /pass|pwd|secret|token|credential|private.?key|api.?key|authMechanismProperties/i.test(name)
