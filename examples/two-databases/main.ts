/**
 * Two databases in one program: each has a tag of its own, and a transaction of the one never touches the other.
 * `npx tsx examples/two-databases/main.ts`
 */
import * as Model from "@effect/sql/Model"
import { SqlConfig } from "effect-svc-infra/Config"
import { Fields, Table } from "effect-svc-infra/Database"
import { Repository } from "effect-svc-infra/Repository"
import { fromUrl, layerFor, Sql } from "effect-svc-infra/SqlLayer"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

class Order extends Model.Class<Order>("Order")({ id: Fields.identity(Schema.Int), product: Schema.String }) {}
const orders = Table.make(Order, { name: "orders", primaryKey: "id" })

class Event extends Model.Class<Event>("Event")({ id: Fields.identity(Schema.Int), text: Schema.String }) {}
const events = Table.make(Event, { name: "events", primaryKey: "id" })

class Reporting extends Sql.Tag("Reporting")<Reporting>() {}

class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { product: Schema.String }) {}

const order = (product: string) =>
  Effect.gen(function*() {
    const shop = yield* Sql.Default
    const repository = yield* Repository.make(orders)
    const log = yield* Repository.make(events, { database: Reporting })
    yield* shop.transaction(Effect.gen(function*() {
      yield* repository.create({ product })
      // another database: what is written here stays, whatever becomes of the shop's transaction
      yield* log.create({ text: `somebody wants ${product}` })
      if (product === "unicorn") return yield* new OutOfStock({ product })
    }))
  })

const program = Effect.gen(function*() {
  const shop = yield* Sql.Default
  const reporting = yield* Reporting
  yield* Effect.forEach(Table.createStatements(orders).sqlite, (statement) => shop.client.unsafe(statement))
  yield* Effect.forEach(Table.createStatements(events).sqlite, (statement) => reporting.client.unsafe(statement))

  yield* order("horse")
  yield* order("unicorn").pipe(
    Effect.catchTag("OutOfStock", ({ product }) => Console.log(`rolled back: ${product} is out of stock`))
  )

  const placed = yield* Effect.flatMap(Repository.make(orders), (repository) => repository.list())
  const seen = yield* Effect.flatMap(
    Repository.make(events, { database: Reporting }),
    (repository) => repository.list()
  )
  yield* Console.log(`shop: ${placed.map(({ product }) => product).join(", ")}`)
  yield* Console.log(`reporting: ${seen.map(({ text }) => text).join(", ")}`)
})

const databases = Layer.merge(
  fromUrl("sqlite:///:memory:"),
  layerFor(Reporting, SqlConfig.fromUrl("sqlite:///:memory:"))
)

await Effect.runPromise(Effect.provide(program, databases))
