import * as Model from "@effect/sql/Model"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import * as Repository from "../../src/Repository/Repository.js"
import type { Sql } from "../../src/SqlLayer/Sql.js"
import { engines } from "../SqlLayer/Engines.js"

class Shelf extends Model.Class<Shelf>("Shelf")({ room: Schema.String, number: Schema.Int }) {}

const shelves = Table.make(Shelf, { name: "shelf", primaryKey: ["room", "number"] })

class Book extends Model.Class<Book>("Book")({
  id: Fields.identity(Schema.Int),
  room: Fields.nullable(Schema.String),
  shelfNumber: Fields.nullable(Schema.Int),
  sequelOf: Fields.nullable(Schema.Int)
}) {}

const books = Table.make(Book, {
  name: "book",
  primaryKey: "id",
  foreignKeys: [
    { properties: ["room", "shelfNumber"], references: shelves },
    { properties: "sequelOf", references: "self" }
  ]
})

const setUp = (sql: Sql) =>
  Effect.gen(function*() {
    const statements = Table.createAllStatements([shelves, books])
    for (const statement of sql.dialect === "sqlite" ? statements.sqlite : statements.postgresql) {
      yield* sql.client.unsafe(statement)
    }
    yield* Repository.fromSql(shelves, sql).create({ room: "A", number: 1 })
    return Repository.fromSql(books, sql)
  })

const violation = <A, E extends { readonly _tag: string }>(write: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(write), (error) => {
    const { columns, constraint, side } = error as E & {
      readonly columns?: ReadonlyArray<string>
      readonly constraint?: string
      readonly side?: string
    }
    return { tag: error._tag, side, constraint, columns }
  })

const shelf = { tag: "ForeignKeyViolation", side: "child", constraint: "book_room_shelf_number_fkey" }
const sequel = { tag: "ForeignKeyViolation", side: "child", constraint: "book_sequel_of_fkey", columns: ["sequelOf"] }

describe.each(engines)("a write that refers to nothing, on %s", (_, engine) => {
  it.scopedLive("says which of the foreign keys it was, by its properties", () =>
    Effect.gen(function*() {
      const { sql } = yield* engine
      const repository = yield* setUp(sql)
      const some = Option.some
      assert.deepStrictEqual(
        yield* violation(repository.create({ room: some("A"), shelfNumber: some(2) })),
        { ...shelf, columns: ["room", "shelfNumber"] }
      )
      assert.deepStrictEqual(
        yield* violation(repository.create({ room: some("A"), shelfNumber: some(1), sequelOf: some(7) })),
        sequel
      )
      // A NULL among its columns: the first key refers to nothing.
      assert.deepStrictEqual(yield* violation(repository.create({ room: some("B"), sequelOf: some(7) })), sequel)
      const book = yield* repository.create({ room: some("B") })
      assert.deepStrictEqual(yield* violation(repository.update(book.id, { sequelOf: some(7) })), sequel)
      assert.deepStrictEqual(yield* violation(repository.json.update(book.id, { sequelOf: some(7) })), sequel)
    }))

  it.scopedLive("says so inside a transaction too, of what the transaction itself has written", () =>
    Effect.gen(function*() {
      const { sql } = yield* engine
      const repository = yield* setUp(sql)
      const failed = sql.transaction(Effect.gen(function*() {
        const first = yield* repository.create({})
        return yield* repository.create({
          sequelOf: Option.some(first.id),
          room: Option.some("A"),
          shelfNumber: Option.some(3)
        })
      }))
      assert.deepStrictEqual(yield* violation(failed), { ...shelf, columns: ["room", "shelfNumber"] })
      assert.strictEqual(yield* repository.count(), 0)
    }))
})
