/**
 * Stores for the tests of the Chinook example, one per engine, and the SQL version of the same data to compare them with.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import Sqlite from "better-sqlite3"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { fileURLToPath } from "node:url"
import * as Source from "../../examples/chinook/Source.js"
import * as Tables from "../../examples/chinook/Tables.js"
import * as Database from "../../examples/users-api/database.js"
import type { Table } from "../../src/Database/index.js"
import * as TestPostgres from "../support/TestPostgres.js"
import * as TestSqlite from "../support/TestSqlite.js"

type Row = Record<string, unknown>

/** A database for one store. */
export interface Store {
  readonly engine: "postgresql" | "sqlite"
  readonly url: string
  /** Runs SQL by the raw driver. */
  readonly witness: (sql: string) => Effect.Effect<ReadonlyArray<Row>>
}

const postgresql: Effect.Effect<Store, never, Scope.Scope> = Effect.map(
  TestPostgres.freshDatabase(),
  ({ url, witness }) => ({ engine: "postgresql", url, witness: (sql) => witness<Row>(sql) })
)

const sqlite: Effect.Effect<Store, never, Scope.Scope> = Effect.map(
  TestSqlite.freshFile(),
  ({ url, witness }) => ({ engine: "sqlite", url, witness: (sql) => witness<Row>(sql) })
)

/** An empty database of each engine, by name. */
export const engines = [["PostgreSQL", postgresql], ["a SQLite file", sqlite]] as const

/** The store's database with its tables, as the example's program has it. */
export const database = ({ url }: Store) =>
  Database.layer(Tables.all, "sqlite://").pipe(
    Layer.provide(NodeFileSystem.layer),
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["SQL_URL", url]]))))
  )

/** The data that the store is filled with. */
export const source = Effect.provide(Source.read, NodeFileSystem.layer)

const original = fileURLToPath(new URL("../../examples/chinook/data/Chinook_Sqlite.sqlite", import.meta.url))

/** Asks the SQL version of the data, as it is published. */
export const published = (sql: string): ReadonlyArray<Row> => {
  const database = new Sqlite(original, { readonly: true })
  try {
    // SQL is blind to case: without the underscores, our names are the published ones (invoice_line, InvoiceLine).
    return database.prepare<[], Row>(sql.replaceAll("_", "")).all()
  } finally {
    database.close()
  }
}

/** How often each table's rows are published. */
export const counts: Readonly<Record<string, number>> = {
  artist: 275,
  album: 347,
  genre: 25,
  media_type: 5,
  track: 3503,
  playlist: 18,
  playlist_track: 8715,
  employee: 8,
  customer: 59,
  invoice: 412,
  invoice_line: 2240
}

const quoted = ({ name, primaryKey }: Table.TableAny, columns: ReadonlyArray<string>): string =>
  `select ${columns.join(", ")} from ${name} order by ${primaryKey.join(", ")}`

/** All rows of a table as the store has them, decimals with two digits, times without a zone, days without a time. */
export const rows = (store: Store, table: Table.TableAny): Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>> => {
  const columns = table.columns.map(({ kind, name }) => {
    switch (kind) {
      case "decimal":
        return `cast(${name} as text) as ${name}`
      case "timestamp":
        return store.engine === "sqlite"
          ? `strftime('%Y-%m-%d %H:%M:%S', ${name}) as ${name}`
          : `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as ${name}`
      case "date":
        return `cast(${name} as text) as ${name}`
      default:
        return name
    }
  })
  return Effect.map(
    store.witness(quoted(table, columns)),
    (found) =>
      found.map((row) =>
        table.columns.map(({ kind, name }) => kind === "decimal" ? Number(row[name]).toFixed(2) : row[name])
      )
  )
}

/** The same of the SQL version. */
export const publishedRows = (table: Table.TableAny): ReadonlyArray<ReadonlyArray<unknown>> =>
  published(quoted(table, table.columns.map(({ name }) => name))).map((row) =>
    Object.values(row).map((value, index) => {
      switch (table.columns[index]?.kind) {
        case "decimal":
          return Number(value).toFixed(2)
        case "date":
          return value === null ? null : String(value).slice(0, "2021-01-01".length)
        default:
          return value
      }
    })
  )
