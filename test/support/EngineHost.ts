/**
 * Starts the engines of the tests, each when a test first asks for it, and keeps them for the whole run.
 *
 * It lives in vitest's main process. Test files ask it over HTTP on loopback (`Engines.ts`), so that a run which needs
 * no server starts none, and all files share the servers.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as MariadbServer from "./MariadbServer.js"
import * as PostgresServer from "./PostgresServer.js"
import { sqliteVersion } from "./SqliteVersion.js"

/** What is known of an engine, by its name. */
export interface Infos {
  readonly postgresql: PostgresServer.PostgresInfo
  readonly postgresql18: PostgresServer.PostgresInfo
  readonly mariadb: MariadbServer.MariadbInfo
  readonly sqlite: { readonly engine: "sqlite"; readonly version: string }
}

/** The name of an engine. */
export type Name = keyof Infos

interface Running {
  readonly info: Infos[Name]
  readonly dispose: () => Promise<void>
}

const overrideUrl = (variable: string): string | undefined => process.env[variable] || undefined

const postgres = (engine: "postgresql" | "postgresql18", override: string, tls: boolean) => (): Promise<Running> => {
  const url = overrideUrl(override)
  return url === undefined ? PostgresServer.start(engine, { tls }) : PostgresServer.adopt(engine, url)
}

const starters: Record<Name, () => Promise<Running>> = {
  postgresql: postgres("postgresql", "TEST_PG_URL", true),
  postgresql18: postgres("postgresql18", "TEST_PG18_URL", false),
  mariadb: () => {
    const url = overrideUrl("TEST_MARIADB_URL")
    return url === undefined ? MariadbServer.start() : MariadbServer.adopt(url)
  },
  sqlite: async () => ({ info: { engine: "sqlite", version: sqliteVersion() }, dispose: async () => {} })
}

/** What the tests need now: made sure of before the first test, since installing takes longer than a test may. */
const needed: ReadonlyArray<readonly [override: string, programs: () => Promise<unknown>]> = [
  ["TEST_PG_URL", () => PostgresServer.programs("postgresql")],
  ["TEST_PG18_URL", () => PostgresServer.programs("postgresql18")]
]

const report = async (running: Map<Name, Promise<Running>>): Promise<string> => {
  const ran: Array<string> = []
  const not: Array<string> = []
  for (const name of Object.keys(starters) as Array<Name>) {
    const outcome = await running.get(name)?.catch((error: unknown) => error)
    if (outcome === undefined) not.push(name)
    else if (outcome instanceof Error) not.push(`${name} (failed)`)
    // What is not an Error is what the promise resolved to.
    else ran.push(`${name.replace(/\d+$/, "")} ${(outcome as Running).info.version}`)
  }
  return `engines: ${ran.length === 0 ? "none" : ran.join(", ")}${
    not.length === 0 ? "" : `; not run: ${not.join(", ")}`
  }`
}

/** Opens the host: its URL for the tests, and how to close it with everything it started. */
export const open = async (): Promise<{ readonly url: string; readonly close: () => Promise<string> }> => {
  const missing = needed.filter(([override]) => overrideUrl(override) === undefined)
  for (const outcome of await Promise.allSettled(missing.map(([, programs]) => programs()))) {
    if (outcome.status === "fulfilled") continue
    if (process.env["CI"] !== undefined) throw outcome.reason
    process.stderr.write(`\n${"!".repeat(80)}\n${String(outcome.reason)}\nIts tests will fail.\n${"!".repeat(80)}\n\n`)
  }
  const running = new Map<Name, Promise<Running>>()
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1)
    if (!Object.hasOwn(starters, name)) {
      response.writeHead(404).end(`no engine "${name}"`)
      return
    }
    // A key of the table of starters is a name.
    const engine = name as Name
    const started = running.get(engine) ?? starters[engine]()
    running.set(engine, started)
    started.then(
      ({ info }) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(info)),
      (error: unknown) => response.writeHead(500).end(String(error))
    )
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  // A listening TCP server's address is never a pipe name or null.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      const summary = await report(running)
      await Promise.all([...running.values()].map((started) => started.then(({ dispose }) => dispose(), () => {})))
      return summary
    }
  }
}
