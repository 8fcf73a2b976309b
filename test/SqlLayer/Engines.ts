/**
 * The databases that tests of this room run on: each test has its own, and looks at it through an independent witness.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as SqlConfig from "../../src/Config/SqlConfig.js"
import * as SqlLayer from "../../src/SqlLayer/Layer.js"
import type { Sql } from "../../src/SqlLayer/Sql.js"
import { eventually } from "../support/Eventually.js"
import * as TestPostgres from "../support/TestPostgres.js"
import * as TestSqlite from "../support/TestSqlite.js"

export interface Opened {
  readonly sql: Sql
  readonly url: string
  /** What is really stored. */
  readonly witness: <Row extends Record<string, unknown>>(text: string) => Effect.Effect<ReadonlyArray<Row>>
}

export const open = (url: string, options?: SqlLayer.Options): Effect.Effect<Sql, never, Scope.Scope> =>
  Effect.orDie(Effect.flatMap(SqlConfig.fromUrl(url), (config) => SqlLayer.make(config, options)))

export const postgres = (
  parameters: Readonly<Record<string, string>> = {}
): Effect.Effect<Opened & { readonly database: TestPostgres.TestDatabase }, never, Scope.Scope> =>
  Effect.gen(function*() {
    const database = yield* TestPostgres.freshDatabase({ parameters })
    const sql = yield* open(database.url)
    return { sql, url: database.url, witness: (text) => database.witness(text), database }
  })

export const sqliteFile = (parameters = ""): Effect.Effect<Opened, never, Scope.Scope> =>
  Effect.gen(function*() {
    const file = yield* TestSqlite.freshFile()
    const url = `${file.url}${parameters}`
    const sql = yield* open(url)
    return { sql, url, witness: (text) => file.witness(text) }
  })

export const sqliteMemory: Effect.Effect<Opened, never, Scope.Scope> = Effect.map(open("sqlite://"), (sql) => ({
  sql,
  url: "sqlite://",
  witness: <Row extends Record<string, unknown>>(text: string) =>
    Effect.orDie(Effect.map(sql.client.unsafe<Row>(text), (rows) => rows))
}))

/** Every engine that runs here, by name. */
export const engines: ReadonlyArray<readonly [string, Effect.Effect<Opened, never, Scope.Scope>]> = [
  ["postgresql", postgres()],
  ["sqlite file", sqliteFile()],
  ["sqlite memory", sqliteMemory]
]

/** After a test: nobody holds or waits for anything. */
export const idle = (sql: Sql): Effect.Effect<void> =>
  Effect.asVoid(
    eventually(sql.stats, ({ read, write }) =>
      [read, write].every((pool) =>
        pool.leased === 0 && pool.waiters === 0 && pool.opening === 0 && pool.quarantined === 0 &&
        pool.idle <= pool.size + pool.maxOverflow
      ))
  )
