import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import pg from "pg"
import * as Engines from "./Engines.js"
import { eventually } from "./Eventually.js"
import * as TestPostgres from "./TestPostgres.js"

const connect = (config: pg.ClientConfig) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = new pg.Client(config)
      client.on("error", () => {})
      await client.connect()
      return client
    }),
    (client) => Effect.promise(() => client.end().catch(() => {}))
  )

/** What the server says to an attempt to connect. */
const attempt = (config: pg.ClientConfig) =>
  Effect.promise(async () => {
    const client = new pg.Client(config)
    client.on("error", () => {})
    try {
      await client.connect()
      const { rows } = await client.query<{ user: string; ssl: boolean }>(
        `select current_user::text as "user", ssl from pg_stat_ssl where pid = pg_backend_pid()`
      )
      return rows[0]
    } catch (error) {
      return String(error)
    } finally {
      await client.end().catch(() => {})
    }
  })

describe("freshDatabase", () => {
  for (const on of ["postgresql", "postgresql18"] as const) {
    it.effect(`${on}: belongs to an ordinary role and is gone with its scope`, () =>
      Effect.gen(function*() {
        const name = yield* Effect.scoped(Effect.gen(function*() {
          const database = yield* TestPostgres.freshDatabase({ on })
          const client = yield* connect({ connectionString: database.url.replace(/\?.*/, "") })
          yield* Effect.promise(() => client.query("create table notes (body text)"))
          yield* Effect.promise(() => client.query("insert into notes values ('kept')"))
          expect(yield* database.witness("select body from notes")).toEqual([{ body: "kept" }])
          expect(
            yield* database.witness("select rolsuper from pg_roles where rolname = $1", [database.server.app.user])
          )
            .toEqual([{ rolsuper: false }])
          return database.name
        }))
        yield* Effect.scoped(Effect.gen(function*() {
          const other = yield* TestPostgres.freshDatabase({ on })
          expect(other.name).not.toBe(name)
          expect(yield* other.witness("select 1 from pg_database where datname = $1", [name])).toEqual([])
        }))
      }))
  }

  it.scoped("shows the sessions of others, and ends them", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      expect(yield* TestPostgres.sessionsOf(database)).toEqual([])
      const plain = database.url.replace(/\?.*/, "")
      const client = yield* connect({ connectionString: plain, application_name: "one" })
      yield* connect({ connectionString: plain, application_name: "two" })
      yield* Effect.promise(() => client.query("begin"))
      const sessions = yield* TestPostgres.sessionsOf(database, "one")
      expect(sessions).toMatchObject([{
        user: database.server.app.user,
        applicationName: "one",
        state: "idle in transaction"
      }])
      expect(yield* TestPostgres.killBackends(database)).toBe(2)
      yield* eventually(TestPostgres.sessionsOf(database), (left) => left.length === 0)
    }))
})

describe("the machine's PostgreSQL", () => {
  it.scoped("demands the right password", () =>
    Effect.gen(function*() {
      const { app, host, port } = yield* Engines.postgresql
      expect(yield* attempt({ host, port, user: app.user, password: "wrong", database: "postgres" }))
        .toContain("password authentication failed")
    }))

  it.scoped("speaks TLS for localhost, by certificates that one authority signed and another did not", () =>
    Effect.gen(function*() {
      const { app, own, port, tls } = yield* TestPostgres.tlsServer
      const at = { host: "localhost", port, database: "postgres" }
      const ca = readFileSync(tls.ca)
      const client = { cert: readFileSync(tls.clientCertificate), key: readFileSync(tls.clientKey) }

      expect(yield* attempt({ ...at, ...app, ssl: { ca } })).toEqual({ user: "app", ssl: true })
      expect(yield* attempt({ ...at, ...app, ssl: { ca: readFileSync(tls.otherCa) } })).toMatch(/certificate|issuer/)
      expect(yield* attempt({ ...at, host: "127.0.0.1", ...app, ssl: { ca } })).toMatch(/altnames|IP/)
      expect(yield* attempt({ ...at, user: tls.certifiedRole, ssl: { ca, ...client } }))
        .toEqual({ user: "certified", ssl: true })
      expect(yield* attempt({ ...at, user: tls.certifiedRole, ssl: { ca } })).toMatch(/client certificate/)
      expect(yield* attempt({ ...at, ...tls.encryptedRole })).toMatch(/pg_hba|rejects/)
      expect(yield* attempt({ ...at, ...app, host: own.socketDirectory })).toEqual({ user: "app", ssl: false })
    }))
})

describe("ownServer", () => {
  it.scoped("survives kill -9 of a backend, a crash and a restart", () =>
    Effect.gen(function*() {
      const server = yield* TestPostgres.ownServer({ settings: ["max_connections=7"] })
      const database = yield* TestPostgres.freshDatabase({ on: server.info })
      expect(yield* database.witness("show max_connections")).toEqual([{ max_connections: "7" }])
      const client = yield* connect({ connectionString: database.url.replace(/\?.*/, "") })
      const [session] = yield* TestPostgres.sessionsOf(database)
      yield* server.kill9(session!.pid)
      yield* Effect.promise(() => expect(client.query("select 1")).rejects.toThrow())
      yield* server.stop("immediate")
      yield* server.restart
      expect(yield* database.witness("select 1 as alive")).toEqual([{ alive: 1 }])
    }))
})
