/**
 * A configured statement timeout reaches the scans of engines that can only stop themselves.
 */
import * as Model from "@effect/sql/Model"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Fields from "../../src/Database/Fields.js"
import * as Predicate from "../../src/Database/Predicate.js"
import * as Table from "../../src/Database/Table.js"
import * as Repository from "../../src/Repository/Repository.js"
import { Default } from "../../src/SqlLayer/Sql.js"
import { idle, open } from "../SqlLayer/Engines.js"

class Entry extends Model.Class<Entry>("Entry")({ id: Fields.identity(Schema.Int), text: Schema.String }) {}
const entries = Table.make(Entry, { name: "entries", primaryKey: "id" })

it.scopedLive("a count over a view without end is stopped by the configured timeout", () =>
  Effect.gen(function*() {
    const sql = yield* open("sqlite://?statement_timeout=150")
    yield* sql.client`create view entries as
      with recursive c(x) as (select 1 union all select x + 1 from c) select x as id, 'text ' || x as text from c`
    const repository = yield* Effect.provideService(Repository.make(entries), Default, sql)
    const started = performance.now()
    const error = yield* Effect.flip(repository.count(Predicate.contains("text", "no such")))
    assert.strictEqual(error._tag, "StatementTimeoutError")
    assert.isBelow(performance.now() - started, 3000)
    yield* idle(sql)
  }))
