import { Effect, Either, Option, Redacted } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Environment, MongoConfig } from "../../src/Config/index.js"
import * as MongoUrl from "../../src/Config/MongoUrl.js"

type Files = Parameters<typeof Environment.make>[0]["files"]

const resolve = (variables: Record<string, string>, files: Files = {}) =>
  MongoConfig.resolve(Environment.make({ variables, files }))
const config = (variables: Record<string, string>, files: Files = {}) =>
  Effect.runSync(resolve(variables, files)).config
const refused = (variables: Record<string, string>, files: Files = {}) =>
  Effect.runSync(Effect.flip(resolve(variables, files)))
const MONGO_DB = "shop"

describe("resolution", () => {
  it("has the documented defaults", () => {
    expect(MongoConfig.render(config({ MONGO_DB }))).toEqual({
      source: "default",
      url: "mongodb://localhost:27017",
      database: "shop",
      appName: "svc-infra",
      minPoolSize: 0,
      maxPoolSize: 100
    })
  })

  it("goes from MONGO_URL over MONGO_URL_FILE to the secret", () => {
    const files = { "/u": "mongodb://file/\n", "/run/secrets/mongo_url": "mongodb://secret/\n" }
    expect(config({ MONGO_DB, MONGO_URL: "mongodb://direct/", MONGO_URL_FILE: "/u" }, files).source).toBe("MONGO_URL")
    expect(config({ MONGO_DB, MONGO_URL: "file:/u" }, files)).toMatchObject({
      source: "MONGO_URL",
      hosts: ["file:27017"]
    })
    expect(config({ MONGO_DB, MONGO_URL: " ", MONGO_URL_FILE: "/u" }, files).source).toBe("MONGO_URL_FILE")
    expect(config({ MONGO_DB }, files)).toMatchObject({ source: "/run/secrets/mongo_url", hosts: ["secret:27017"] })
    const { warnings } = Effect.runSync(resolve({ MONGO_DB, MONGO_URL: "mongodb://direct/" }, files))
    expect(warnings).toEqual(["MONGO_URL and /run/secrets/mongo_url are both set and differ; MONGO_URL is used"])
  })

  it("needs MONGO_DB, whatever the URL says", () => {
    expect(refused({ MONGO_URL: "mongodb://h/shop" })).toMatchObject({ _tag: "ConfigError", variable: "MONGO_DB" })
  })

  it("is None when neither a URL nor MONGO_DB is set", () => {
    const option = (variables: Record<string, string>, files: Files = {}) =>
      Effect.runSyncExit(MongoConfig.resolveOption(Environment.make({ variables, files })))
    expect(option({ MONGO_APPNAME: "x", MONGO_URL: " " })).toMatchObject({ value: Option.none() })
    for (const variables of [{ MONGO_URL: "mongodb://h" }, { MONGO_URL_FILE: "/gone" }]) {
      expect(option(variables)._tag).toBe("Failure")
    }
    expect(option({}, { "/run/secrets/mongo_url": "mongodb://h" })._tag).toBe("Failure")
    expect(option({ MONGO_DB })._tag).toBe("Success")
  })

  it("can be done again when the URL is in a file", () => {
    expect(config({ MONGO_DB, MONGO_URL: "mongodb://h" }).reload).toBeUndefined()
    expect(Effect.runSync(config({ MONGO_DB, MONGO_URL_FILE: "/u" }, { "/u": "mongodb://h" }).reload!).hosts).toEqual([
      "h:27017"
    ])
  })

  it.each<[Record<string, string>, string]>([
    [{ MONGO_MIN_POOL: "x" }, "MONGO_MIN_POOL"],
    [{ MONGO_MIN_POOL: "-1" }, "MONGO_MIN_POOL"],
    [{ MONGO_MAX_POOL: "0" }, "MONGO_MAX_POOL"],
    [{ MONGO_MAX_POOL: "1.5" }, "MONGO_MAX_POOL"],
    [{ MONGO_MIN_POOL: "5", MONGO_MAX_POOL: "4" }, "MONGO_MIN_POOL and MONGO_MAX_POOL"],
    [{ MONGO_URL: "mongodb://h/?minPoolSize=200" }, "minPoolSize"],
    [{ MONGO_URL: "mongodb://h/?maxPoolSize=x" }, "maxPoolSize (in MONGO_URL)"],
    [{ MONGO_DB: "a.b" }, "MONGO_DB"],
    [{ MONGO_DB: "x".repeat(64) }, "MONGO_DB"],
    [{ MONGO_APPNAME: "é".repeat(65) }, "appName"],
    [{ MONGO_URL_FILE: "/gone" }, "MONGO_URL_FILE: the file \"/gone\" does not exist"],
    [{ MONGO_URL: "mongodb://h/?tls=true&tlsInsecure=true" }, "tlsInsecure"],
    [{ MONGO_URL: "mongodb://h/?TLSAllowInvalidCertificates=1" }, "tlsallowinvalidcertificates"],
    [{ MONGO_URL: "mongodb://h/?tlsAllowInvalidHostnames=true" }, "tlsallowinvalidhostnames"]
  ])("%j is an error naming %s", (variables, name) => {
    const error = refused({ MONGO_DB, ...variables })
    expect(error._tag).toBe("ConfigError")
    expect(error.message.toLowerCase()).toContain(name.toLowerCase())
  })

  it("accepts tlsInsecure when a program allows it", () => {
    const url = "mongodb://h/?tls=true&tlsInsecure=true"
    expect(Effect.runSync(MongoConfig.fromUrl(url, { database: "d", allowInsecureTls: true })).source).toBe("url")
  })

  it("lets the URL win over the variables", () => {
    expect(config({
      MONGO_DB,
      MONGO_URL: "mongodb://h/?appName=url&MaxPoolSize=7",
      MONGO_APPNAME: "variable",
      MONGO_MAX_POOL: "9",
      MONGO_MIN_POOL: "3"
    })).toMatchObject({ appName: "url", maxPoolSize: 7, minPoolSize: 3 })
  })
})

