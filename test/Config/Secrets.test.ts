import { FileSystem } from "@effect/platform"
import { Cause, ConfigProvider, Effect, Exit, Logger, LogLevel, Redacted } from "effect"
import { format, inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { Environment, MigratorConfig, MongoConfig, RedisConfig, SqlConfig } from "../../src/Config/index.js"

const canary = "c4n4ry"

/** Everything a program might print of a value. */
const prints = (value: unknown): string => {
  const deep = {
    depth: Infinity,
    showHidden: true,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
    getters: true
  } as const
  return [
    String(value),
    format("%s %o %O %j", value, value, value, value),
    JSON.stringify(value),
    inspect(value, deep),
    inspect(value, { ...deep, customInspect: false }),
    JSON.stringify({ nested: [value] }),
    inspect(new Map([[value, { a: { b: { c: { d: value } } } }]]), deep),
    ...(value instanceof Error ? [value.message, String(value.stack), inspect({ ...value })] : []),
    ...(Exit.isExit(value) && Exit.isFailure(value)
      ? [
        Cause.pretty(value.cause, { renderErrorCause: true }),
        JSON.stringify(value.cause),
        inspect(Cause.squash(value.cause), deep)
      ]
      : [])
  ].join("\n")
}

const withLogs = <A, E>(effect: Effect.Effect<A, E>) => {
  const lines: Array<string> = []
  const capture = <B>(logger: Logger.Logger<unknown, B>) =>
    Logger.add(Logger.map(logger, (line) => {
      lines.push(format("%O", line))
    }))
  const exit = effect.pipe(
    Effect.tapErrorCause(Effect.logError),
    Effect.exit,
    Logger.withMinimumLogLevel(LogLevel.All),
    Effect.provide([
      Logger.remove(Logger.defaultLogger),
      capture(Logger.stringLogger),
      capture(Logger.jsonLogger),
      capture(Logger.structuredLogger)
    ])
  )
  return { exit: Effect.runSync(exit), lines }
}

const pem = (kind: string) => `-----BEGIN ${kind}-----\n${canary}\n-----END ${kind}-----\n`
const files: Record<string, string> = {
  "/nul": `${canary}\0`,
  "/large": canary.repeat(20_000),
  "/bad": `postgresql://u:${canary}%@h/db`,
  "/url": `postgresql://u:${canary}@h/db`,
  "/cert": pem("CERTIFICATE"),
  "/key": pem("PRIVATE KEY"),
  "/text": canary
}

const environment = (variables: Record<string, string>) => Environment.make({ variables, files })

const failing: ReadonlyArray<Record<string, string>> = [
  ...[
    canary,
    `oracle://u:${canary}@h/db`,
    `${canary}://u@h`,
    `postgresql+${canary}://u@h/db`,
    `postgresql://u:${canary}@h:${canary}/db`,
    `postgresql://u:${canary}@h:70000/db`,
    `postgresql://u:${canary}/x@h/db`,
    `postgresql://u:${canary}?x@h/db`,
    `postgresql://u:1/${canary}@h/db`,
    `postgresql://u:%${canary}@h/db`,
    `postgresql://u:%ff${canary}@h/db`,
    `postgresql://u:${canary}@[${canary}]/db`,
    `postgresql://u:${canary}@h h/db`,
    `postgresql://u:${canary}\n@h/db`,
    ` postgresql://u:${canary}@h/db`,
    `postgresql://u:${canary}@h/db?${canary}`,
    `postgresql://u:${canary}@h/db?sslmode=${canary}`,
    `postgresql://u:${canary}@h/db?ssl${canary}=1`,
    `postgresql://u:${canary}@h/db?pool_size=${canary}`,
    `postgresql://u:${canary}@h/db?pool_pre_ping=${canary}`,
    `postgresql://u:${canary}@h/db?connect_timeout=${canary}`,
    `postgresql://u:${canary}@h/db?sslrootcert=${canary}`,
    `postgresql://u:${canary}@h/db?sslcert=/cert`,
    `postgresql://u:${canary}@h/db?sslcert=/cert&sslkey=/text`,
    `postgresql://u:${canary}@h/db?pool_idle_timeout=9&pool_recycle=1`,
    `mysql://u:${canary}@h`,
    `mysql://u:${canary}@h/db?unix_socket=${canary}`,
    `mssql://u:${canary}@h/db?encrypt=${canary}`,
    `mssql://u:${canary}@%2Fs/db`,
    `snowflake://u:${canary}@acc/db?sslmode=disable`,
    `sqlite://${canary}`,
    "/nul",
    "/large",
    "/bad",
    "file:/nul"
  ].map((SQL_URL) => ({ SQL_URL })),
  ...["/nul", "/large", "/bad", canary, `postgresql://u:${canary}@h/db`, `/gone/../x://${canary}`].map((
    SQL_URL_FILE
  ) => ({ SQL_URL_FILE })),
  { DB_PASSWORD: canary },
  { DB_HOST: `u:${canary}@h`, DB_NAME: "n" },
  { DB_HOST: "h", DB_NAME: "n", DB_PASSWORD_FILE: canary },
  { DB_HOST: "h", DB_NAME: "n", DB_PASSWORD: canary, DB_PARAMS: `sslmode=${canary}` },
  { DB_HOST: "h", DB_NAME: "n", DB_PASSWORD: canary, DB_PARAMS: `password=${canary}&x` },
  { DB_HOST: "h", DB_NAME: "n", DB_PASSWORD: canary, DB_PORT: canary },
  { DB_HOST: "h", DB_NAME: "n", DB_PASSWORD: canary, DB_DIALECT: canary },
  { DB_HOST: "h", DB_NAME: "n", DB_PASSWORD: canary, DB_DRIVER: canary },
  { SQL_URL: `postgresql://u:${canary}@h/db`, DB_FORCE_DRIVER: canary },
  { SQL_URL: `postgresql://u:${canary}@h/db`, DB_SSLMODE_DEFAULT: canary },
  { SQL_URL: `postgresql://u:${canary}@h/db`, SQL_POOL_SIZE: canary },
  { SQL_URL: `postgresql://u:${canary}@h/db`, REPLICA_DB_URL: `mysql://u:${canary}@h/db` },
  { SQL_URL: `postgresql://u:${canary}@h/db`, REPLICA_DB_URL: canary },
  { SQL_URL: `postgresql://u:${canary}@h/db`, REPLICA_DB_URL_FILE: "/nul" }
]

const failingMongo: ReadonlyArray<Record<string, string>> = [
  `http://u:${canary}@h`,
  `mongodb://u:${canary}/x@h`,
  `mongodb://u:${canary}:x@h`,
  `mongodb://:${canary}@h`,
  `mongodb://u:${canary}@h:${canary}`,
  `mongodb://u:${canary}@h/?tlsInsecure=${canary}`,
  `mongodb://u:${canary}@h/?maxPoolSize=${canary}`,
  `mongodb://u:${canary}@h/?appName=${canary.repeat(30)}`,
  `mongodb+srv://u:${canary}@h:1`,
  "/nul"
].map((MONGO_URL) => ({ MONGO_URL, MONGO_DB: "d" }))

it("the test sees what is printed", () => {
  expect(prints({ a: [{ b: canary }] })).toContain(canary)
  expect(prints(Exit.fail(new Error(canary)))).toContain(canary)
})

describe("a failure", () => {
  it.each(failing.map((variables) => [variables]))("of %j tells no secret", (variables) => {
    const { exit, lines } = withLogs(Effect.flatMap(SqlConfig.resolve(environment(variables)), SqlConfig.log))
    expect(Exit.isFailure(exit)).toBe(true)
    expect(lines.join("\n")).toMatch(/ConfigError|InvalidDatabaseUrl/)
    expect(prints(exit) + lines.join("\n")).not.toContain(canary)
    expect(Exit.isFailure(exit) && Cause.defects(exit.cause).length).toBe(0)
  })

  it.each([...failingMongo, { MONGO_URL: `mongodb://u:${canary}@h` }].map((variables) => [variables]))(
    "of MongoDB's %j tells no secret",
    (variables) => {
      const { exit, lines } = withLogs(Effect.flatMap(MongoConfig.resolve(environment(variables)), MongoConfig.log))
      expect(Exit.isFailure(exit)).toBe(true)
      expect(prints(exit) + lines.join("\n")).not.toContain(canary)
    }
  )

  it("of the other settings tells no secret", () => {
    const effects: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
      RedisConfig.resolve(environment({ REDIS_URL: canary })),
      RedisConfig.resolve(environment({ REDIS_URL_FILE: "/nul" })),
      MigratorConfig.resolve(environment({ MIGRATOR_SKIP_DROPS: canary }))
    ]
    for (const effect of effects) {
      const { exit, lines } = withLogs(effect)
      expect(Exit.isFailure(exit)).toBe(true)
      expect(prints(exit) + lines.join("\n")).not.toContain(canary)
    }
  })
})

