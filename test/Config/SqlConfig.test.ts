import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Either, Exit, HashMap, Logger, LogLevel, Option, Redacted } from "effect"
import * as fc from "fast-check"
import { Environment, SqlConfig } from "../../src/Config/index.js"

type Files = Parameters<typeof Environment.make>[0]["files"]

const resolve = (variables: Record<string, string | undefined>, files: Files = {}) =>
  SqlConfig.resolve(Environment.make({ variables, files }))

const resolved = (variables: Record<string, string | undefined>, files: Files = {}) =>
  Effect.runSync(resolve(variables, files))

const config = (variables: Record<string, string | undefined>, files: Files = {}) => resolved(variables, files).config

const refused = (variables: Record<string, string | undefined>, files: Files = {}) =>
  Effect.runSync(Effect.flip(resolve(variables, files)))

const password = (config: SqlConfig.SqlConfig) =>
  config.password === undefined ? undefined : Redacted.value(config.password)

const direct = ["SQL_URL", "DB_URL", "DATABASE_URL", "DATABASE_URL_PRIVATE", "PRIVATE_SQL_URL"]
const secret = "/run/secrets/database_url"

describe("the order of the sources", () => {
  const all: ReadonlyArray<readonly [name: string, variables: Record<string, string>, files: Record<string, string>]> =
    [
      ...direct.map((name) => [name, { [name]: `sqlite:///${name}.db` }, {}] as const),
      ...direct.map((name) =>
        [`${name}_FILE`, { [`${name}_FILE`]: `/s/${name}` }, { [`/s/${name}`]: `sqlite:///${name}_FILE.db\n` }] as const
      ),
      [secret, {}, { [secret]: "sqlite:///secret.db" }],
      ["DB_*", { DB_DIALECT: "sqlite", DB_NAME: "parts.db" }, {}]
    ]

  it.each(all.map((_, index) => [all[index]![0], index] as const))(
    "%s wins over everything after it",
    (name, index) => {
      const from = all.slice(index)
      const result = resolved(
        Object.assign({}, ...from.map(([, variables]) => variables)),
        Object.assign({}, ...from.map(([, , files]) => files))
      )
      expect(result.config.source).toBe(name)
      expect(result.warnings).toEqual(
        from.slice(1).map(([other]) => `${name} and ${other} are both set and differ; ${name} is used`)
      )
    }
  )

  it("takes the last direct variable before the first pointer", () => {
    const result = config({ PRIVATE_SQL_URL: "sqlite:///direct.db", SQL_URL_FILE: "/s" }, { "/s": "sqlite:///file.db" })
    expect(result).toMatchObject({ source: "PRIVATE_SQL_URL", database: "direct.db" })
  })

  it("counts blank as unset", () => {
    const blank = Object.fromEntries(
      [...direct, ...direct.map((name) => `${name}_FILE`), "DB_HOST"].map((name) => [name, " \t"])
    )
    expect(config({ ...blank, DATABASE_URL: "sqlite:///x.db" }).source).toBe("DATABASE_URL")
    expect(refused(blank)).toMatchObject({ _tag: "ConfigError", variable: "SQL_URL" })
  })

  it("lists what was looked for when nothing is set", () => {
    const error = refused({})
    expect(error).toMatchObject({
      _tag: "ConfigError",
      looked: [...direct, ...direct.map((name) => `${name}_FILE`), secret, "DB_HOST and DB_NAME"]
    })
    expect(error.message).toContain(
      "DATABASE_URL_PRIVATE_FILE, PRIVATE_SQL_URL_FILE, /run/secrets/database_url, DB_HOST"
    )
  })

  it("warns of nothing when two sources mean the same database", () => {
    const result = resolved(
      {
        SQL_URL: "postgresql+asyncpg://u:p@h:5432/db",
        DATABASE_URL: "postgres://u:p@h/db",
        DB_URL_FILE: "/s",
        DB_HOST: "h",
        DB_NAME: "db",
        DB_USER: "u",
        DB_PASSWORD: "p"
      },
      { "/s": "postgresql://u:%70@h/db\n" }
    )
    expect(result.warnings).toEqual([])
  })

  it("does not fail for a broken pointer that lost, but says that it differs", () => {
    const result = resolved({ SQL_URL: "sqlite://", SQL_URL_FILE: "/missing", DB_HOST: "h" })
    expect(result.config.source).toBe("SQL_URL")
    expect(result.warnings.map((warning) => warning.split(" ")[2])).toEqual(["SQL_URL_FILE", "DB_*"])
  })
})

