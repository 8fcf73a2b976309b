import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { DatabaseUrl as Url } from "../../src/Config/DatabaseUrl.js"
import * as DatabaseUrl from "../../src/Config/DatabaseUrl.js"

const plain = (url: Url) => ({
  ...url,
  password: url.password === undefined ? undefined : Redacted.value(url.password),
  parameters: Object.fromEntries(Array.from(url.parameters, ([name, value]) => [name, Redacted.value(value)]))
})

const read = (text: string) => plain(Either.getOrThrow(DatabaseUrl.parse(text)))
const refuse = (text: string) => Either.getOrThrow(Either.flip(DatabaseUrl.parse(text, "SQL_URL")))

describe("a URL of a server", () => {
  it.each([
    ["postgresql://u:p@h:5432/db", {
      dialect: "postgresql",
      user: "u",
      password: "p",
      host: "h",
      port: 5432,
      database: "db"
    }],
    ["POSTGRES://h/db", { dialect: "postgresql", host: "h", database: "db", user: undefined, port: undefined }],
    ["PostgreSQL+AsyncPG://h/db", { dialect: "postgresql", driver: "asyncpg" }],
    ["mariadb+aiomysql://h/db", { dialect: "mysql", driver: "aiomysql" }],
    ["mysql+pymysql://u:@h/db", { dialect: "mysql", user: "u", password: undefined }],
    ["mssql+pyodbc://u:p@h:1433/db?encrypt=true", { dialect: "mssql", port: 1433, parameters: { encrypt: "true" } }],
    ["snowflake://u:p@acc-1/db/schema?warehouse=w&role=r", {
      host: "acc-1",
      database: "db",
      schema: "schema",
      parameters: { warehouse: "w", role: "r" }
    }],
    ["postgresql://u@[::1]:5433/db", { host: "::1", port: 5433 }],
    ["postgresql://u@[fe80::1%25eth0]/db", { host: "fe80::1%eth0" }],
    ["postgresql://%2Fvar%2Frun%2Fpg/db", { host: "/var/run/pg", database: "db" }],
    ["postgresql://u:p@/db?host=/var/run/pg&port=6000&sslmode=disable", {
      host: "/var/run/pg",
      port: 6000,
      parameters: { sslmode: "disable" }
    }],
    ["postgresql:///?user=u&password=a%26b&dbname=d&host=::1", {
      user: "u",
      password: "a&b",
      database: "d",
      host: "::1"
    }],
    ["mysql://u:p@localhost/db?unix_socket=/run/my.sock", { host: "/run/my.sock", port: undefined, parameters: {} }],
    ["postgresql://u@server:p@ss@h/db", { user: "u@server", password: "p@ss", host: "h" }],
    ["postgresql://u:p#a!$&'()*+,;=:~[x]@h/db", { password: "p#a!$&'()*+,;=:~[x]", host: "h" }],
    ["postgresql://u:%40%2F%3A%3F%23%25%20%C3%A9@h/db", { password: "@/:?#% é" }],
    ["postgresql://h/a%2Fb%3Fc?x=1+2&y=%2B&z=a=b&&", { database: "a/b?c", parameters: { x: "1+2", y: "+", z: "a=b" } }],
    ["postgresql://h:/db", { host: "h", port: undefined }],
    ["postgresql://h/db?application_name=a@b", { parameters: { application_name: "a@b" } }]
  ])("%s is read", (text, expected) => {
    expect(read(text)).toMatchObject(expected)
  })
})

