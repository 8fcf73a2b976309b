// The same requests against real databases: every kind of column, composite keys, references, pages.
import * as Model from "@effect/sql/Model"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as Ddl from "../../src/Database/Ddl.js"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import * as App from "../../src/Http/App.js"
import * as SqlResource from "../../src/Http/SqlResource.js"
import * as Repository from "../../src/Repository/Repository.js"
import * as Service from "../../src/Repository/Service.js"
import { Default, type Sql } from "../../src/SqlLayer/Sql.js"
import { engines } from "../SqlLayer/Engines.js"
import { body, json, type Received, type Sent, shared } from "./Harness.js"

class Owner extends Model.Class<Owner>("Owner")({
  id: Fields.identity(Schema.Int),
  name: Schema.String.pipe(Schema.maxLength(20))
}) {}

const owners = Table.make(Owner, { name: "owners", primaryKey: "id", unique: ["name"] })

class Thing extends Model.Class<Thing>("Thing")({
  id: Fields.uuidV7(Schema.UUID),
  text: Schema.String,
  owner_id: Fields.nullable(Schema.Int),
  int: Fields.nullable(Schema.Int),
  double: Fields.nullable(Schema.Number),
  decimal: Fields.nullable(Schema.BigDecimal),
  big: Fields.nullable(Schema.BigIntFromSelf),
  flag: Fields.nullable(Schema.Boolean),
  day: Fields.nullable(Model.Date),
  at: Fields.nullable(Schema.DateTimeUtc),
  micro: Fields.nullable(Schema.String),
  bytes: Fields.nullable(Schema.Uint8ArrayFromBase64),
  bag: Fields.nullable(Schema.Struct({ a: Schema.Int, b: Schema.optional(Schema.NullOr(Schema.String)) })),
  level: Fields.nullable(Schema.Literal("low", "high")),
  code: Fields.immutable(Schema.String),
  version: Fields.version
}) {}

const things = Table.make(Thing, {
  name: "things",
  primaryKey: "id",
  version: "version",
  foreignKeys: [{ properties: "owner_id", references: owners }],
  checks: [{ name: "things_int_check", sql: "int <> 13", properties: ["int"] }],
  columns: { micro: { kind: "timestamp", precision: 6 } }
})

class Link extends Model.Class<Link>("Link")({ left: Schema.String, right: Schema.Int, note: Schema.String }) {}

const links = Table.make(Link, { name: "links", primaryKey: ["left", "right"] })

const served = (sql: Sql) =>
  Effect.gen(function*() {
    const all = [owners, things, links]
    for (const statement of Ddl.createAllStatements(all)[sql.dialect === "postgresql" ? "postgresql" : "sqlite"]) {
      yield* sql.client.unsafe(statement)
    }
    const hooked = Effect.map(Repository.make(things), (repository) =>
      Service.make(repository, {
        afterCreate: (row) => row.text === "die" ? Effect.die(new Error("no")) : Effect.void
      }))
    return yield* App.make({
      resources: [
        SqlResource.make({ table: owners, prefix: "/owners", orderingDefault: "id" }),
        SqlResource.make({
          table: things,
          prefix: "/things",
          searchFields: ["text"],
          allowedOrderFields: ["int", "text", "at", "micro", "big", "decimal", "day"],
          filterFields: ["int", "text", "big", "decimal", "flag", "day", "at", "micro", "level", "id", "owner_id"]
        }),
        SqlResource.make({ table: things, prefix: "/hooked", service: hooked }),
        SqlResource.make({ table: links, prefix: "/links", clientKeys: true, mountPrefix: "/v1" })
      ]
    })
  }).pipe(Effect.provideService(Default, sql), Effect.orDie)

const full = {
  text: "O'Reilly \\ % _ \u{1F600}",
  int: -7,
  double: 0.1,
  decimal: "12345678901234567890.123456789",
  big: "-9223372036854775808",
  flag: false,
  day: "2024-02-29",
  at: "2026-06-01T14:00:00.123+02:00",
  micro: "2026-06-01T12:00:00.123456Z",
  bytes: "AAH/",
  bag: { a: 1, b: null },
  level: "high",
  code: "c"
}