describe("pointers", () => {
  const url = "postgresql://u:p@h/db"

  it.each(["/s", "file:/s", "file:///s", "FILE:/s"])("SQL_URL=%s is read as one", (value) => {
    expect(config({ SQL_URL: value }, { "/s": url })).toMatchObject({ source: "SQL_URL", host: "h" })
  })

  it("are not seen in database schemes", () => {
    expect(config({ SQL_URL: "sqlite:////s" }, { "/s": url })).toMatchObject({ dialect: "sqlite", database: "/s" })
    expect(refused({ SQL_URL: "file:s" }, { s: url })).toMatchObject({ _tag: "InvalidDatabaseUrl", position: 0 })
  })

  it.each([["\n", ""], ["\r\n", ""], ["\n\n", "\n"], [" ", " "], ["", ""]])(
    "lose one newline at the end and nothing else: %j leaves %j",
    (ending, left) => {
      const values = { DB_HOST: "h", DB_NAME: "n", DB_PASSWORD_FILE: "/p" }
      expect(password(config(values, { "/p": ` pass${ending}` }))).toBe(` pass${left}`)
    }
  )

  it.each([
    ["a missing file", {}, "does not exist"],
    ["an empty file", { "/s/url": "" }, "is empty"],
    ["a file of a newline", { "/s/url": "\n" }, "is empty"],
    ["a file with a NUL", { "/s/url": "postgresql://u:canary\0@h/db" }, "holds a NUL byte"],
    ["a file of more than 64 KiB", { "/s/url": "canary".repeat(11_000) }, "is larger than 64 KiB"],
    ["a file that is no text", { "/s/url": Uint8Array.of(0x63, 0xff, 0xfe) }, "is not UTF-8 text"]
  ])("to %s are errors, never the next source", (_, files, reason) => {
    for (const variables of [{ SQL_URL: "/s/url" }, { SQL_URL: "file:/s/url" }]) {
      const error = refused({ ...variables, DB_URL: "sqlite://" }, files)
      expect(error).toMatchObject({ _tag: "ConfigError", variable: "SQL_URL", reason: `the file "/s/url" ${reason}` })
    }
    expect(refused({ SQL_URL_FILE: "/s/url", DB_URL_FILE: "/ok" }, { ...files, "/ok": "sqlite://" }))
      .toMatchObject({ variable: "SQL_URL_FILE", reason: `the file "/s/url" ${reason}` })
    expect(refused({ DB_HOST: "h", DB_NAME: "n", DB_PASSWORD_FILE: "/s/url" }, files))
      .toMatchObject({ variable: "DB_PASSWORD_FILE", reason: `the file "/s/url" ${reason}` })
  })

  it("take exactly 64 KiB", () => {
    const file = "x".repeat(64 * 1024)
    expect(password(config({ DB_HOST: "h", DB_NAME: "n", DB_PASSWORD_FILE: "/p" }, { "/p": file }))).toBe(file)
  })

  it("do not repeat a secret that was put where a path belongs", () => {
    for (const value of ["canary", "postgresql://u:canary@h/db", "./postgresql://canary"]) {
      expect(refused({ SQL_URL_FILE: value }).message).toBe("SQL_URL_FILE: the file it names does not exist")
    }
  })

  it("make the configuration reloadable, for a rotated password", () => {
    const files: Record<string, string> = { "/p": "old\n" }
    const variables = { DB_HOST: "h", DB_NAME: "n", DB_PASSWORD_FILE: "/p" }
    const environment: Environment.Environment = {
      ...Environment.make({ variables }),
      file: (path) => Effect.suspend(() => Environment.make({ variables, files }).file(path))
    }
    const { config } = Effect.runSync(SqlConfig.resolve(environment))
    files["/p"] = "new\n"
    expect(password(config)).toBe("old")
    expect(password(Effect.runSync(config.reload!))).toBe("new")
    expect(resolved({ SQL_URL: "sqlite://" }).config.reload).toBeUndefined()
  })
})

