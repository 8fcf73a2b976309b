import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import * as Program from "./examples/Program.js"
import { eventually } from "./support/Eventually.js"
import * as TestPostgres from "./support/TestPostgres.js"
import * as TestSqlite from "./support/TestSqlite.js"

const root = resolve(import.meta.dirname, "..")
const readme = readFileSync(join(root, "README.md"), "utf8")

const blocks = (language: string): ReadonlyArray<string> =>
  [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text]) =>
    name === language && text !== undefined ? [text] : []
  )

interface Step {
  readonly command: string
  readonly output: string
}

/** What follows a `$ ` up to the next one is what the command prints. */
const session: ReadonlyArray<Step> = (blocks("console")[0] ?? "").split(/^\$ /m).slice(1).map((text) => {
  const end = text.indexOf("\n")
  return { command: text.slice(0, end), output: text.slice(end + 1) }
})

const marker = "--- end of a step ---"

/** Runs the session in one shell, as a reader does, and tells what each command printed. */
const run = (port: number): Effect.Effect<ReadonlyArray<Step>> =>
  Effect.async((resume) => {
    const script = session.map(({ command }) => `${command}\necho '${marker}'\n`).join("")
    const shell = spawn("sh", ["-c", script.replaceAll("127.0.0.1:3000", `127.0.0.1:${port}`)])
    let text = ""
    shell.stdout.on("data", (chunk) => (text += chunk))
    shell.stderr.on("data", (chunk) => (text += chunk))
    shell.on("close", () => {
      const outputs = text.split(`${marker}\n`)
      resume(Effect.succeed(session.map(({ command }, index) => ({ command, output: outputs[index] ?? "" }))))
    })
    return Effect.sync(() => shell.kill())
  })

const serving = (url: string) =>
  Effect.flatMap(
    Effect.flatMap(
      Program.bundled("examples/users-api/main.ts"),
      (command) => Program.start(command, { env: { SQL_URL: url, PORT: "0" } })
    ),
    Program.listening
  )

describe("README", { timeout: 120_000 }, () => {
  it("has both commands at its top", () => {
    const [commands] = blocks("sh")
    expect(readme.indexOf(commands ?? "none")).toBeLessThan(600)
    expect(commands).toMatch(/^npm ci && npm start .*\nnpm ci && npm test /)
  })

  it("has a session of more than a few steps", () => {
    expect(session.length).toBeGreaterThan(10)
  })

  it.scopedLive("the session prints what it shows, on SQLite", () =>
    Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      const { port } = yield* serving(file.url)
      expect(yield* run(port)).toEqual(session)
    }))

  it.scopedLive("the session prints what it shows, on PostgreSQL", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const { port } = yield* serving(database.url)
      expect(yield* run(port)).toEqual(session)
    }))

  it.scopedLive("the quick start is a program that serves its resource", () =>
    Effect.gen(function*() {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "readme-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true }))
      )
      symlinkSync(join(root, "node_modules"), join(directory, "node_modules"))
      writeFileSync(join(directory, "package.json"), "{\"type\":\"module\"}")
      const [program = ""] = blocks("ts")
      expect(program).toContain("port: 3000")
      const port = yield* Program.freePort
      writeFileSync(join(directory, "main.ts"), program.replace("3000", String(port)))
      yield* Program.start(Program.node(join(directory, "main.ts")), { env: { SQL_URL: "sqlite://" } })
      yield* eventually(Program.isFree(port), (free) => !free, 60_000)
      const document = yield* Effect.promise(async () => (await fetch(`http://127.0.0.1:${port}/openapi.json`)).json())
      expect(document).toMatchObject({ info: { title: "Users" }, paths: { "/users/{id}": {} } })
    }))

  it("links to files that exist", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path ?? "")
    expect(links.length).toBeGreaterThan(3)
    expect(links.filter((path) => !existsSync(join(dirname(join(root, "README.md")), path)))).toEqual([])
  })
})
