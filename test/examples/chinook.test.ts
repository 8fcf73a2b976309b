import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import * as net from "node:net"
import { join } from "node:path"
import { eventually } from "../support/Eventually.js"
import * as TestSqlite from "../support/TestSqlite.js"
import * as Chinook from "./ChinookStore.js"
import * as Program from "./Program.js"

const main = Program.node("examples/chinook/main.ts")

const freePort = Effect.promise(() =>
  new Promise<number>((resolve) => {
    const server = net.createServer()
    server.listen(0, "127.0.0.1", () => {
      // Listening on a port, the address is no pipe's name.
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
)

/** Whether another process is importing: it has the tables, and a transaction that writes. */
const isImporting = (store: Chinook.Store): Effect.Effect<boolean> =>
  store.engine === "postgresql"
    ? Effect.map(
      store.witness(
        `select 1 from pg_stat_activity where datname = current_database() and xact_start is not null
          and query like 'insert into "%'`
      ),
      (rows) => rows.length > 0
    )
    : Effect.sync(() => {
      const file = decodeURI(store.url.slice("sqlite:///".length))
      if (!existsSync(file)) return false
      const database = new Sqlite(file, { timeout: 0 })
      let tables: ReadonlyArray<unknown> = []
      try {
        tables = database.prepare("select 1 from sqlite_master where name = 'invoice_line'").all()
        if (tables.length === 0) return false
        database.exec("begin immediate")
        return false
      } catch (error) {
        // While the file is being made, even looking at it can find it busy.
        return tables.length > 0 && error instanceof Sqlite.SqliteError && error.code.startsWith("SQLITE_BUSY")
      } finally {
        database.close()
      }
    })

const total = (url: string, path: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}${path}?limit=0`)
    // The contract's page.
    return (await response.json() as { readonly total: number }).total
  })

const addArtist = (url: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/artists`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Mísia" })
    })
    return { status: response.status, body: await response.json() }
  })

const stop = (program: Program.Program) =>
  Effect.gen(function*() {
    yield* program.kill("SIGTERM")
    assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null })
  })

describe("example:chinook", { timeout: 240_000 }, () => {
  it.scopedLive.each(Chinook.engines)(
    "on %s: killed while it imports, it imports with its next start, answers only then, and never imports again",
    ([, engine]) =>
      Effect.gen(function*() {
        const store = yield* engine
        const port = yield* freePort
        const env = { SQL_URL: store.url, PORT: String(port) }

        const killed = yield* Program.start(main, { env })
        yield* eventually(isImporting(store), (importing) => importing, 60_000)
        assert.isTrue(yield* Program.isFree(port))
        yield* killed.kill("SIGKILL")
        yield* killed.ended
        const [row] = yield* store.witness("select count(*) as n from artist")
        assert.strictEqual(Number(row?.["n"]), 0)

        const npm = yield* Program.start(["npm", "run", "example:chinook"], { env })
        const { url } = yield* Program.listening(npm)
        assert.strictEqual(url, `http://127.0.0.1:${port}`)
        assert.include(npm.stderr(), "imported 15607 rows")
        assert.strictEqual(yield* total(url, "/artists"), 275)
        assert.strictEqual(yield* total(url, "/playlist_tracks"), 8715)
        assert.deepStrictEqual(yield* addArtist(url), { status: 201, body: { artist_id: 276, name: "Mísia" } })
        yield* stop(npm)

        const again = yield* Program.start(main, { env })
        yield* Program.listening(again)
        assert.include(again.stderr(), "the store is filled already")
        assert.strictEqual(yield* total(url, "/artists"), 276)
        assert.strictEqual(yield* total(url, "/tracks"), 3503)
        yield* stop(again)
      })
  )

  it.scopedLive("without SQL_URL, keeps the store in data/chinook.db; its document passes redocly and spectral", () =>
    Effect.gen(function*() {
      const { directory } = yield* TestSqlite.freshFile()
      const program = yield* Program.start(main, { cwd: directory, env: { PORT: "0" } })
      const { url } = yield* Program.listening(program)
      assert.isTrue(existsSync(join(directory, "data", "chinook.db")))
      const lint = spawnSync(process.execPath, ["scripts/lint-openapi.mjs", `${url}/openapi.json`], {
        encoding: "utf8"
      })
      assert.strictEqual(lint.stderr, "redocly: passed\nspectral: passed\n")
      yield* stop(program)
    }))

  it.scopedLive("imports nothing when the port is no port: one line, exit code 1", () =>
    Effect.gen(function*() {
      const { path, url } = yield* TestSqlite.freshFile()
      const program = yield* Program.start(main, { env: { SQL_URL: url, PORT: "http" } })
      assert.deepStrictEqual(yield* program.ended, { code: 1, signal: null })
      assert.match(program.stderr(), /^chinook: ConfigError: PORT: is no port.*$/m)
      const database = new Sqlite(path)
      assert.deepStrictEqual(database.prepare("select count(*) as n from artist").all(), [{ n: 0 }])
      database.close()
    }))
})