describe("parts", () => {
  const guide = {
    DB_DIALECT: "postgresql",
    DB_DRIVER: "asyncpg",
    DB_HOST: "localhost",
    DB_PORT: "5432",
    DB_NAME: "myapp",
    DB_USER: "postgres",
    DB_PASSWORD: "secret",
    DB_PARAMS: "sslmode=disable"
  }

  it("compose the guide's example, password intact", () => {
    const result = config(guide)
    expect(Redacted.value(SqlConfig.toUrl(result))).toBe(
      "postgresql+asyncpg://postgres:secret@localhost:5432/myapp?sslmode=disable"
    )
    expect(SqlConfig.render(result, { reveal: true })).toMatchObject({
      source: "DB_*",
      host: "localhost",
      port: 5432,
      database: "myapp",
      user: "postgres",
      password: "secret",
      parameters: {},
      tls: { mode: "disable" }
    })
  })

  it("are never pasted into a text", () => {
    const password = "p@s:s/w?o#r%d&=+ %41é\"'\\"
    const result = config({ DB_HOST: "h", DB_NAME: "a/b?c", DB_USER: "u@x:y", DB_PASSWORD: password })
    expect(SqlConfig.render(result, { reveal: true })).toMatchObject({
      user: "u@x:y",
      password,
      database: "a/b?c",
      host: "h"
    })
    const again = Effect.runSync(SqlConfig.fromUrl(SqlConfig.toUrl(result)))
    expect(SqlConfig.render(again, { reveal: true })).toMatchObject({ user: "u@x:y", password, database: "a/b?c" })
  })

  it("default to PostgreSQL; SQLite and DuckDB need the path only", () => {
    expect(config({ DB_HOST: "h", DB_NAME: "n" }).dialect).toBe("postgresql")
    expect(config({ DB_DIALECT: "SQLite", DB_NAME: "/a b.db" })).toMatchObject({ database: "/a b.db", host: undefined })
    expect(config({ DB_DIALECT: "duckdb", DB_NAME: ":memory:" }).location).toEqual({ _tag: "Memory" })
    expect(config({ DB_DIALECT: "mariadb+pymysql", DB_HOST: "h", DB_NAME: "n" }).dialect).toBe("mysql")
    expect(config({ DB_DIALECT: "snowflake", DB_HOST: "acc", DB_NAME: "d/s" })).toMatchObject({
      database: "d",
      parameters: { schema: "s" }
    })
  })

  it("take sockets and addresses as hosts", () => {
    const at = (dialect: string, host: string) => config({ DB_DIALECT: dialect, DB_HOST: host, DB_NAME: "n" }).location
    expect(at("postgresql", "/var/run/pg")).toEqual({ _tag: "SocketDirectory", directory: "/var/run/pg", port: 5432 })
    expect(at("mysql", "/run/my.sock")).toEqual({ _tag: "SocketFile", path: "/run/my.sock" })
    expect(at("postgresql", "::1")).toEqual({ _tag: "Tcp", host: "::1", port: 5432 })
    expect(at("postgresql", "[::1]")).toEqual({ _tag: "Tcp", host: "::1", port: 5432 })
  })

  it("prefer DB_PASSWORD to DB_PASSWORD_FILE, and say so when they differ", () => {
    const variables = { DB_HOST: "h", DB_NAME: "n", DB_PASSWORD: "one", DB_PASSWORD_FILE: "/p" }
    expect(resolved(variables, { "/p": "one\n" }).warnings).toEqual([])
    const result = resolved(variables, { "/p": "two" })
    expect(password(result.config)).toBe("one")
    expect(result.warnings).toEqual(["DB_PASSWORD and DB_PASSWORD_FILE are both set and differ; DB_PASSWORD is used"])
  })

  it("warn of parts that mean nothing", () => {
    expect(resolved({ DB_DIALECT: "sqlite", DB_NAME: "x", DB_PORT: "1" }).warnings).toEqual([
      "DB_PORT is set and means nothing to sqlite"
    ])
  })

  it.each<[Record<string, string>, string, RegExp]>([
    [{ DB_HOST: "h" }, "DB_NAME", /is not set, but DB_HOST is/],
    [{ DB_NAME: "n" }, "DB_HOST", /is not set, but DB_NAME is/],
    [{ DB_PASSWORD: "canary" }, "DB_HOST, DB_NAME", /are not set, but DB_PASSWORD is/],
    [{ DB_DIALECT: "sqlite" }, "DB_NAME", /needs DB_NAME/],
    [{ DB_DIALECT: "oracle", DB_HOST: "h", DB_NAME: "n" }, "DB_DIALECT", /is not one of postgresql, mysql/],
    [{ DB_DRIVER: "aiomysql", DB_HOST: "h", DB_NAME: "n" }, "DB_DRIVER", /Accepted: asyncpg, psycopg/],
    [{ DB_PORT: "x", DB_HOST: "h", DB_NAME: "n" }, "DB_PORT", /1 to 65535/],
    [{ DB_PORT: "70000", DB_HOST: "h", DB_NAME: "n" }, "DB_PORT", /1 to 65535/],
    [{ DB_HOST: "h:5432", DB_NAME: "n" }, "DB_HOST", /DB_PORT/],
    [{ DB_HOST: "u:canary@h", DB_NAME: "n" }, "DB_HOST", /character/],
    [{ DB_HOST: "h", DB_NAME: "n", DB_PARAMS: "sslmode" }, "DB_PARAMS", /name=value, at position 0/],
    [{ DB_HOST: "h", DB_NAME: "n", DB_PARAMS: "?a=%zz" }, "DB_PARAMS", /position 3/],
    [{ DB_HOST: "/s", DB_NAME: "n", DB_DIALECT: "mssql" }, "host", /no sockets/],
    [{ DB_FORCE_DRIVER: "psycopg2", SQL_URL: "sqlite://" }, "DB_FORCE_DRIVER", /Accepted: aiosqlite/]
  ])("%j is an error of %s", (variables, variable, message) => {
    const error = refused(variables)
    expect(error).toMatchObject({ _tag: "ConfigError", variable })
    expect(error.message).toMatch(message)
  })

  it("DB_FORCE_DRIVER means the dialect of whatever source won", () => {
    const result = config({ SQL_URL: "postgres://h/db", DB_FORCE_DRIVER: "Psycopg" })
    expect(Redacted.value(SqlConfig.toUrl(result))).toBe("postgresql+psycopg://h/db")
  })
})