describe("a configuration", () => {
  const sql = SqlConfig.fromEnv.pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(
      new Map([
        ["SQL_URL", `postgresql://u:${canary}@h/db?token=${canary}&sslpassword=${canary}&sslmode=require`],
        ["DATABASE_URL", `postgresql://u:other${canary}@h/db`],
        ["REPLICA_DB_URL", `postgresql://u:${canary}@r/db`]
      ])
    )),
    Effect.provide(FileSystem.layerNoop({}))
  )

  it("can be printed in any way, and so can its logs", () => {
    const { exit, lines } = withLogs(sql)
    if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
    expect(lines.length).toBeGreaterThan(3)
    expect(prints(exit) + prints(exit.value) + prints(exit.value.replicas) + prints(exit.value.tls) + lines.join("\n"))
      .not.toContain(canary)
    expect(prints(exit.value)).not.toContain("postgresql://")
    expect(Redacted.value(exit.value.password!)).toBe(canary)
    expect(Redacted.value(exit.value.secretParameters["token"]!)).toBe(canary)
    expect(JSON.stringify(SqlConfig.render(exit.value))).toContain("\"token\":\"***\"")
    expect(JSON.stringify(SqlConfig.render(exit.value, { reveal: true }))).toContain(`"token":"${canary}"`)
  })

  it("from files can be printed in any way, its reload included", () => {
    const { config } = Effect.runSync(SqlConfig.resolve(environment({ SQL_URL: "/url" })))
    const mongo =
      Effect.runSync(MongoConfig.resolve(environment({ MONGO_URL: `mongodb://u:${canary}@h`, MONGO_DB: "d" }))).config
    expect(prints(config) + prints(config.reload) + prints(mongo)).not.toContain(canary)
    expect(prints(mongo)).not.toContain("mongodb://u")
  })

  it("with a client key can be printed in any way", () => {
    const url = `postgresql://h/db?sslcert=/cert&sslkey=/key`
    const open = Environment.make({
      variables: { SQL_URL: url },
      files: { ...files, "/cert": pem("CERTIFICATE").replace(canary, "") }
    })
    const { config } = Effect.runSync(SqlConfig.resolve(open))
    expect(Redacted.value(config.tls.key!)).toContain(canary)
    expect(prints(config) + prints(config.tls)).not.toContain(canary)
  })
})
