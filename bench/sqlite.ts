/**
 * SQLite in a file: the repository against raw better-sqlite3 with prepared statements (the control). Nothing here waits for
 * anything else, so there is one worker.
 */
import Sqlite from "better-sqlite3"
import { SqlConfig } from "effect-svc-infra/Config"
import { Table } from "effect-svc-infra/Database"
import { Repository } from "effect-svc-infra/Repository"
import { make as makeSql, Sql } from "effect-svc-infra/SqlLayer"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync } from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Harness from "./Harness.js"
import { key, type Operation, operations, row, seeded, users } from "./Model.js"

const open = (file: string): Sqlite.Database => {
  const db = new Sqlite(file)
  db.pragma("journal_mode = wal")
  db.pragma("synchronous = normal")
  return db
}

const seed = (file: string): void => {
  const db = open(file)
  for (const statement of Table.createStatements(users).sqlite) db.exec(statement)
  const insert = db.prepare(
    "insert into bench_users (email, name, age, active, created_at, updated_at) values (?, ?, ?, ?, ?, ?)"
  )
  const now = new Date().toISOString()
  db.transaction(() => {
    for (let n = 1; n <= seeded; n++) {
      const { active, age, email, name } = row(n)
      insert.run(email, name, age, active ? 1 : 0, now, now)
    }
  })()
  db.close()
}

const raw = (db: Sqlite.Database): Harness.Candidate<Operation> => {
  const columns = "id, email, name, age, active, created_at, updated_at"
  const get = db.prepare(`select ${columns} from bench_users where id = ?`)
  const list = db.prepare(`select ${columns} from bench_users order by id limit 50 offset ?`)
  const insert = db.prepare(
    `insert into bench_users (email, name, age, active, created_at, updated_at) values (?, ?, ?, ?, ?, ?) returning ${columns}`
  )
  const update = db.prepare(`update bench_users set name = ?, updated_at = ? where id = ? returning ${columns}`)
  const both = db.transaction((n: number) => {
    update.get(`User ${n}`, new Date().toISOString(), key(n))
    update.get(`User ${n}`, new Date().toISOString(), key(n + 5000))
  })
  return {
    name: "better-sqlite3, prepared",
    operations: {
      get: Harness.synchronous((n) => get.get(key(n))),
      "list 50": Harness.synchronous((n) => list.all(n % 100)),
      insert: Harness.synchronous((n) => {
        const { active, age, email, name } = row(n)
        const now = new Date().toISOString()
        return insert.get(email, name, age, active ? 1 : 0, now, now)
      }),
      update: Harness.synchronous((n) => update.get(`User ${n}`, new Date().toISOString(), key(n))),
      transaction: Harness.synchronous((n) => both.immediate(n))
    }
  }
}

const ours = (sql: Sql.Sql) =>
  Effect.gen(function*() {
    const repository = yield* Repository.make(users)
    const runtime = yield* Effect.runtime<never>()
    const slice = <E>(operation: (n: number) => Effect.Effect<unknown, E>) => Harness.effect(runtime, operation)
    return {
      name: "effect-svc-infra",
      operations: {
        get: slice((n) => repository.get(key(n))),
        "list 50": slice((n) => repository.list({ limit: 50, offset: n % 100 })),
        insert: slice((n) => repository.create(row(n))),
        update: slice((n) => repository.update(key(n), { name: `User ${n}` })),
        transaction: slice((n) =>
          sql.transaction(Effect.zipRight(
            repository.update(key(n), { name: `User ${n}` }),
            repository.update(key(n + 5000), { name: `User ${n}` })
          ))
        )
      }
    } satisfies Harness.Candidate<Operation>
  })

/** Measures on two files of its own, equal at the start. */
export const run = (options: Harness.Options): Promise<ReadonlyArray<Harness.Line>> =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(path.join(os.tmpdir(), "bench-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
    )
    const [theirs, mine] = [path.join(directory, "raw.db"), path.join(directory, "ours.db")]
    seed(theirs)
    seed(mine)
    const db = yield* Effect.acquireRelease(Effect.sync(() => open(theirs)), (db) => Effect.sync(() => db.close()))
    const sql = yield* makeSql(yield* SqlConfig.fromUrl(`sqlite:///${mine}`))
    const candidate = yield* Effect.provideService(ours(sql), Sql.Default, sql)
    return yield* Effect.promise(() =>
      Harness.compare(operations, [raw(db), candidate], { ...options, concurrency: 1 })
    )
  })))
