/**
 * MongoDB connection strings: several hosts, `mongodb+srv`, options that come more than once. What the official driver accepts
 * is accepted; the text itself goes to the driver as it is.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { InvalidDatabaseUrl } from "./ConfigError.js"
import type { Parameter, Parsed } from "./UrlSyntax.js"
import * as Syntax from "./UrlSyntax.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface MongoUrl {
  readonly text: Redacted.Redacted
  /** The text with `***` for the credentials and for options that hold secrets. */
  readonly masked: string
  readonly srv: boolean
  readonly user: string | undefined
  readonly password: Redacted.Redacted | undefined
  /** `host:port`, addresses in brackets, sockets as absolute paths. */
  readonly hosts: ReadonlyArray<string>
  /** The database of the path: the one users authenticate against, unless `authSource` says otherwise. */
  readonly database: string | undefined
  readonly options: ReadonlyArray<Parameter>
}

const form = "The form is mongodb://user:password@host:27017,host:27017/?option=value"

/**
 * Takes a connection string apart. The error tells position and reason and holds none of the text.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (
  url: string | Redacted.Redacted,
  variable = "url"
): Either.Either<MongoUrl, InvalidDatabaseUrl> => {
  const text = typeof url === "string" ? url : Redacted.value(url)
  return Either.mapLeft(
    parseText(text),
    (flaw) =>
      new InvalidDatabaseUrl({ variable, ...flaw, position: Math.max(0, Math.min(flaw.position, text.length - 1)) })
  )
}

const parseText = (text: string): Parsed<MongoUrl> =>
  Either.gen(function*() {
    yield* Syntax.refuseCharacters(text)
    const scheme = /^mongodb(\+srv)?:\/\//i.exec(text)
    if (scheme === null) return yield* Syntax.flaw(0, "the scheme is neither mongodb:// nor mongodb+srv://", form)
    const start = scheme[0].length
    const srv = scheme[1] !== undefined
    const end = Syntax.indexOfAny(text, "/?", start)
    const pathEnd = Syntax.indexOfAny(text, "?", end)
    const at = text.lastIndexOf("@", end)
    const hasUser = at >= start
    const stray = text.indexOf("@", end)
    if (stray !== -1 && (stray < pathEnd || !hasUser)) {
      return yield* Syntax.flaw(stray, "there is an @ after the hosts", Syntax.encodeHint)
    }
    const { password, user } = yield* parseCredentials(hasUser ? text.slice(start, at) : "", start, hasUser)
    const hostStart = hasUser ? at + 1 : start
    const database = yield* Syntax.decode(text.slice(end + 1, pathEnd), end + 1)
    return {
      text: Redacted.make(text),
      masked: text.slice(0, start) + (hasUser ? "***@" : "") + text.slice(hostStart, pathEnd) +
        mask(text.slice(pathEnd)),
      srv,
      user,
      password,
      hosts: yield* parseHosts(text.slice(hostStart, end), hostStart, srv),
      database: database === "" ? undefined : database,
      options: yield* Syntax.parseParameters(text.slice(pathEnd + 1), pathEnd + 1)
    }
  })

const parseCredentials = (text: string, offset: number, present: boolean) =>
  Either.gen(function*() {
    const colon = text.indexOf(":")
    const raw = /[/?#[\]@]/.exec(text) ??
      (colon === -1 ? null : /:/.exec(" ".repeat(colon + 1) + text.slice(colon + 1)))
    if (raw !== null) {
      return yield* Syntax.flaw(
        offset + raw.index,
        "a character of the user or password is not encoded",
        Syntax.encodeHint
      )
    }
    const credentials = yield* Syntax.parseUserInfo(text, offset)
    return present && credentials.user === undefined
      ? yield* Syntax.flaw(offset, "there is no user before the @")
      : credentials
  })

const parseHosts = (text: string, offset: number, srv: boolean): Parsed<ReadonlyArray<string>> =>
  Either.gen(function*() {
    const hosts: Array<string> = []
    let start = offset
    for (const item of text.split(",")) {
      const { host, port } = yield* Syntax.parseHost(item, start)
      if (host === undefined) return yield* Syntax.flaw(start, "there is no host", form)
      if (srv && (hosts.length > 0 || port !== undefined)) {
        return yield* Syntax.flaw(
          start,
          "mongodb+srv takes one host without a port",
          "The form is mongodb+srv://user:password@host/"
        )
      }
      const name = host.startsWith("/") || !host.includes(":") ? host : `[${host}]`
      hosts.push(srv || host.startsWith("/") ? name : `${name}:${port ?? 27017}`)
      start += item.length + 1
    }
    return hosts
  })

const mask = (query: string): string =>
  query.replace(
    /([?&])([^=&]*)=([^&]*)/g,
    (all, mark: string, name: string) => Syntax.isSecret(name) ? `${mark}${name}=***` : all
  )
