/**
 * The layers in an Effect program without HTTP: provide a database once, and everything that needs one has it.
 * `npx tsx examples/providing-layers/main.ts`
 */
import * as Model from "@effect/sql/Model"
import * as SqlClient from "@effect/sql/SqlClient"
import { Fields, Predicate, Table } from "effect-svc-infra/Database"
import { Repository } from "effect-svc-infra/Repository"
import { fromUrl, Sql } from "effect-svc-infra/SqlLayer"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

class Account extends Model.Class<Account>("Account")({
  id: Fields.identity(Schema.Int),
  owner: Schema.NonEmptyString,
  balance: Schema.Int
}) {}

const accounts = Table.make(Account, { name: "accounts", primaryKey: "id", unique: ["owner"] })

class Overdrawn extends Schema.TaggedError<Overdrawn>()("Overdrawn", { owner: Schema.String }) {}

const transfer = (from: string, to: string, amount: number) =>
  Effect.gen(function*() {
    const sql = yield* Sql.Default
    const repository = yield* Repository.make(accounts)
    const byOwner = (owner: string) => Effect.flatten(repository.first({ where: Predicate.eq("owner", owner) }))
    // both updates, or neither
    yield* sql.transaction(Effect.gen(function*() {
      const payer = yield* byOwner(from)
      const payee = yield* byOwner(to)
      yield* repository.update(payee.id, { balance: payee.balance + amount })
      const { balance } = yield* repository.update(payer.id, { balance: payer.balance - amount })
      if (balance < 0) return yield* new Overdrawn({ owner: from })
    }))
  })

const program = Effect.gen(function*() {
  // the standard client of @effect/sql, for handwritten SQL: the same database, the same transactions
  const client = yield* SqlClient.SqlClient
  yield* Effect.forEach(Table.createStatements(accounts).sqlite, (statement) => client.unsafe(statement))

  const repository = yield* Repository.make(accounts)
  yield* repository.create({ owner: "Ada", balance: 100 })
  yield* repository.create({ owner: "Grace", balance: 0 })

  yield* transfer("Ada", "Grace", 30)
  yield* transfer("Ada", "Grace", 500).pipe(
    Effect.catchTag("Overdrawn", ({ owner }) => Console.log(`refused: ${owner} has not that much`))
  )
  const taken = yield* Effect.flip(repository.create({ owner: "Ada", balance: 1 }))
  yield* Console.log(`refused: ${taken.message}`)

  for (const { balance, owner } of yield* repository.list({ orderBy: ["owner"] })) {
    yield* Console.log(`${owner}: ${balance}`)
  }
  const [row] = yield* client<{ readonly total: number }>`select sum(balance) as total from accounts`
  yield* Console.log(`in all: ${row?.total}`)
})

// In a service: SqlLayer.fromEnv, which reads SQL_URL and its kin.
await Effect.runPromise(Effect.provide(program, fromUrl("sqlite:///:memory:")))
