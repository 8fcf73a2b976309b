import { FileSystem } from "@effect/platform"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { SystemError } from "@effect/platform/Error"
import { describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Effect, Either, Option, Redacted } from "effect"
import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { Environment, MongoConfig, SqlConfig } from "../../src/Config/index.js"

let directory = ""
const at = (name: string) => join(directory, name)

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "config-"))
  writeFileSync(at("url"), "postgresql://u:p@h/db\n")
  symlinkSync(at("url"), at("link"))
  execFileSync("mkfifo", [at("pipe")])
})
afterAll(() => rmSync(directory, { recursive: true }))

const fromEnv = SqlConfig.fromEnv.pipe(Effect.provide(NodeFileSystem.layer))
const withVariables = (variables: Record<string, string>) =>
  fromEnv.pipe(Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))))

describe("the process environment", () => {
  const names = ["SQL_URL", "SQL_URL_FILE", "DB_STATEMENT_TIMEOUT_MS", "SQL_MAX_OVERFLOW"]
  const set = (variables: Record<string, string>) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const before = names.map((name) => process.env[name])
        Object.assign(process.env, variables)
        return before
      }),
      (before) =>
        Effect.sync(() =>
          names.forEach((name, index) => {
            if (before[index] === undefined) delete process.env[name]
            else process.env[name] = before[index]
          })
        )
    )

  it.scoped("reaches us unharmed through the default ConfigProvider, commas and underscores included", () =>
    Effect.gen(function*() {
      yield* set({ SQL_URL: " ", SQL_URL_FILE: at("comma"), DB_STATEMENT_TIMEOUT_MS: "5", SQL_MAX_OVERFLOW: "1" })
      writeFileSync(at("comma"), "postgresql://u:a,b[0]=,,c@h/db")
      const config = yield* fromEnv
      expect(Redacted.value(config.password!)).toBe("a,b[0]=,,c")
      expect(config).toMatchObject({ source: "SQL_URL_FILE", statementTimeoutMs: 5, pool: { maxOverflow: 1 } })
      process.env["SQL_URL"] = "postgresql://u:x,y,{z}@h/db"
      expect(Redacted.value((yield* fromEnv).password!)).toBe("x,y,{z}")
    }))

  it.scoped("is never written to", () =>
    Effect.gen(function*() {
      yield* set({ SQL_URL_FILE: at("url") })
      const before = { ...process.env }
      yield* fromEnv
      expect({ ...process.env }).toEqual(before)
    }))
})

describe("real files", () => {
  it.effect("are followed through links", () =>
    Effect.gen(function*() {
      expect((yield* withVariables({ SQL_URL: at("link") })).host).toBe("h")
    }))

  it.effect("must be regular: a pipe or a socket is not waited for", () =>
    Effect.gen(function*() {
      const server = createServer().listen(at("socket"))
      yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
      for (const path of [at("pipe"), at("socket"), directory, "/dev/zero"]) {
        const error = yield* Effect.flip(withVariables({ SQL_URL_FILE: path }))
        expect(error.message).toBe(`SQL_URL_FILE: the file "${path}" is not a regular file`)
      }
    }).pipe(Effect.scoped))

  it.effect("that are missing, or below a file, or sparse and huge, are refused", () =>
    Effect.gen(function*() {
      execFileSync("truncate", ["-s", "1T", at("huge")])
      const error = (path: string) =>
        Effect.map(Effect.flip(withVariables({ SQL_URL_FILE: path })), (error) => error.message)
      expect(yield* error(at("gone"))).toBe(`SQL_URL_FILE: the file "${at("gone")}" does not exist`)
      expect(yield* error(at("url/below"))).toBe(`SQL_URL_FILE: the file "${at("url/below")}" cannot be read`)
      expect(yield* error(at("huge"))).toBe(`SQL_URL_FILE: the file "${at("huge")}" is larger than 64 KiB`)
    }))

  it.effect("with a key are checked for their permissions", () =>
    Effect.gen(function*() {
      const pem = (kind: string) => `-----BEGIN ${kind}-----\ncanary\n-----END ${kind}-----\n`
      writeFileSync(at("cert"), pem("CERTIFICATE"))
      writeFileSync(at("key"), pem("EC PRIVATE KEY"))
      const url = `postgresql://h/db?sslcert=${encodeURIComponent(at("cert"))}&sslkey=${encodeURIComponent(at("key"))}`
      chmodSync(at("key"), 0o644)
      expect((yield* Effect.flip(withVariables({ SQL_URL: url }))).message).toMatch(/^sslkey .*can be read by others/)
      chmodSync(at("key"), 0o600)
      const config = yield* withVariables({ SQL_URL: url })
      expect(Redacted.value(config.tls.key!)).toContain("canary")
      const again = yield* SqlConfig.fromUrl(url).pipe(Effect.provide(NodeFileSystem.layer))
      expect(again.tls.cert).toContain("CERTIFICATE")
    }))

  it.effect("are read once more for a reload", () =>
    Effect.gen(function*() {
      writeFileSync(at("password"), "old\n")
      const config = yield* withVariables({ DB_HOST: "h", DB_NAME: "n", DB_PASSWORD_FILE: at("password") })
      writeFileSync(at("password"), "new\n")
      expect(Redacted.value((yield* config.reload!).password!)).toBe("new")
    }))
})

describe("the fixed places of secrets", () => {
  const denied = (method: "stat" | "readFile") => () =>
    Effect.fail(new SystemError({ reason: "PermissionDenied", module: "FileSystem", method, pathOrDescriptor: "x" }))
  const info = {
    type: "File",
    size: FileSystem.Size(5),
    mode: 0,
    uid: Option.none()
  } as unknown as FileSystem.File.Info
  const run = (fileSystem: Partial<FileSystem.FileSystem>) =>
    Environment.current.pipe(
      Effect.flatMap((environment) =>
        Effect.all([SqlConfig.resolveOption(environment), MongoConfig.resolveOption(environment)], { mode: "either" })
      ),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map())),
      Effect.provide(FileSystem.layerNoop(fileSystem))
    )

  it.effect("are absent behind a directory that may not be searched", () =>
    Effect.gen(function*() {
      expect(yield* run({ stat: denied("stat") })).toEqual([Either.right(Option.none()), Either.right(Option.none())])
    }))

  it.effect("are errors when the file is there and may not be read", () =>
    Effect.gen(function*() {
      const [sql, mongo] = yield* run({ stat: () => Effect.succeed(info), readFile: denied("readFile") })
      const message = "the file \"/run/secrets/database_url\" cannot be read: permission denied"
      expect(sql).toMatchObject({ left: { variable: "/run/secrets/database_url", reason: message } })
      expect(mongo).toMatchObject({ left: { variable: "/run/secrets/mongo_url" } })
    }))
})

describe("plain values", () => {
  it("make an environment", () => {
    const environment = Environment.make({ variables: { A: "1" }, files: { "/f": Uint8Array.of(0x61) } })
    expect(Redacted.value(Effect.runSync(environment.variable("A"))!)).toBe("1")
    expect(Effect.runSync(environment.variable("constructor"))).toBeUndefined()
    expect(Redacted.value(Effect.runSync(environment.file("/f")).text)).toBe("a")
    expect(Effect.runSync(Effect.flip(environment.file("/g")))).toEqual({ missing: true, reason: "does not exist" })
  })
})
