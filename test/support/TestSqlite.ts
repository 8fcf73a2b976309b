/**
 * SQLite for one test: a fresh file, and an independent witness of what is really in it.
 */
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { mkdtempSync, rmSync } from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Engines from "./Engines.js"

/** A database file of one test's own, which does not exist yet. */
export interface TestFile {
  /** The absolute path. */
  readonly path: string
  /** `sqlite:////tmp/.../test.db`: an absolute path has four slashes. */
  readonly url: string
  /** The folder, empty at first, removed with the scope. */
  readonly directory: string
  /** Runs one statement by the raw driver on a connection of its own; rows of a query, or none. */
  readonly witness: <Row extends Record<string, unknown> = Record<string, unknown>>(
    sql: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<Row>>
}

/** A file name in a folder that is removed when the scope closes. */
export const freshFile = (name = "test.db"): Effect.Effect<TestFile, never, Scope.Scope> =>
  Effect.gen(function*() {
    yield* Engines.sqlite
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(path.join(os.tmpdir(), "sqlite-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
    )
    const file = path.join(directory, name)
    return {
      path: file,
      url: `sqlite:///${encodeURI(file)}`,
      directory,
      witness: <Row extends Record<string, unknown>>(sql: string, parameters: ReadonlyArray<unknown> = []) =>
        Effect.sync(() => {
          const database = new Sqlite(file)
          try {
            // The caller says what the rows are.
            const statement = database.prepare<Array<unknown>, Row>(sql)
            if (statement.reader) return statement.all(...parameters)
            statement.run(...parameters)
            return []
          } finally {
            database.close()
          }
        })
    }
  })
