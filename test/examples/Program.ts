/**
 * A program of the examples as a process of its own, with nothing in its environment but what the test gives.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import * as net from "node:net"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll } from "vitest"
import { eventually } from "../support/Eventually.js"

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process under way. */
export interface Program {
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
  readonly ended: Effect.Effect<Ended>
}

const root = resolve(import.meta.dirname, "../..")

/** `node --import tsx <file>` by paths that hold in any working directory. */
export const node = (file: string): ReadonlyArray<string> => [
  process.execPath,
  "--import",
  pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href,
  resolve(root, file)
]

interface Bundler {
  readonly build: (options: Readonly<Record<string, unknown>>) => Promise<unknown>
}

// tsx brings esbuild: what compiles the programs anyway.
const bundler = (): Bundler => createRequire(createRequire(import.meta.url).resolve("tsx")).call(undefined, "esbuild")

const bundles = new Map<string, Promise<string>>()
const directories: Array<string> = []

// Of the test file that imports this one.
afterAll(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })))

/**
 * The same program as one file of JavaScript, made once a test file: it starts in a tenth of the time. The drivers stay outside,
 * so the file lies where they are found.
 */
export const bundled = (file: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    const made = bundles.get(file) ?? bundle(file)
    bundles.set(file, made)
    return [process.execPath, await made]
  })

const bundle = async (file: string): Promise<string> => {
  const cache = join(root, "node_modules/.cache")
  mkdirSync(cache, { recursive: true })
  const directory = mkdtempSync(join(cache, "program-"))
  directories.push(directory)
  const outfile = join(directory, "main.mjs")
  await bundler().build({
    entryPoints: [resolve(root, file)],
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outfile,
    external: ["better-sqlite3", "pg", "@effect/platform-node/NodeHttpServer"],
    logLevel: "error"
  })
  return outfile
}

/** Starts a command; when the scope closes and it still runs, it is killed with all its children. */
export const start = (
  command: ReadonlyArray<string>,
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {}
): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const [file = "", ...args] = command
        const child = spawn(file, args, {
          cwd: options.cwd ?? root,
          env: {
            PATH: process.env["PATH"],
            HOME: process.env["HOME"],
            TSX_TSCONFIG_PATH: resolve(root, "tsconfig.json"),
            ...options.env
          },
          stdio: ["ignore", "pipe", "pipe"],
          // a group of its own, so that none of it is left behind
          detached: true
        })
        const text = { stdout: "", stderr: "" }
        child.stdout.on("data", (chunk) => (text.stdout += chunk))
        child.stderr.on("data", (chunk) => (text.stderr += chunk))
        const ended = new Promise<Ended>((done) => child.on("close", (code, signal) => done({ code, signal })))
        return { child, text, ended }
      }),
      ({ child }) =>
        Effect.sync(() => {
          try {
            process.kill(-child.pid!, "SIGKILL")
          } catch {
            // it has ended
          }
        })
    ),
    ({ child, ended, text }): Program => ({
      pid: child.pid!,
      stdout: () => text.stdout,
      stderr: () => text.stderr,
      kill: (signal) => Effect.sync(() => void child.kill(signal)),
      ended: Effect.promise(() => ended)
    })
  )

/** The address that a program says it listens on. */
export const listening = (program: Program): Effect.Effect<{ readonly url: string; readonly port: number }> =>
  eventually(Effect.sync(program.stderr), (text) => /documentation at .*\n/.test(text), 60_000).pipe(
    Effect.raceFirst(Effect.flatMap(program.ended, () => Effect.die(new Error(`it has ended: ${program.stderr()}`)))),
    Effect.map((text) => {
      const [, url = "", port] = /listening on (http:\/\/[^:\s]+:(\d+))/.exec(text) ?? []
      return { url, port: Number(port) }
    })
  )

/** A port that nobody has at the moment. */
export const freePort: Effect.Effect<number> = Effect.async((resume) => {
  const server = net.createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** Whether nobody listens on a port. */
export const isFree = (port: number): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.on("connect", () => {
      socket.destroy()
      resume(Effect.succeed(false))
    })
    socket.on("error", () => resume(Effect.succeed(true)))
  })
