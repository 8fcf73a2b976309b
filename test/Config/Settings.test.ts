import { Effect, Option, Redacted } from "effect"
import { describe, expect, it } from "vitest"
import { Environment, MigratorConfig, RedisConfig } from "../../src/Config/index.js"

const environment = (variables: Record<string, string>, files: Record<string, string> = {}) =>
  Environment.make({ variables, files })

describe("the migrator's settings", () => {
  const resolve = (variables: Record<string, string>) => Effect.runSync(MigratorConfig.resolve(environment(variables)))

  it("are unset by default", () => {
    expect(resolve({})).toEqual({
      config: { config: undefined, discover: [], includeSchemas: [], skipDrops: undefined },
      warnings: []
    })
  })

  it.each([
    ["MIGRATOR_CONFIG", "MIGRATOR_DISCOVER", "MIGRATOR_INCLUDE_SCHEMAS", "MIGRATOR_SKIP_DROPS"],
    ["ALEMBIC_CONFIG", "ALEMBIC_DISCOVER_PACKAGES", "ALEMBIC_INCLUDE_SCHEMAS", "ALEMBIC_SKIP_DROPS"]
  ])("are read from %s, %s, %s, %s", (config, discover, schemas, skip) => {
    expect(
      resolve({ [config]: "ci.config.ts", [discover]: "src/**/*.ts, pkg,,", [schemas]: " a , b ", [skip]: "true" })
        .config
    )
      .toEqual({
        config: "ci.config.ts",
        discover: ["src/**/*.ts", "pkg"],
        includeSchemas: ["a", "b"],
        skipDrops: true
      })
  })

  it("prefer our name to the other, and say so when they differ", () => {
    const result = resolve({
      MIGRATOR_SKIP_DROPS: "false",
      ALEMBIC_SKIP_DROPS: "true",
      MIGRATOR_CONFIG: "x",
      ALEMBIC_CONFIG: "x"
    })
    expect(result.config.skipDrops).toBe(false)
    expect(result.warnings).toEqual([
      "MIGRATOR_SKIP_DROPS and ALEMBIC_SKIP_DROPS are both set and differ; MIGRATOR_SKIP_DROPS is used"
    ])
  })

  it("refuse what is neither true nor false", () => {
    const error = Effect.runSync(Effect.flip(MigratorConfig.resolve(environment({ ALEMBIC_SKIP_DROPS: "canary" }))))
    expect(error.message).toBe(
      "ALEMBIC_SKIP_DROPS: is neither true nor false. Accepted: true, 1, yes, on, false, 0, no, off"
    )
  })
})

describe("Redis", () => {
  it("is unset by default", () => {
    expect(Effect.runSync(RedisConfig.resolve(environment({ REDIS_URL: " " })))).toEqual(Option.none())
  })

  it("is read from REDIS_URL or a file", () => {
    const read = (variables: Record<string, string>, files: Record<string, string> = {}) =>
      Option.getOrThrow(Effect.runSync(RedisConfig.resolve(environment(variables, files))))
    expect(Redacted.value(read({ REDIS_URL: "rediss://:p@h:6380/0" }).url)).toBe("rediss://:p@h:6380/0")
    expect(Redacted.value(read({ REDIS_URL_FILE: "/r" }, { "/r": "redis://h\n" }).url)).toBe("redis://h")
  })

  it("refuses another URL without repeating it", () => {
    const error = Effect.runSync(Effect.flip(RedisConfig.resolve(environment({ REDIS_URL: "http://u:canary@h" }))))
    expect(error.message).toMatch(/^REDIS_URL: is no URL of Redis/)
    expect(JSON.stringify(error)).not.toContain("canary")
  })
})