describe("settings", () => {
  const base = { SQL_URL: "postgresql://h/db" }

  it("have the documented defaults", () => {
    expect(config(base)).toMatchObject({
      pool: { size: 5, maxOverflow: 10, timeoutMs: 30_000, recycleMs: 3_600_000, prePing: true, idleMs: undefined },
      connectTimeoutMs: 10_000,
      statementTimeoutMs: undefined,
      replicas: []
    })
  })

  const table: ReadonlyArray<
    readonly [variable: string, parameter: string, path: string, value: string, expected: unknown, other: string]
  > = [
    ["DB_CONNECT_TIMEOUT", "connect_timeout", "connectTimeoutMs", "2.5", 2500, "7"],
    ["DB_STATEMENT_TIMEOUT_MS", "statement_timeout", "statementTimeoutMs", "30000", 30_000, "1"],
    ["DB_STATEMENT_TIMEOUT_MS", "statement_timeout", "statementTimeoutMs", "0", undefined, "1"],
    ["SQL_POOL_SIZE", "pool_size", "pool.size", "20", 20, "3"],
    ["SQL_MAX_OVERFLOW", "max_overflow", "pool.maxOverflow", "0", 0, "3"],
    ["SQL_POOL_TIMEOUT", "pool_timeout", "pool.timeoutMs", "1", 1000, "3"],
    ["SQL_POOL_RECYCLE", "pool_recycle", "pool.recycleMs", " 60 ", 60_000, "3"],
    ["SQL_POOL_PRE_PING", "pool_pre_ping", "pool.prePing", "False", false, "true"],
    ["SQL_POOL_IDLE_TIMEOUT", "pool_idle_timeout", "pool.idleMs", "9", 9000, "3"]
  ]

  it.each(table)("%s and %s set %s", (variable, parameter, path, value, expected, other) => {
    const get = (config: SqlConfig.SqlConfig) =>
      path.split(".").reduce<unknown>((object, key) => (object as Record<string, unknown>)[key], config)
    expect(get(config({ ...base, [variable]: value }))).toBe(expected)
    const byUrl = config({
      SQL_URL: `postgresql://h/db?${parameter}=${encodeURIComponent(value)}&x=y`,
      [variable]: other
    })
    expect(get(byUrl)).toBe(expected)
    expect(byUrl.parameters).toEqual({ x: "y" })
    expect(get(config({ SQL_URL: `postgresql://h/db?${parameter}=`, [variable]: " " }))).toBe(get(config(base)))
  })

  const wrong = ["abc", "10s", "-1", "1e3", "0x10", "1,5", "99999999999999999999", "NaN", "Infinity", "1 2"]
  const cases = table.flatMap(([variable, parameter]) =>
    [
      ...wrong,
      ...(/SIZE|CONNECT|POOL_TIMEOUT|RECYCLE|IDLE/.test(variable) ? ["0"] : []),
      ...(/SIZE|OVERFLOW|_MS/.test(variable) ? ["1.5"] : [])
    ]
      .map((value) => [variable, parameter, value] as const)
  )

  it.each(cases)("%s or %s = %s is an error that names it", (variable, parameter, value) => {
    const byVariable = refused({ ...base, [variable]: value })
    expect(byVariable).toMatchObject({ _tag: "ConfigError", variable })
    const byUrl = refused({ SQL_URL: `postgresql://h/db?${parameter}=${encodeURIComponent(value)}` })
    expect(byUrl).toMatchObject({ _tag: "ConfigError", variable: parameter, source: "SQL_URL" })
    expect(byUrl.message).toContain(`${parameter} (in SQL_URL)`)
  })

  it.each(["true", "TRUE", "1", "yes", "on"])("%s is true", (value) => {
    expect(config({ ...base, SQL_POOL_PRE_PING: value }).pool.prePing).toBe(true)
  })

  it.each(["false", "0", "No", "off"])("%s is false", (value) => {
    expect(config({ ...base, SQL_POOL_PRE_PING: value }).pool.prePing).toBe(false)
  })

  it("contradict: an idle time longer than the lifetime", () => {
    const error = refused({ ...base, SQL_POOL_IDLE_TIMEOUT: "61", SQL_POOL_RECYCLE: "60" })
    expect(error).toMatchObject({ _tag: "ConfigError", variable: "pool_idle_timeout" })
    expect(error.message).toMatch(/SQL_POOL_IDLE_TIMEOUT and SQL_POOL_RECYCLE/)
  })
})

