/**
 * PostgreSQL: the repository against raw `pg` (unnamed statements: the control; and named), drizzle and kysely. Pools of ten, one
 * process. `transaction`: two updates under a `SET LOCAL statement_timeout`.
 */
import { eq } from "drizzle-orm"
import { drizzle } from "drizzle-orm/node-postgres"
import { bigint, boolean, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core"
import { SqlConfig } from "effect-svc-infra/Config"
import { Table } from "effect-svc-infra/Database"
import { Repository } from "effect-svc-infra/Repository"
import { make as makeSql, Sql } from "effect-svc-infra/SqlLayer"
import * as Effect from "effect/Effect"
import { Kysely, PostgresDialect, sql as kyselySql } from "kysely"
import pg from "pg"
import * as Harness from "./Harness.js"
import { key, type Operation, operations, row, seeded, users } from "./Model.js"

const poolSize = 10

const seed = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const statement of Table.createStatements(users).postgresql) await client.query(statement)
  await client.query(
    `insert into bench_users (email, name, age, active, created_at, updated_at)
     select 'user' || n || '@example.com', 'User ' || n, n % 90, n % 2 = 0, now(), now() from generate_series(1, $1::int) n`,
    [seeded]
  )
  await client.query("analyze bench_users")
  await client.end()
}