describe("connection strings", () => {
  it.each([
    ["mongodb://u:p@a:1,b:2/?replicaSet=r", "mongodb://***@a:1,b:2/?replicaSet=r", ["a:1", "b:2"], "u", "p"],
    [
      "mongodb://a,b,[::1]:27018/db?w=1",
      "mongodb://a,b,[::1]:27018/db?w=1",
      ["a:27017", "b:27017", "[::1]:27018"],
      undefined,
      undefined
    ],
    [
      "mongodb+srv://u:p%40%2F%3A@cluster.mongodb.net/?retryWrites=true",
      "mongodb+srv://***@cluster.mongodb.net/?retryWrites=true",
      ["cluster.mongodb.net"],
      "u",
      "p@/:"
    ],
    ["mongodb://u@h?authSource=admin", "mongodb://***@h?authSource=admin", ["h:27017"], "u", undefined],
    ["mongodb://%2Ftmp%2Fmongo.sock/db", "mongodb://%2Ftmp%2Fmongo.sock/db", ["/tmp/mongo.sock"], undefined, undefined],
    [
      "mongodb://h/?readPreferenceTags=dc:ny&readPreferenceTags=",
      "mongodb://h/?readPreferenceTags=dc:ny&readPreferenceTags=",
      ["h:27017"],
      undefined,
      undefined
    ],
    [
      "mongodb://u:p@h/?proxyPassword=canary&tlsCertificateKeyFilePassword=canary&authMechanismProperties=AWS_SESSION_TOKEN:canary",
      "mongodb://***@h/?proxyPassword=***&tlsCertificateKeyFilePassword=***&authMechanismProperties=***",
      ["h:27017"],
      "u",
      "p"
    ],
    ["mongodb://u:p@h/?appName=a@b", "mongodb://***@h/?appName=a@b", ["h:27017"], "u", "p"]
  ])("%s is read, and shown as %s", (text, masked, hosts, user, password) => {
    const url = Either.getOrThrow(MongoUrl.parse(text))
    expect(url).toMatchObject({ masked, hosts, user })
    expect(url.password === undefined ? undefined : Redacted.value(url.password)).toBe(password)
    expect(Redacted.value(url.text)).toBe(text)
  })

  it.each([
    ["^http://canary", /scheme/],
    ["mongodb://^/db", /no host/],
    ["mongodb://a,^,b/db", /no host/],
    ["mongodb://h:^0/db", /port/],
    ["mongodb://u:can/ary^@h", /@ after the hosts/],
    ["mongodb://h/?appName=canary^@h", /@ after the hosts/],
    ["mongodb://u:can^:ary@h", /not encoded/],
    ["mongodb://u:can^@ary@h", /not encoded/],
    ["mongodb://u:can^#ary@h", /not encoded/],
    ["mongodb://u:can^%ary@h", /hexadecimal/],
    ["mongodb://^:canary@h", /no user/],
    ["mongodb://^@h", /no user/],
    ["mongodb+srv://a,^b", /one host/],
    ["mongodb+srv://^a:27017", /one host/],
    ["mongodb://h/?^canary", /name=value/]
  ])("%s is refused at the ^", (text, reason) => {
    const error = Either.getOrThrow(Either.flip(MongoUrl.parse(text.replace("^", ""), "MONGO_URL")))
    expect(error).toMatchObject({ _tag: "InvalidDatabaseUrl", variable: "MONGO_URL", position: text.indexOf("^") })
    expect(error.reason).toMatch(reason)
    expect(error.message).not.toMatch(/can/)
  })

  it("never throw, and never show a password", () => {
    const character = fc.constantFrom("a", "é", "@", "/", ":", "?", "#", "%", "[", "]", ",", "&", " ", "\ud800")
    fc.assert(
      fc.property(fc.array(character).map((all) => all.join("")), (noise) => {
        MongoUrl.parse(noise)
        const result = MongoUrl.parse(`mongodb://u:${noise}canary@h/`)
        const shown = Either.isRight(result) ? result.right.masked : result.left.message
        expect(shown).not.toContain("canary")
      }),
      { numRuns: 1000 }
    )
  })
})
