import { Command } from "@effect/cli"
import { FileSystem } from "@effect/platform"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import { ConfigProvider, type Console, Effect, Either, Layer, Logger } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Cli from "../../src/Config/Cli.js"

const canary = "c4n4ry"

const both = {
  SQL_URL: `postgresql://u:${canary}@db.internal:6543/app`,
  MONGO_URL: `mongodb://u:${canary}@a:1,b:2/?replicaSet=r`,
  MONGO_DB: "shop"
}

const expected = (password: string, credentials: string) => ({
  sql: {
    source: "SQL_URL",
    dialect: "postgresql",
    host: "db.internal",
    port: 6543,
    database: "app",
    user: "u",
    password,
    parameters: {},
    tls: { mode: "require" },
    pool: { size: 5, maxOverflow: 10, timeoutMs: 30_000, recycleMs: 3_600_000, prePing: true },
    connectTimeoutMs: 10_000,
    statementTimeoutMs: null,
    replicas: []
  },
  mongo: {
    source: "MONGO_URL",
    url: `mongodb://${credentials}@a:1,b:2/?replicaSet=r`,
    database: "shop",
    appName: "svc-infra",
    minPoolSize: 0,
    maxPoolSize: 100
  }
})

/** The command inside this process: what it prints on stdout, what it logs, how it fails. */
const show = (variables: Record<string, string>, ...options: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const out: Array<string> = []
    const logs: Array<string> = []
    const result = yield* Effect.consoleWith((console) =>
      Command.run(Cli.command, { name: "svc-infra", version: "0" })(["node", "svc-infra", "show", ...options]).pipe(
        Effect.withConsole({
          ...console,
          log: (text: string) => Effect.sync(() => out.push(text))
        } as Console.Console),
        Effect.provide(Logger.replace(
          Logger.defaultLogger,
          Logger.map(Logger.stringLogger, (line) => {
            logs.push(line)
          })
        )),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
        Effect.provide(Layer.mergeAll(FileSystem.layerNoop({}), NodePath.layer, NodeTerminal.layer)),
        Effect.either
      )
    )
    return { result, stdout: out.join("\n"), logs: logs.join("\n") }
  }).pipe(Effect.runPromise)

describe("config show --json", () => {
  it("prints the documented form, its members in order", async () => {
    const { logs, stdout } = await show(both, "--json")
    expect(stdout).toBe(JSON.stringify(expected("***", "***"), null, 2))
    expect(logs).toContain("SQL configuration from SQL_URL")
    expect(logs).toContain("MongoDB configuration from MONGO_URL")
    expect(stdout + logs).not.toContain(canary)
  })

  it("reveals when asked", async () => {
    const { logs, stdout } = await show(both, "--json", "--reveal")
    expect(JSON.parse(stdout)).toEqual(expected(canary, `u:${canary}`))
    expect(logs).not.toContain(canary)
  })

  it("is null for what is not configured, and decodes what is", async () => {
    expect(JSON.parse((await show({ SQL_URL: "sqlite:////var/lib/a%20b.db" }, "--json")).stdout)).toMatchObject({
      sql: { dialect: "sqlite", host: null, port: null, database: "/var/lib/a b.db", user: null, password: null },
      mongo: null
    })
    expect(JSON.parse((await show({ MONGO_DB: "shop" }, "--json")).stdout)).toMatchObject({
      sql: null,
      mongo: { source: "default", url: "mongodb://localhost:27017", database: "shop" }
    })
  })

  it("prints replicas in the form of the primary", async () => {
    const { stdout } = await show({ ...both, REPLICA_DB_URL: `postgresql://r:${canary}@replica/app` }, "--json")
    const { sql } = JSON.parse(stdout)
    expect(Object.keys(sql.replicas[0])).toEqual(Object.keys(sql))
    expect(sql.replicas).toMatchObject([{ source: "REPLICA_DB_URL", host: "replica", user: "r", password: "***" }])
  })
})