describe("a URL of a file or of memory", () => {
  it.each([
    ["sqlite:///relative.db", "relative.db"],
    ["sqlite:///./data/users.db", "./data/users.db"],
    ["sqlite:////absolute.db", "/absolute.db"],
    ["sqlite+aiosqlite:////a/b%20c/d e@f.db", "/a/b c/d e@f.db"],
    ["SQLITE:///C:\\data\\x.db", "C:\\data\\x.db"],
    ["sqlite://", undefined],
    ["sqlite:///", undefined],
    ["sqlite:///:memory:", undefined],
    ["duckdb:///x.duckdb", "x.duckdb"],
    ["duckdb:////x.duckdb", "/x.duckdb"],
    ["duckdb://", undefined],
    ["duckdb:///:memory:", undefined]
  ])("%s is read", (text, database) => {
    expect(read(text)).toMatchObject({ database, host: undefined, parameters: {} })
  })

  it("keeps its parameters", () => {
    expect(read("sqlite:///x.db?mode=ro").parameters).toEqual({ mode: "ro" })
  })
})

describe("what is not a URL", () => {
  const marked: ReadonlyArray<readonly [text: string, reason: RegExp]> = [
    ["^", /no scheme/],
    ["^canary", /no scheme/],
    ["^oracle://u:canary@h/db", /scheme is not known/],
    ["^file://canary", /scheme is not known/],
    ["postgresql+^aiomysql://h/db", /no driver of postgresql/],
    ["postgresql:^/u:canary@h/db", /\/\/ must follow/],
    ["sqlite:^canary.db", /\/\/ must follow/],
    ["sqlite://^canary.db", /third \//],
    ["sqlite:///^file:canary?uri=true", /file: name/],
    ["postgresql://u:canary@h:^99999/db", /port/],
    ["postgresql://u:canary@h:^0/db", /port/],
    ["postgresql://u:^canary/db", /port/],
    ["postgresql://^::1/db", /more than one colon/],
    ["postgresql://^[canary/db", /not closed/],
    ["postgresql://^[canary]/db", /no IPv6/],
    ["postgresql://[::1]^x:1/db", /only a port/],
    ["postgresql://a^,b/db", /several hosts/],
    ["postgresql://u:can^%ary@h/db", /two hexadecimal/],
    ["postgresql://u:canary^%@h/db", /two hexadecimal/],
    ["postgresql://u:^%FFcanary@h/db", /not UTF-8/],
    ["postgresql://u:canary^%00@h/db", /NUL/],
    ["postgresql://u:can/ary^@h/db", /@ after the host/],
    ["postgresql://u:12/canary^@h/db", /@ after the host/],
    ["postgresql://u:12?can=ary^@h/db", /@ after the host/],
    ["postgresql://u@^h st/db", /character/],
    ["postgresql://h/db?^canary", /name=value/],
    ["postgresql://h/db?^=canary", /name=value/],
    ["postgresql://h/db?a=1&a=^canary", /given before/],
    ["postgresql://h/db?port=^canary", /port/],
    ["postgresql://h/db?host=^can@ary", /character/],
    ["mysql://h/db?unix_socket=^canary", /absolute path/],
    ["^ postgresql://u:canary@h/db", /white space/],
    ["postgresql://u:canary@h/db^\n", /white space/],
    ["postgresql://u:can^\tary@h/db", /control character/],
    ["postgresql://u:can^\ud800ary@h/db", /Unicode/]
  ]

  it.each(marked)("%j is refused at the ^", (text, reason) => {
    const position = text.indexOf("^")
    const error = refuse(text.replace("^", ""))
    expect(error).toMatchObject({ _tag: "InvalidDatabaseUrl", variable: "SQL_URL", position })
    expect(error.reason).toMatch(reason)
    expect(error.message + JSON.stringify(error) + String(error.stack)).not.toMatch(/canary|can.?ary/)
  })
})

describe("composing", () => {
  it("gives the guide's example", () => {
    const url = Either.getOrThrow(
      DatabaseUrl.parse("postgresql+asyncpg://postgres:secret@localhost:5432/myapp?sslmode=disable")
    )
    expect(Redacted.value(DatabaseUrl.compose(url))).toBe(
      "postgresql+asyncpg://postgres:secret@localhost:5432/myapp?sslmode=disable"
    )
    expect(String(DatabaseUrl.compose(url))).toBe("<redacted>")
  })

  it.each([
    "postgresql://u:p@[fe80::1%25eth0]:5432/db",
    "mysql://u:p@%2Frun%2Fmy.sock/db",
    "snowflake://u:p@account/db/schema?role=r",
    "sqlite:////a/b%20c.db?mode=ro",
    "sqlite://"
  ])("%s is its own composition", (text) => {
    expect(Redacted.value(DatabaseUrl.compose(Either.getOrThrow(DatabaseUrl.parse(text))))).toBe(text)
  })

  const text = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && !/\p{Surrogate}/u.test(text))
  const some = text.filter((text) => text !== "")
  const moved = ["host", "port", "user", "password", "dbname", "unix_socket", "socket", "socketPath"]
  const parameters = fc.dictionary(some.filter((name) => !moved.includes(name)), text)

  it("is undone by parsing, whatever the user, the password, the names and the parameters", () => {
    fc.assert(fc.property(
      fc.record({
        dialect: fc.constantFrom("postgresql" as const, "mysql" as const, "mssql" as const, "snowflake" as const),
        user: fc.option(some, { nil: undefined }),
        password: fc.option(some, { nil: undefined }),
        host: fc.constantFrom(undefined, "h", "db.internal", "bücher.example", "::1", "10.0.0.1", "/run/my sock/é"),
        port: fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
        database: fc.option(some, { nil: undefined }),
        parameters
      }),
      ({ parameters, password, ...url }) => {
        const given = {
          ...DatabaseUrl.empty(url.dialect),
          ...url,
          password: password === undefined ? undefined : Redacted.make(password),
          parameters: new Map(Object.entries(parameters).map(([name, value]) => [name, Redacted.make(value)]))
        }
        expect(read(Redacted.value(DatabaseUrl.compose(given)))).toEqual(plain(given))
      }
    ))
  })

  it("is undone by parsing for paths", () => {
    fc.assert(
      fc.property(some.filter((path) => path !== ":memory:" && !/^file:/i.test(path)), parameters, (database, all) => {
        const given = {
          ...DatabaseUrl.empty("sqlite"),
          database,
          parameters: new Map(Object.entries(all).map(([name, value]) => [name, Redacted.make(value)]))
        }
        expect(read(Redacted.value(DatabaseUrl.compose(given)))).toEqual(plain(given))
      })
    )
  })

  it("never throws, even for halves of surrogate pairs", () => {
    const url = { ...DatabaseUrl.empty("postgresql"), user: "\ud800", database: "d" }
    expect(Redacted.value(DatabaseUrl.compose(url))).toBe("postgresql://%EF%BF%BD@/d")
  })
})

describe("parsing anything", () => {
  const scheme = fc.constantFrom("", "postgresql://", "mysql://", "sqlite:///", "mongodb://", "snowflake://", "duckdb:")
  const noise = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom("@", ":", "/", "?", "#", "%", "%4", "[", "]", "&", "=", ",", "a", " ", "%00", "::", "é"))
      .map((all) => all.join(""))
  )

  it("never throws, tells a position within the text, and is quick", () => {
    fc.assert(
      fc.property(scheme, noise, (scheme, noise) => {
        const text = scheme + noise
        const result = DatabaseUrl.parse(text)
        if (Either.isRight(result)) return
        expect(result.left.position).toBeGreaterThanOrEqual(0)
        expect(result.left.position).toBeLessThanOrEqual(Math.max(0, text.length - 1))
      }),
      { numRuns: 1000 }
    )
    const start = performance.now()
    for (const piece of ["@", ":", "%41", "&a=1", ",", "[", "/", " "]) {
      DatabaseUrl.parse(`postgresql://${piece.repeat(20_000)}`)
      DatabaseUrl.parse(`postgresql://h/d?${piece.repeat(5_000)}`)
    }
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