describe("replicas", () => {
  it("come as a list, with the settings of the primary", () => {
    const result = config({
      SQL_URL: "postgresql://u:p@primary/db",
      REPLICA_DB_URL: "postgres://u:a,b@r1/db, postgresql://u:p@r2:6000/db?pool_size=9 \n",
      SQL_POOL_SIZE: "3"
    })
    expect(result.replicas.map(({ host, pool, port, source }) => [source, host, port, pool.size])).toEqual([
      ["REPLICA_DB_URL[0]", "r1", 5432, 3],
      ["REPLICA_DB_URL[1]", "r2", 6000, 9]
    ])
    expect(password(result.replicas[0]!)).toBe("a,b")
  })

  it("let PRIMARY_DB_URL name the primary, after every other variable, and only then", () => {
    const replica = { REPLICA_DB_URL: "postgresql://r/db" }
    expect(config({ ...replica, PRIMARY_DB_URL: "postgresql://p/db" })).toMatchObject({
      source: "PRIMARY_DB_URL",
      host: "p"
    })
    expect(config({ ...replica, PRIMARY_DB_URL: "postgresql://p/db", PRIVATE_SQL_URL: "postgresql://q/db" }).source)
      .toBe("PRIVATE_SQL_URL")
    expect(refused({ PRIMARY_DB_URL: "postgresql://p/db" }).message).toMatch(/only together with REPLICA_DB_URL/)
  })

  it.each([
    [{ SQL_URL: "postgresql://h/db", REPLICA_DB_URL: "mysql://r/db" }, /primary's dialect/],
    [{ SQL_URL: "sqlite://", REPLICA_DB_URL: "sqlite://" }, /has no replicas/],
    [{ SQL_URL: "postgresql://h/db", REPLICA_DB_URL: " , " }, /holds no URL/],
    [
      { SQL_URL: "postgresql://h/db", REPLICA_DB_URL: "postgresql://r/db,x://r" },
      /REPLICA_DB_URL\[1\].*scheme is not known/
    ]
  ])("%j is an error", (variables, message) => {
    expect(refused(variables).message).toMatch(message)
  })
})

describe("fromUrl and make", () => {
  it("need no service for a URL without certificates", () => {
    const result = Effect.runSync(SqlConfig.fromUrl("sqlite:////data/x.db", { name: "reporting", pool: { size: 2 } }))
    expect(result).toMatchObject({
      source: "reporting",
      location: { _tag: "File", path: "/data/x.db" },
      pool: { size: 2, maxOverflow: 10 }
    })
  })

  it("read no variable, and the URL wins over the options", () => {
    const result = Effect.runSync(
      SqlConfig.fromUrl(Redacted.make("postgresql://h/db?pool_size=7"), {
        pool: { size: 2 },
        connectTimeoutMs: 1,
        statementTimeoutMs: 30_000,
        tlsMode: "verify-full",
        replicas: ["postgresql://r/db"]
      }).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["SQL_POOL_TIMEOUT", "x"], ["PGSSLMODE", "x"]])))
      )
    )
    expect(result).toMatchObject({
      pool: { size: 7 },
      connectTimeoutMs: 1,
      statementTimeoutMs: 30_000,
      tls: { mode: "verify-full" },
      replicas: [{ host: "r", pool: { size: 2 } }]
    })
  })

  it("say what is missing", () => {
    const error = (url: string) => Effect.runSync(Effect.flip(SqlConfig.fromUrl(url)))
    expect(error("mysql://h").message).toMatch(/^url: names no database. The form is mysql:/)
    expect(error("snowflake:///db").message).toMatch(/names no account/)
    expect(error("postgresql://h/db?sslmode=verify-full&sslrootcert=/ca").message).toMatch(/provides no FileSystem/)
  })

  it("default a PostgreSQL database to the user's name, and a host to localhost", () => {
    expect(Effect.runSync(SqlConfig.fromUrl("postgresql://u@"))).toMatchObject({
      database: "u",
      host: "localhost",
      port: 5432
    })
  })

  it("make the same of values", () => {
    const result = Effect.runSync(SqlConfig.make({
      dialect: "postgresql",
      host: "db.internal",
      database: "app",
      user: "u",
      password: "p@ss",
      parameters: { application_name: "x", pool_size: "3" },
      tls: { mode: "verify-ca", rootCert: "PEM" }
    }))
    expect(result).toMatchObject({
      source: "values",
      location: { _tag: "Tcp", host: "db.internal", port: 5432 },
      parameters: { application_name: "x" },
      pool: { size: 3 },
      tls: { mode: "verify-ca", verify: "ca", rootCert: { _tag: "Pem", pem: "PEM" } }
    })
    expect(Redacted.value(SqlConfig.toUrl(result))).toBe(
      "postgresql://u:p%40ss@db.internal/app?application_name=x&pool_size=3&sslmode=verify-ca"
    )
  })

  it.each(
    [
      [{ dialect: "postgresql", host: "a b", database: "d" }, /host/],
      [{ dialect: "postgresql", port: 0, database: "d" }, /port/],
      [{ dialect: "postgresql", port: 1.5, database: "d" }, /port/],
      [{ dialect: "mysql" }, /names no database/],
      [{ dialect: "sqlite", pool: { size: 0 } }, /pool.size/],
      [{ dialect: "sqlite", pool: { recycleMs: Number.NaN } }, /pool.recycleMs/],
      [{ dialect: "sqlite", connectTimeoutMs: 2 ** 31 }, /connectTimeoutMs/],
      [{ dialect: "postgresql", database: "d", tls: { cert: "PEM" } }, /sslcert .*without sslkey/]
    ] satisfies ReadonlyArray<readonly [SqlConfig.ValueOptions, RegExp]>
  )("refuse %j", (options, message) => {
    expect(Effect.runSync(Effect.flip(SqlConfig.make(options))).message).toMatch(message)
  })

  it("give values that cannot be changed", () => {
    const result = Effect.runSync(SqlConfig.fromUrl("sqlite://?a=b"))
    expect(SqlConfig.isSqlConfig(result)).toBe(true)
    expect(Object.isFrozen(result) && Object.isFrozen(result.pool) && Object.isFrozen(result.tls)).toBe(true)
  })

  it("keep a parameter called __proto__ a parameter", () => {
    const result = Effect.runSync(SqlConfig.fromUrl("sqlite://?__proto__=x&constructor=y"))
    expect(Object.entries(result.parameters)).toEqual([["__proto__", "x"], ["constructor", "y"]])
    expect(JSON.stringify(SqlConfig.render(result).parameters)).toBe("{\"__proto__\":\"x\",\"constructor\":\"y\"}")
  })
})

