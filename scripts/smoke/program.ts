// What a user writes in an empty project: it is compiled against the packed types, then run.
import * as Model from "@effect/sql/Model"
import { Effect, Schema } from "effect"
import { Fields, Predicate, Table } from "effect-svc-infra/Database"
import { Repository } from "effect-svc-infra/Repository"
import { fromUrl, Sql } from "effect-svc-infra/SqlLayer"

class Note extends Model.Class<Note>("Note")({ id: Fields.uuidV7(Schema.UUID), text: Schema.String }) {}
const notes = Table.make(Note, { name: "notes", primaryKey: "id" })

const program = Effect.gen(function*() {
  const { client } = yield* Sql.Default
  yield* Effect.forEach(Table.createStatements(notes).sqlite, (statement) => client.unsafe(statement))
  const repository = yield* Repository.make(notes)
  const { id } = yield* repository.create({ text: "packed and unpacked" })
  const { text } = yield* repository.get(id)
  console.log(`${text}: ${yield* repository.count(Predicate.contains("text", "UNPACKED"))}`)
})

await Effect.runPromise(Effect.provide(program, fromUrl("sqlite://")))
