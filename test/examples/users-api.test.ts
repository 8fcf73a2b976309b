import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import * as http from "node:http"
import * as net from "node:net"
import { join } from "node:path"
import * as Engines from "../support/Engines.js"
import { eventually } from "../support/Eventually.js"
import * as TestPostgres from "../support/TestPostgres.js"
import * as TestSqlite from "../support/TestSqlite.js"
import * as Program from "./Program.js"

/** What `npm start` runs, compiled once. */
const start = (options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string }) =>
  Effect.flatMap(Program.bundled("examples/users-api/main.ts"), (command) => Program.start(command, options))

const canary = "c4naryS3cret"

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

const call = (url: string, init: RequestInit = {}): Effect.Effect<Answer> =>
  Effect.promise(async () => {
    const response = await fetch(url, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) }
  })

const post = (url: string, body: unknown): Effect.Effect<Answer> =>
  call(`${url}/users`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  })

const ada = { email: "ada@example.com", name: "Ada" }

describe("users-api", { timeout: 120_000 }, () => {
  it.scopedLive("creates folder, file and table, and finds its rows again", () =>
    Effect.gen(function*() {
      const { directory } = yield* TestSqlite.freshFile()
      const file = join(directory, "deep", "er", "users.db")
      const env = { SQL_URL: `sqlite:///${file}`, PORT: "0" }
      const first = yield* start({ env })
      const { url } = yield* Program.listening(first)
      expect(existsSync(file)).toBe(true)
      const created = yield* post(url, ada)
      expect(created.status).toBe(201)
      expect(Object.keys(Object(created.body))).toEqual(["id", "email", "name", "created_at", "updated_at"])
      expect(created.body).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) })
      yield* first.kill("SIGTERM")
      expect(yield* first.ended).toEqual({ code: 0, signal: null })
      expect(first.stdout()).toBe("")

      const second = yield* start({ env })
      const again = yield* Program.listening(second)
      expect((yield* call(`${again.url}/users`)).body).toMatchObject({ total: 1, items: [ada] })
    }))

  it.scopedLive("the address of a deleted user can be registered again", () =>
    Effect.gen(function*() {
      const { url: database } = yield* TestSqlite.freshFile()
      const program = yield* start({ env: { SQL_URL: database, PORT: "0" } })
      const { url } = yield* Program.listening(program)
      const { headers } = yield* post(url, ada)
      expect((yield* post(url, ada)).status).toBe(409)
      expect((yield* call(`${url}${headers.get("location")}`, { method: "DELETE" })).status).toBe(204)
      expect((yield* call(`${url}${headers.get("location")}`)).status).toBe(404)
      expect((yield* post(url, ada)).status).toBe(201)
    }))

  it.scopedLive("serves a document that redocly and spectral have nothing against", () =>
    Effect.gen(function*() {
      const { url: database } = yield* TestSqlite.freshFile()
      const program = yield* start({ env: { SQL_URL: database, PORT: "0" } })
      const { url } = yield* Program.listening(program)
      const lint = spawnSync(process.execPath, ["scripts/lint-openapi.mjs", `${url}/openapi.json`], {
        encoding: "utf8"
      })
      expect(lint.stderr).toBe("redocly: passed\nspectral: passed\n")
      const docs = yield* Effect.promise(() => fetch(`${url}/docs`))
      expect(docs.headers.get("content-type")).toBe("text/html; charset=utf-8")
      expect(docs.headers.get("content-security-policy")).toContain("default-src 'self'")
    }))

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it.scopedLive(`npm start passes ${signal} on: the request under way is answered, then it ends with 0`, () =>
      Effect.gen(function*() {
        const { url: database } = yield* TestSqlite.freshFile()
        const npm = yield* Program.start(["npm", "start"], { env: { SQL_URL: database, PORT: "0" } })
        const { port } = yield* Program.listening(npm)
        const body = JSON.stringify(ada)
        const answered = yield* Effect.fork(Effect.async<number | undefined>((resume) => {
          const request = http.request({
            port,
            method: "POST",
            path: "/users",
            headers: { "content-type": "application/json", "content-length": body.length }
          })
          request.on("response", (response) => resume(Effect.succeed(response.statusCode)))
          request.on("error", () => resume(Effect.succeed(undefined)))
          request.write(body.slice(0, 10))
          setTimeout(() => request.end(body.slice(10)), 1500)
        }))
        // the request has begun before the signal comes
        yield* Effect.sleep(500)
        yield* npm.kill(signal)
        yield* eventually(Program.isFree(port), (free) => free, 10_000)
        expect(yield* answered).toBe(201)
        expect(yield* npm.ended).toEqual({ code: 0, signal: null })
        expect(npm.stderr()).toContain(`users-api: ${signal}, stopping`)
      }))
  }

  it.scopedLive("a signal that comes twice at once does not cut off what is under way", () =>
    Effect.gen(function*() {
      const { url: database } = yield* TestSqlite.freshFile()
      const program = yield* start({ env: { SQL_URL: database, PORT: "0" } })
      yield* Program.listening(program)
      yield* program.kill("SIGINT")
      yield* program.kill("SIGINT")
      expect(yield* program.ended).toEqual({ code: 0, signal: null })
    }))

  it.scopedLive("works on PostgreSQL, started twice at once, by DATABASE_URL, and leaves no session behind", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const env = { DATABASE_URL: database.url, PORT: "0" }
      const programs = [yield* start({ env }), yield* start({ env })]
      const [one, other] = yield* Effect.forEach(programs, Program.listening)
      expect((yield* post(one!.url, ada)).status).toBe(201)
      expect((yield* post(other!.url, ada)).status).toBe(409)
      expect((yield* call(`${other!.url}/users?q=ADA`)).body).toMatchObject({ total: 1, items: [ada] })
      yield* Effect.forEach(programs, (program) => program.kill("SIGTERM"))
      expect(yield* Effect.forEach(programs, (program) => program.ended)).toEqual([
        { code: 0, signal: null },
        { code: 0, signal: null }
      ])
      yield* eventually(TestPostgres.sessionsOf(database), (sessions) => sessions.length === 0)
    }))

  it.scopedLive("reads a .env file; the default database is where it is started", () =>
    Effect.gen(function*() {
      const { directory } = yield* TestSqlite.freshFile()
      writeFileSync(join(directory, ".env"), "PORT=0\nHOST=localhost\n")
      const program = yield* start({ cwd: directory })
      const { url } = yield* Program.listening(program)
      expect(url).toMatch(/^http:\/\/localhost:\d+$/)
      expect(existsSync(join(directory, "data", "users.db"))).toBe(true)
    }))

  /** One line on stderr besides the log, without a stack and without the secret. */
  const refused = (env: Readonly<Record<string, string>>, expected: RegExp) =>
    Effect.gen(function*() {
      const program = yield* start({ env: { PORT: "0", ...env } })
      expect(yield* program.ended).toEqual({ code: 1, signal: null })
      const said = program.stderr().split("\n").filter((line) => line !== "" && !/^\[[\d:.]+\] /.test(line))
      expect(said).toHaveLength(1)
      expect(said[0]).toMatch(/^users-api: /)
      expect(said[0]).toMatch(expected)
      expect(program.stderr() + program.stdout()).not.toContain(canary)
    })

  it.scopedLive("a port that is taken is one line and exit code 1", () =>
    Effect.gen(function*() {
      const { url } = yield* TestSqlite.freshFile()
      const server = yield* Effect.acquireRelease(
        Effect.async<net.Server>((resume) => {
          const made = net.createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
        }),
        (made) => Effect.sync(() => made.close())
      )
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      yield* refused({ SQL_URL: url, PORT: String(port) }, new RegExp(`127\\.0\\.0\\.1:${port} is taken`))
    }))

  it.scopedLive.each<readonly [string, Readonly<Record<string, string>>, RegExp]>([
    ["a port that is none", { PORT: "http" }, /PORT: is no port/],
    ["a malformed URL", { SQL_URL: `postgresql://u:${canary}@:x/y` }, /SQL_URL: not a database URL, at position/],
    [
      "a database that is not reachable",
      { SQL_URL: `postgresql://u:${canary}@127.0.0.1:1/y?sslmode=disable` },
      /refused the connection/
    ],
    ["a folder that cannot be made", { SQL_URL: `sqlite:///${import.meta.filename}/users.db` }, /SQL_URL: the folder/]
  ])("%s is one line and exit code 1", ([, env, expected]) =>
    Effect.gen(function*() {
      const { url } = yield* TestSqlite.freshFile()
      yield* refused("SQL_URL" in env || "SQL_URL_FILE" in env ? env : { SQL_URL: url, ...env }, expected)
    }))

  it.scopedLive("a wrong password is one line and exit code 1", () =>
    Effect.gen(function*() {
      const server = yield* Engines.postgresql
      const url = TestPostgres.urlOf(server, { as: { user: server.app.user, password: canary } })
      yield* refused({ SQL_URL: url }, /refused the credentials/)
    }))
})