const columns = "id, email, name, age, active, created_at, updated_at"
const texts = {
  get: `select ${columns} from bench_users where id = $1`,
  list: `select ${columns} from bench_users order by id limit 50 offset $1`,
  insert:
    `insert into bench_users (email, name, age, active, created_at, updated_at) values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
  update: `update bench_users set name = $1, updated_at = $2 where id = $3 returning ${columns}`
}

const raw = (name: string, pool: pg.Pool, named: boolean): Harness.Candidate<Operation> => {
  const query = (which: keyof typeof texts, values: Array<unknown>) =>
    pool.query(named ? { name: which, text: texts[which], values } : { text: texts[which], values })
  return {
    name,
    operations: {
      get: Harness.promise((n) => query("get", [key(n)])),
      "list 50": Harness.promise((n) => query("list", [n % 100])),
      insert: Harness.promise((n) => {
        const { active, age, email, name } = row(n)
        const now = new Date()
        return query("insert", [email, name, age, active, now, now])
      }),
      update: Harness.promise((n) => query("update", [`User ${n}`, new Date(), key(n)])),
      transaction: Harness.promise(async (n) => {
        const client = await pool.connect()
        const update = (id: number) => {
          const values = [`User ${n}`, new Date(), id]
          return client.query(named ? { name: "update", text: texts.update, values } : { text: texts.update, values })
        }
        try {
          await client.query("begin")
          await client.query("set local statement_timeout = 30000")
          await update(key(n))
          await update(key(n + 5000))
          await client.query("commit")
        } finally {
          client.release()
        }
      })
    }
  }
}

const drizzleUsers = pgTable("bench_users", {
  id: bigint("id", { mode: "number" }).primaryKey().generatedByDefaultAsIdentity(),
  email: text("email").notNull(),
  name: text("name").notNull(),
  age: integer("age").notNull(),
  active: boolean("active").notNull(),
  created_at: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull(),
  updated_at: timestamp("updated_at", { withTimezone: true, precision: 3 }).notNull()
})

const viaDrizzle = (pool: pg.Pool): Harness.Candidate<Operation> => {
  const db = drizzle(pool)
  return {
    name: "drizzle",
    operations: {
      get: Harness.promise((n) => db.select().from(drizzleUsers).where(eq(drizzleUsers.id, key(n)))),
      "list 50": Harness.promise((n) =>
        db.select().from(drizzleUsers).orderBy(drizzleUsers.id).limit(50).offset(n % 100)
      ),
      insert: Harness.promise((n) => {
        const now = new Date()
        return db.insert(drizzleUsers).values({ ...row(n), created_at: now, updated_at: now }).returning()
      }),
      update: Harness.promise((n) =>
        db.update(drizzleUsers).set({ name: `User ${n}`, updated_at: new Date() }).where(eq(drizzleUsers.id, key(n)))
          .returning()
      ),
      transaction: Harness.promise((n) =>
        db.transaction(async (tx) => {
          await tx.execute("set local statement_timeout = 30000")
          for (const id of [key(n), key(n + 5000)]) {
            await tx.update(drizzleUsers).set({ name: `User ${n}`, updated_at: new Date() })
              .where(eq(drizzleUsers.id, id)).returning()
          }
        })
      )
    }
  }
}

interface Schema {
  readonly bench_users: {
    id: number
    email: string
    name: string
    age: number
    active: boolean
    created_at: Date
    updated_at: Date
  }
}

const viaKysely = (pool: pg.Pool): Harness.Candidate<Operation> => {
  // The insert of the benchmark leaves the identity out; kysely's Generated<> would say so, at no cost at run time.
  const db = new Kysely<{ bench_users: Omit<Schema["bench_users"], "id"> & { id: number } }>({
    dialect: new PostgresDialect({ pool })
  })
  const update = (on: typeof db, n: number, id: number) =>
    on.updateTable("bench_users").set({ name: `User ${n}`, updated_at: new Date() }).where("id", "=", id)
      .returningAll().execute()
  return {
    name: "kysely",
    operations: {
      get: Harness.promise((n) => db.selectFrom("bench_users").selectAll().where("id", "=", key(n)).execute()),
      "list 50": Harness.promise((n) =>
        db.selectFrom("bench_users").selectAll().orderBy("id").limit(50).offset(n % 100).execute()
      ),
      insert: Harness.promise((n) => {
        const now = new Date()
        const values = { ...row(n), created_at: now, updated_at: now } as Schema["bench_users"]
        return db.insertInto("bench_users").values(values).returningAll().execute()
      }),
      update: Harness.promise((n) => update(db, n, key(n))),
      transaction: Harness.promise((n) =>
        db.transaction().execute(async (tx) => {
          await kyselySql`set local statement_timeout = 30000`.execute(tx)
          await update(tx, n, key(n))
          await update(tx, n, key(n + 5000))
        })
      )
    }
  }
}

const ours = Effect.gen(function*() {
  const sql = yield* Sql.Default
  const repository = yield* Repository.make(users)
  const runtime = yield* Effect.runtime<Sql.Default>()
  const slice = <E>(operation: (n: number) => Effect.Effect<unknown, E>) => Harness.effect(runtime, operation)
  return {
    name: "effect-svc-infra",
    operations: {
      get: slice((n) => repository.get(key(n))),
      "list 50": slice((n) => repository.list({ limit: 50, offset: n % 100 })),
      insert: slice((n) => repository.create(row(n))),
      update: slice((n) => repository.update(key(n), { name: `User ${n}` })),
      transaction: slice((n) =>
        sql.transaction(
          Effect.zipRight(
            repository.update(key(n), { name: `User ${n}` }),
            repository.update(key(n + 5000), { name: `User ${n}` })
          ),
          { statementTimeout: 30_000 }
        )
      )
    }
  } satisfies Harness.Candidate<Operation>
})

/** Measures on the database at this URL, which must be empty. */
export const run = (url: string, options: Harness.Options): Promise<ReadonlyArray<Harness.Line>> =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    yield* Effect.promise(() => seed(url))
    const pool = () =>
      Effect.acquireRelease(
        Effect.sync(() => new pg.Pool({ connectionString: url, max: poolSize, min: poolSize })),
        (pool) => Effect.promise(() => pool.end())
      )
    const config = yield* SqlConfig.fromUrl(`${url}&pool_size=${poolSize}&max_overflow=0`)
    const sql = yield* makeSql(config)
    const mine = yield* Effect.provideService(ours, Sql.Default, sql)
    const candidates = [
      raw("pg", yield* pool(), false),
      raw("pg, named statements", yield* pool(), true),
      viaDrizzle(yield* pool()),
      viaKysely(yield* pool()),
      mine
    ]
    return yield* Effect.promise(() => Harness.compare(operations, candidates, options))
  })))