describe("fromEnv", () => {
  const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ annotations, logLevel, message }) => {
        lines.push(`${logLevel.label} ${String(message)}${HashMap.size(annotations) === 0 ? "" : " +"}`)
      })
      const exit = yield* Effect.exit(effect.pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Logger.withMinimumLogLevel(LogLevel.All)
      ))
      return { exit, lines }
    })

  const env = (variables: Record<string, string>) =>
    SqlConfig.fromEnv.pipe(
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
      Effect.provide(FileSystem.layerNoop({}))
    )

  it.effect("says by name which source won, and which lost", () =>
    Effect.gen(function*() {
      const { lines } = yield* logged(env({ DB_URL: "sqlite:///canary-1.db", DATABASE_URL: "sqlite:///canary-2.db" }))
      expect(lines).toEqual([
        "INFO SQL configuration from DB_URL: sqlite",
        "WARN DB_URL and DATABASE_URL are both set and differ; DB_URL is used"
      ])
    }))

  it.effect("says once a process that require does not authenticate the server", () =>
    Effect.gen(function*() {
      const program = env({ SQL_URL: "postgresql://u:canary@only-here/db" })
      expect((yield* logged(program)).lines[1]).toMatch(
        /^WARN SQL_URL: TLS mode require encrypts, but the server is not authenticated/
      )
      expect((yield* logged(program)).lines).toHaveLength(1)
      expect((yield* logged(env({ SQL_URL: "postgresql://localhost/db" }))).lines).toHaveLength(1)
    }))

  it.effect("reads a nested provider under its prefix: a second database", () =>
    Effect.gen(function*() {
      const provider = ConfigProvider.fromMap(new Map([["REPORTING_SQL_URL", "sqlite:///r.db"]]), { pathDelim: "_" })
      const config = yield* SqlConfig.fromEnv.pipe(
        Effect.withConfigProvider(ConfigProvider.nested(provider, "REPORTING")),
        Effect.provide(FileSystem.layerNoop({}))
      )
      expect(config.database).toBe("r.db")
    }))

  it.effect("tells which variable a provider failed on, and nothing of what it said", () =>
    Effect.gen(function*() {
      const provider = ConfigProvider.fromFlat(ConfigProvider.makeFlat({
        load: () => Effect.die("unused"),
        enumerateChildren: () => Effect.die("unused"),
        patch: { _tag: "Empty" }
      }))
      const failing = ConfigProvider.make({
        load: () => Effect.fail({ _op: "SourceUnavailable", message: "canary" } as never),
        flattened: provider.flattened
      })
      const exit = yield* Effect.exit(SqlConfig.fromEnv.pipe(
        Effect.withConfigProvider(failing),
        Effect.provide(FileSystem.layerNoop({}))
      ))
      expect(Exit.isFailure(exit)).toBe(true)
      expect(String(exit)).not.toContain("canary")
      expect(String(exit)).toContain("REPLICA_DB_URL")
    }))

  it.effect("resolves to None where no SQL source is set", () =>
    Effect.gen(function*() {
      const environment = Environment.make({ variables: { MONGO_DB: "x" } })
      expect(Option.isNone(yield* SqlConfig.resolveOption(environment))).toBe(true)
      const broken = SqlConfig.resolveOption(Environment.make({ variables: { SQL_URL: "x" } }))
      expect(Either.isLeft(yield* Effect.either(broken))).toBe(true)
    }))
})

