/**
 * Fills the store: imports the published data through the repositories, unless there is any already. All of it is one transaction,
 * so a start that was cut off leaves an empty store, and the next one imports again.
 */
import type { DatabaseError, InvalidInput, Table } from "effect-svc-infra/Database"
import { Repository } from "effect-svc-infra/Repository"
import { Sql } from "effect-svc-infra/SqlLayer"
import * as Effect from "effect/Effect"
import * as Source from "./Source.js"
import * as Tables from "./Tables.js"

type Stored = Table.TableAny & { readonly tenant: undefined }

const isEmpty = (table: Stored) =>
  Effect.flatMap(Repository.make(table), (repository) => Effect.map(repository.count(), (rows) => rows === 0))

const importTable = (source: Source.Source, table: Stored) =>
  Effect.gen(function*() {
    const repository = yield* Repository.make(table)
    const rows = yield* Source.rows(source, table)
    yield* repository.insertMany(rows)
    // The database makes the next key: above the imported ones.
    if (table.keyGenerator === "database") yield* repository.syncIdentity
    return rows.length
  })

/** How many rows were imported: none when the store has rows already. */
export const run = (
  source: Source.Source
): Effect.Effect<number, DatabaseError.DatabaseError | InvalidInput | Source.SourceError, Sql.Default> =>
  Effect.gen(function*() {
    const sql = yield* Sql.Default
    const attempt = sql.transaction(Effect.gen(function*() {
      if (!(yield* Effect.every(Tables.all, isEmpty))) return 0
      const counts = yield* Effect.forEach(Tables.all, (table) => importTable(source, table))
      return counts.reduce((sum, count) => sum + count, 0)
    }))
    // Another program that starts at the same time may have been faster: then this one finds the store full.
    return yield* Effect.retry(attempt, { times: 1, while: (error) => error._tag === "UniqueViolation" })
  })