describe("config show", () => {
  it("prints for people without --json", async () => {
    const { logs, stdout } = await show({ SQL_URL: `postgresql://u:${canary}@h/db?application_name=x` })
    expect(stdout).toMatch(/^sql\n {2}source +SQL_URL\n/)
    expect(stdout).toMatch(/\n {2}password +\*\*\*\n {2}parameters.application_name +x\n/)
    expect(stdout).toMatch(/\nmongo\n {2}not configured$/)
    expect(stdout + logs).not.toContain(canary)
  })

  it.each([
    [
      {},
      /^SQL_URL: neither a SQL database nor MongoDB is configured; looked for, in this order: SQL_URL, DB_URL, .*MONGO_DB/
    ],
    [{ SQL_URL: "sqlite://", MONGO_URL: `mongodb://u:${canary}@h` }, /^MONGO_DB: is not set/],
    [{ MONGO_DB: "d", SQL_URL_FILE: "/gone" }, /^SQL_URL_FILE: the file "\/gone" does not exist/],
    [{ MONGO_DB: "d", DB_USER: "u" }, /^DB_HOST, DB_NAME: are not set, but DB_USER is/],
    [{ SQL_URL: "sqlite://", REDIS_URL: canary }, /^REDIS_URL: is no URL of Redis/],
    [{ SQL_URL: "sqlite://", ALEMBIC_SKIP_DROPS: canary }, /^ALEMBIC_SKIP_DROPS: is neither true nor false/]
  ])("fails for %j and prints nothing", async (variables, message) => {
    const { logs, result, stdout } = await show(variables, "--json")
    expect(Either.isLeft(result) && "message" in result.left ? result.left.message : "").toMatch(message)
    expect(String(result)).not.toContain(canary)
    expect(stdout + logs).toBe("")
  })
})

describe("the svc-infra command", () => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
  const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url))
  // a start takes a second, and ten on a machine that has other things to do
  const patience = { timeout: 120_000 }
  let directory = ""

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "cli-"))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const run = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
    new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resolve) => {
      const child = spawn(process.execPath, ["--import", tsx, bin, ...args], {
        cwd: directory,
        env: { PATH: process.env["PATH"], HOME: directory, ...env }
      })
      let stdout = ""
      let stderr = ""
      child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text)
      child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text)
      child.on("close", (code) => resolve({ code, stdout, stderr }))
    })

  const dotEnv = "SQL_URL=sqlite:///file.db\nMONGO_DB=shop # for all\n"

  it("prints JSON alone on stdout, logs on stderr, and reads .env behind the environment", patience, async () => {
    writeFileSync(join(directory, ".env"), dotEnv)
    const { MONGO_DB: _, ...env } = both
    const { code, stderr, stdout } = await run(["config", "show", "--json"], env)
    expect(stdout).toBe(JSON.stringify(expected("***", "***"), null, 2) + "\n")
    expect(stderr).toContain("SQL configuration from SQL_URL")
    expect(stderr).not.toContain(canary)
    expect(code).toBe(0)
  })

  it("lets a blank variable hide the one in .env", patience, async () => {
    writeFileSync(join(directory, ".env"), dotEnv)
    const { code, stderr, stdout } = await run(["config", "show", "--json"], { ...both, MONGO_DB: "" })
    expect(stderr).toMatch(/^svc-infra: ConfigError: MONGO_DB: is not set/)
    expect([code, stdout]).toEqual([1, ""])
  })

  it("exits 1 with one line on stderr, without a stack and without the secret", patience, async () => {
    const { code, stderr, stdout } = await run(["config", "show"], { SQL_URL: `postgresql://u:${canary}@h:x/db` })
    expect(stderr).toMatch(
      /^svc-infra: InvalidDatabaseUrl: SQL_URL: not a database URL, at position 24: the port is not [^\n]*\n$/
    )
    expect(stderr).not.toContain(canary)
    expect([code, stdout]).toEqual([1, ""])
  })

  it("answers --version and --help on stdout, without colours for a pipe", patience, async () => {
    const [version, help] = await Promise.all([run(["--version"]), run(["--help"])])
    const { version: current } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
    expect(version).toEqual({ code: 0, stdout: `${current}\n`, stderr: "" })
    expect(help.code).toBe(0)
    expect(help.stdout).toContain("config show [--json] [--reveal]")
    expect(help.stdout).not.toContain("\u001b")
  })

  it("refuses what it does not know, on stderr", patience, async () => {
    const [command, option] = await Promise.all([run(["nope"]), run(["config", "show", "--nope"])])
    expect(command).toMatchObject({ code: 1, stdout: "" })
    expect(command.stderr).toMatch(/Invalid subcommand for svc-infra/)
    expect(option).toMatchObject({ code: 1, stdout: "" })
    expect(option.stderr).toMatch(/unknown argument: '--nope'/)
  })
})