describe("any environment", () => {
  const names = [
    ...[
      "SQL_URL",
      "DATABASE_URL_FILE",
      "REPLICA_DB_URL",
      "PRIMARY_DB_URL",
      "DB_DIALECT",
      "DB_DRIVER",
      "DB_HOST",
      "DB_PORT"
    ],
    ...["DB_NAME", "DB_USER", "DB_PASSWORD", "DB_PASSWORD_FILE", "DB_PARAMS", "DB_FORCE_DRIVER", "DB_SSLMODE_DEFAULT"],
    ...["PGSSLMODE", "SQL_POOL_SIZE", "SQL_POOL_RECYCLE", "SQL_POOL_IDLE_TIMEOUT", "DB_STATEMENT_TIMEOUT_MS"]
  ]
  const word = fc.constantFrom(
    ...[
      "",
      "5",
      "true",
      "require",
      "system",
      "localhost",
      "/run/pg",
      "::1",
      "/f",
      "file:/f",
      "sqlite",
      "mysql",
      "asyncpg"
    ],
    ...[
      "postgresql://u:p@h/d",
      "mysql://h/d?unix_socket=/s",
      "sqlite://",
      "snowflake://a/d/s",
      "sslmode=prefer&host=/x",
      "a=b&a=c"
    ]
  )
  const value = fc.oneof({ weight: 3, arbitrary: word }, fc.string({ unit: "binary" }))

  it("resolves or fails with a typed error, and what it resolves to can be written as a URL that resolves alike", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (variables) => {
        const exit = Effect.runSyncExit(resolve(variables, { "/f": "postgresql://u:p@file/d\n" }))
        if (Exit.isFailure(exit)) return Cause.isFailType(exit.cause)
        const { config } = exit.value
        const again = Effect.runSync(SqlConfig.fromUrl(SqlConfig.toUrl(config), { tlsMode: config.tls.mode }))
        const { database, host, parameters, password, port, user } = SqlConfig.render(config, { reveal: true })
        expect(SqlConfig.render(again, { reveal: true })).toMatchObject({
          database,
          host,
          parameters,
          password,
          port,
          user
        })
        return true
      }),
      { numRuns: 500 }
    )
  })
})