for (const [name, open] of engines) {
  describe(name, () => {
    const start = Effect.flatMap(Effect.flatMap(open, ({ sql }) => served(sql)), shared)
    type Send = (sent: Sent) => Effect.Effect<Received>
    const write = (send: Send, method: string, path: string, value: unknown, type?: string) =>
      send({ method, path, ...body(value, type) })
    const errors = (answer: Received) => [
      answer.status,
      ...(json(answer).errors ?? []).map((error) => `${error["pointer"] ?? error["parameter"]} ${error["code"]}`)
    ]

    it.scopedLive("values of every kind come back in the form they were sent", () =>
      Effect.gen(function*() {
        const send = yield* start
        for (const prefix of ["/things", "/hooked"]) {
          const made = yield* write(send, "POST", prefix, full)
          expect([made.status, made.headers.etag]).toStrictEqual([201, "\"1\""])
          const expected = { id: json(made)["id"], owner_id: null, ...full, at: "2026-06-01T12:00:00.123Z" }
          expect(json(made)).toStrictEqual(expected)
          const path = String(made.headers.location)
          const got = yield* send({ path })
          expect(json(got)).toStrictEqual(expected)
          expect(got.text).toBe(made.text)
          const nulls = Object.fromEntries(
            Object.keys(full).filter((key) => key !== "text" && key !== "code").map((key) => [key, null])
          )
          const empty = yield* write(send, "PATCH", path, nulls)
          expect([empty.status, empty.headers.etag]).toStrictEqual([200, "\"2\""])
          expect(json(empty)).toStrictEqual({ ...expected, ...nulls })
          const { code: _, ...changes } = full
          const again = yield* write(send, "PATCH", path, { ...changes, big: 9007199254740991, int: 2147483647 })
          expect(json(again)).toStrictEqual({ ...expected, big: "9007199254740991", int: 2147483647 })
          expect(errors(yield* write(send, "PATCH", path, { code: "d" }))).toStrictEqual([422, "#/code read_only"])
        }
      }))

    it.scopedLive("values that no column holds are refused with their place", () =>
      Effect.gen(function*() {
        const send = yield* start
        const wrong = {
          text: 1,
          int: 2147483648,
          double: "1",
          decimal: 1.5,
          big: "9223372036854775808",
          flag: 0,
          day: "2023-02-29",
          at: "2026-06-01 12:00:00",
          micro: "2026-06-01T12:00:00",
          bytes: "AAH",
          bag: { a: "x", c: 1 },
          level: "middle",
          code: null
        }
        expect(errors(yield* write(send, "POST", "/things", wrong))).toStrictEqual([
          422,
          "#/text invalid_type",
          "#/int too_large",
          "#/double invalid_type",
          "#/decimal invalid_type",
          "#/big too_large",
          "#/flag invalid_type",
          "#/day invalid_format",
          "#/at invalid_format",
          "#/micro invalid_format",
          "#/bytes invalid_format",
          "#/bag/c unknown_field",
          "#/bag/a invalid_type",
          "#/level invalid_value",
          "#/code not_null"
        ])
        const deep = `{"text":"x","code":"c","double":1e999}`
        expect(errors(yield* send({ method: "POST", path: "/things", ...body(1), body: deep })))
          .toStrictEqual([422, "#/double too_large"])
      }))

    it.scopedLive("JSON columns are replaced by JSON and merged by a merge patch", () =>
      Effect.gen(function*() {
        const send = yield* start
        const merge = "application/merge-patch+json"
        for (const prefix of ["/things", "/hooked"]) {
          const made = yield* write(send, "POST", prefix, { text: "x", code: "c", bag: { a: 1, b: "old" } })
          const path = String(made.headers.location)
          const bag = (answer: Received) => [answer.status, json(answer)["bag"]]
          expect(bag(yield* write(send, "PATCH", path, { bag: { a: 2 } }, merge))).toStrictEqual([200, {
            a: 2,
            b: "old"
          }])
          expect(bag(yield* write(send, "PATCH", path, { bag: { b: null } }, merge))).toStrictEqual([200, { a: 2 }])
          expect(bag(yield* write(send, "PATCH", path, { bag: { a: 3, b: "new" } }))).toStrictEqual([200, {
            a: 3,
            b: "new"
          }])
          expect(bag(yield* write(send, "PATCH", path, { bag: { a: 4 } }))).toStrictEqual([200, { a: 4 }])
          expect(errors(yield* write(send, "PATCH", path, { bag: { a: null } }, merge)))
            .toStrictEqual([422, "#/bag/a required"])
          expect(bag(yield* write(send, "PATCH", path, { bag: null }, merge))).toStrictEqual([200, null])
          expect(bag(yield* write(send, "PATCH", path, { bag: { a: 1 } }, merge))).toStrictEqual([200, { a: 1 }])
          const stale = { ...body({ bag: { a: 9 } }, merge), method: "PATCH", path }
          const refused = yield* send({ ...stale, headers: { ...stale.headers, "if-match": "\"1\"" } })
          expect(refused.status).toBe(412)
          expect(json(yield* send({ path }))["bag"]).toStrictEqual({ a: 1 })
        }
      }))

    it.scopedLive("composite keys are written by the client, each part encoded", () =>
      Effect.gen(function*() {
        const send = yield* start
        const link = yield* write(send, "POST", "/v1/links", { left: "a,b/ü%", right: -5, note: "x" })
        expect([link.status, link.headers.location]).toStrictEqual([201, "/v1/links/a%2Cb%2F%C3%BC%25,-5"])
        const path = String(link.headers.location)
        expect(json(yield* send({ path }))).toStrictEqual({ left: "a,b/ü%", right: -5, note: "x" })
        expect(json(yield* write(send, "PATCH", path, { note: "y" }))["note"]).toBe("y")
        expect(errors(yield* write(send, "PATCH", path, { left: "z" }))).toStrictEqual([422, "#/left read_only"])
        expect(errors(yield* write(send, "POST", "/v1/links", { note: "x" })))
          .toStrictEqual([422, "#/left required", "#/right required"])
        const twice = yield* write(send, "POST", "/v1/links", { left: "a,b/ü%", right: -5, note: "x" })
        expect(errors(twice)).toStrictEqual([409, "#/left not_unique", "#/right not_unique"])
        for (const bad of ["a", "a,b", "a,1,2", ",", "a%2Cb%2F%C3%BC%25,-5.0", "x,-5", "a,99999999999"]) {
          expect([bad, (yield* send({ path: `/v1/links/${bad}` })).status]).toStrictEqual([bad, 404])
        }
        const removed = yield* send({ method: "DELETE", path, headers: { "if-match": "*" } })
        expect(removed.status).toBe(204)
        expect((yield* send({ path })).status).toBe(404)
      }))

    it.scopedLive("keys of the database are checked before it sees them", () =>
      Effect.gen(function*() {
        const send = yield* start
        const owner = yield* write(send, "POST", "/owners", { name: "me" })
        expect([owner.status, owner.headers.location, owner.headers.etag]).toStrictEqual([201, "/owners/1", undefined])
        for (const bad of ["x", "1.0", "1e3", "+1", "01", "2147483648", "99999999999999999999", "-", "%2531"]) {
          expect([bad, (yield* send({ path: `/owners/${bad}` })).status]).toStrictEqual([bad, 404])
        }
        expect(errors(yield* write(send, "POST", "/owners", { name: "x", id: 5 }))).toStrictEqual([
          422,
          "#/id read_only"
        ])
      }))

    it.scopedLive("constraints are problems that point at the field", () =>
      Effect.gen(function*() {
        const send = yield* start
        yield* write(send, "POST", "/owners", { name: "me" })
        expect(errors(yield* write(send, "POST", "/owners", { name: "me" }))).toStrictEqual([409, "#/name not_unique"])
        const orphan = yield* write(send, "POST", "/things", { text: "x", code: "c", owner_id: 99 })
        expect(errors(orphan)).toStrictEqual([422, "#/owner_id reference_not_found"])
        const check = yield* write(send, "POST", "/things", { text: "x", code: "c", int: 13 })
        expect(errors(check)).toStrictEqual([422, "#/int check_failed"])
        expect((yield* write(send, "POST", "/things", { text: "x", code: "c", owner_id: 1 })).status).toBe(201)
        const referenced = yield* send({ method: "DELETE", path: "/owners/1" })
        expect([referenced.status, json(referenced)["code"]]).toStrictEqual([409, "REFERENCE_CONFLICT"])
      }))

    it.scopedLive("a hook that dies leaves nothing behind", () =>
      Effect.gen(function*() {
        const send = yield* start
        const answer = yield* write(send, "POST", "/hooked", { text: "die", code: "c" })
        expect([answer.status, json(answer)["code"]]).toStrictEqual([500, "INTERNAL_ERROR"])
        expect(json(yield* send({ path: "/things" }))["total"]).toBe(0)
      }))

    it.scopedLive("filters compare by the column's type, NULL counted as a value", () =>
      Effect.gen(function*() {
        const send = yield* start
        const rows = [
          { text: "a%", int: 1, big: "10", decimal: "1.50", flag: true, day: "2024-01-01", level: "low" },
          { text: "b_", int: 2, big: "9", decimal: "1.5", flag: false, day: "2024-01-02" },
          { text: "c\\", at: "2026-01-01T00:00:00Z", micro: "2026-01-01T00:00:00.000001000Z" }
        ]
        for (const row of rows) yield* write(send, "POST", "/things", { ...row, code: "c" })
        const found = (query: string) =>
          Effect.map(send({ path: `/things?order_by=text&${query}` }), (answer) => {
            expect([query, answer.status]).toStrictEqual([query, 200])
            return json(answer).items.map((item) => item["text"])
          })
        expect(yield* found("int__ne=1")).toStrictEqual(["b_", "c\\"])
        expect(yield* found("int__nin=1,2")).toStrictEqual(["c\\"])
        expect(yield* found("int__null=true")).toStrictEqual(["c\\"])
        expect(yield* found("int__gte=2")).toStrictEqual(["b_"])
        expect(yield* found("big__lt=10")).toStrictEqual(["b_"])
        expect(yield* found("decimal=1.500")).toStrictEqual(["a%", "b_"])
        expect(yield* found("flag=false")).toStrictEqual(["b_"])
        expect(yield* found("day__gt=2024-01-01")).toStrictEqual(["b_"])
        expect(yield* found("at=2026-01-01T01:00:00%2B01:00")).toStrictEqual(["c\\"])
        expect(yield* found("micro__gte=2026-01-01T00:00:00.000001Z")).toStrictEqual(["c\\"])
        expect(yield* found("level=low")).toStrictEqual(["a%"])
        expect(yield* found("text__icontains=%25")).toStrictEqual(["a%"])
        expect(yield* found("text__istartswith=B_")).toStrictEqual(["b_"])
        expect(yield* found("q=%5C")).toStrictEqual(["c\\"])
        const wrong = yield* send({ path: "/things?int=x&flag=1&day=2024-1-1&level=none&big__gt=1.5&id=x" })
        expect(errors(wrong)).toStrictEqual([
          422,
          "int invalid_type",
          "flag invalid_type",
          "day invalid_format",
          "level invalid_value",
          "big__gt invalid_format",
          "id invalid_format"
        ])
      }))

    it.scopedLive("pages by cursor visit every row once, ties and NULL included", () =>
      Effect.gen(function*() {
        const send = yield* start
        for (let index = 0; index < 12; index++) {
          const row = {
            text: `t${index % 3}`,
            code: "c",
            ...(index % 4 === 0 ? {} : { int: index % 5, micro: `2026-01-01T00:00:00.00000${1 + index % 2}Z` })
          }
          expect((yield* write(send, "POST", "/things", row)).status).toBe(201)
        }
        for (const order of ["int", "-int", "text,-int", "-micro,int", "micro", "-text"]) {
          const all = json(yield* send({ path: `/things?limit=100&order_by=${order}` })).items.map((item) => item["id"])
          expect(all).toHaveLength(12)
          const seen: Array<unknown> = []
          let next: string | null = ""
          while (next !== null) {
            const cursor: string = next === "" ? "" : `&cursor=${next}`
            const answer: Received = yield* send({ path: `/things?limit=5&fields=id&order_by=${order}${cursor}` })
            expect([order, answer.status]).toStrictEqual([order, 200])
            seen.push(...json(answer).items.map((item) => item["id"]))
            next = json(answer).next
          }
          expect([order, seen]).toStrictEqual([order, all])
        }
      }))

    it.scopedLive(
      "whatever a body, a filter or a cursor holds, the database is not troubled by it",
      () =>
        Effect.gen(function*() {
          const send = yield* start
          const run = (sent: Sent) => Effect.runPromise(send(sent))
          for (let index = 0; index < 3; index++) {
            yield* write(send, "POST", "/things", { text: `t${index}`, code: "c", int: index, day: "2024-01-01" })
          }
          const text = fc.oneof(
            fc.string({ unit: "binary", maxLength: 20 }),
            fc.constantFrom(
              "0001-01-01",
              "9999-12-31T23:59:59.999999-23:59",
              "0001-01-01T00:00:00+23:59",
              "1e400",
              "-0",
              "NaN"
            ),
            fc.constantFrom(
              "2147483647",
              "-9223372036854775808",
              "0.0000000001",
              "9".repeat(900),
              "true",
              "\u{1F600}",
              "\ufffe"
            )
          )
          const value = fc.oneof(fc.jsonValue(), text, fc.double(), fc.integer(), fc.constant({ a: 1, b: "\u2028" }))
          const things = fc.record(Object.fromEntries(Object.keys(full).map((key) => [key, value])), {
            requiredKeys: []
          })
          yield* Effect.promise(() =>
            fc.assert(
              fc.asyncProperty(things, async (given) => {
                const answer = await run({
                  method: "POST",
                  path: "/things",
                  ...body({ text: "t", code: "c", ...given })
                })
                expect([201, 422]).toContain(answer.status)
              }),
              { numRuns: 150 }
            )
          )
          const names = Object.keys(full).filter((key) => !["double", "bytes", "bag", "code"].includes(key))
          const filter = fc.tuple(
            fc.constantFrom(...names),
            fc.constantFrom("", "__ne", "__in", "__lt", "__icontains"),
            text
          )
          const encode = (given: string) => encodeURIComponent(given.replace(/\p{Cs}/gu, ""))
          yield* Effect.promise(() =>
            fc.assert(
              fc.asyncProperty(filter, async ([field, operator, given]) => {
                const answer = await run({ path: `/things?limit=1&${field}${operator}=${encode(given)}` })
                expect([200, 422]).toContain(answer.status)
              }),
              { numRuns: 100 }
            )
          )
          for (const order of ["int", "at", "micro", "big", "decimal", "day", "text"]) {
            const { next } = json(yield* send({ path: `/things?limit=1&order_by=${order}` }))
            const content = JSON.parse(Buffer.from(String(next), "base64url").toString()) as ReadonlyArray<unknown>
            const keyset = fc.array(fc.oneof(text, fc.constant(null), value), { minLength: 1, maxLength: 3 })
            yield* Effect.promise(() =>
              fc.assert(
                fc.asyncProperty(keyset, fc.boolean(), async (keys, keepKey) => {
                  const after = keepKey ? [keys[0], (content[3] as ReadonlyArray<unknown>)[1]] : keys
                  const cursor = Buffer.from(JSON.stringify([...content.slice(0, 3), after])).toString("base64url")
                  const answer = await run({ path: `/things?limit=1&order_by=${order}&cursor=${cursor}` })
                  expect([200, 400]).toContain(answer.status)
                }),
                { numRuns: 25 }
              )
            )
          }
        }),
      120_000
    )
  })
}
