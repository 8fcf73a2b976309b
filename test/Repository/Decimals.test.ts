import * as Model from "@effect/sql/Model"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Fields from "../../src/Database/Fields.js"
import * as Predicate from "../../src/Database/Predicate.js"
import * as Table from "../../src/Database/Table.js"
import * as Repository from "../../src/Repository/Repository.js"
import { engines } from "../SqlLayer/Engines.js"

class Price extends Model.Class<Price>("Price")({
  id: Fields.identity(Schema.Int),
  amount: Schema.BigDecimal,
  pieces: Fields.nullable(Schema.BigDecimal)
}) {}

const prices = Table.make(Price, {
  name: "price",
  primaryKey: "id",
  columns: { amount: { precision: 6, scale: 2 }, pieces: { precision: 3 } }
})

const decimal = BigDecimal.unsafeFromString

describe.each(engines)("decimals of a bounded column on %s", (_, engine) => {
  it.scopedLive("come back with exactly the digits that the column keeps", () =>
    Effect.gen(function*() {
      const { sql } = yield* engine
      const dialect = sql.dialect === "sqlite" ? "sqlite" : "postgresql"
      for (const statement of Table.createStatements(prices)[dialect]) yield* sql.client.unsafe(statement)
      const repository = Repository.fromSql(prices, sql)
      const texts: ReadonlyArray<readonly [string, string]> = [
        ["1", "1.00"],
        ["1.1", "1.10"],
        ["-0.000", "0.00"],
        ["-9999.99", "-9999.99"],
        ["12.3400000", "12.34"]
      ]
      for (const [given, kept] of texts) {
        const { text } = yield* repository.json.create({ amount: decimal(given) })
        assert.include(text, `"amount":"${kept}"`)
        assert.isTrue(yield* repository.exists(Predicate.eq("amount", decimal(given))))
      }
    }))

  it.scopedLive("are refused, never rounded, when it cannot keep them", () =>
    Effect.gen(function*() {
      const { sql } = yield* engine
      const repository = Repository.fromSql(prices, sql)
      const refused = (data: Table.Create<typeof prices>) =>
        Effect.map(Effect.flip(repository.create(data)), (error) =>
          error._tag === "InvalidInput" ? error.issues.map(({ code, detail }) => `${code}: ${detail}`) : error)
      assert.deepStrictEqual(yield* refused({ amount: decimal("0.999") }), [
        "invalid_value: must have at most 2 digits after the point"
      ])
      assert.deepStrictEqual(yield* refused({ amount: decimal("-10000") }), [
        "too_large: must have at most 4 digits before the point"
      ])
    }))
})
