import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import type { Kind } from "../../../../src/Database/Column.js"
import { values } from "../../../../src/SqlLayer/drivers/postgresql/values.js"
import * as TestPostgres from "../../../support/TestPostgres.js"
import { connect, engines, failure, run } from "./Sessions.js"

const types: Readonly<Record<Kind, string>> = {
  text: "text",
  integer: "int4",
  double: "float8",
  decimal: "numeric",
  boolean: "boolean",
  bigint: "int8",
  timestamp: "timestamptz",
  date: "date",
  bytes: "bytea",
  json: "jsonb",
  uuid: "uuid"
}

const pad = (value: number, length: number) => String(value).padStart(length, "0")
const day = fc.date({
  min: new Date("0001-01-02T00:00:00Z"),
  max: new Date("9999-12-30T00:00:00Z"),
  noInvalidDate: true
})
const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", ""))
// jsonb stores numbers as numeric: -0 becomes 0, and what JSON cannot say is not generated.
const json = fc.jsonValue().map((value): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll("\\u0000", "").replace(/-0(?![\d.])/g, "0"))
)

const arbitraries: Readonly<Record<Kind, fc.Arbitrary<unknown>>> = {
  text: fc.oneof(text, fc.string({ unit: "grapheme", maxLength: 300 }).map((value) => value.replaceAll("\0", ""))),
  integer: fc.oneof(fc.integer(), fc.constantFrom(-2_147_483_648, 2_147_483_647, 0)),
  double: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, Number.MIN_VALUE, 1e21)),
  decimal: fc.tuple(fc.bigInt(), fc.nat({ max: 999_999 })).map(([whole, part]) => `${whole}.${pad(part, 6)}`),
  boolean: fc.boolean(),
  bigint: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n)
  ),
  timestamp: fc.tuple(day, fc.integer({ min: 0, max: 999 })).map(([at, micro]) =>
    at.toISOString().replace("Z", micro === 0 ? "Z" : `${pad(micro, 3).replace(/0+$/, "")}Z`)
  ),
  date: day.map((at) => at.toISOString().slice(0, 10)),
  bytes: fc.uint8Array({ maxLength: 2000 }),
  json,
  uuid: fc.uuid()
}

const kinds = Object.keys(types) as ReadonlyArray<Kind>

for (const engine of engines) {
  describe(engine, () => {
    for (
      const [timezone, datestyle] of [["UTC", "ISO"], ["Asia/Kolkata", "German"], ["America/St_Johns", "SQL, DMY"]]
    ) {
      it.scoped(
        `what is written is read again, kind by kind, in a session of ${timezone} and ${datestyle}`,
        () =>
          Effect.gen(function*() {
            const database = yield* TestPostgres.freshDatabase({
              on: engine,
              parameters: { options: `-ctimezone=${timezone} -cdatestyle=${datestyle?.replaceAll(" ", "\\ ")}` }
            })
            const made = yield* connect(database.url.replaceAll("+", "%20"))
            yield* run(made, `create table t (${kinds.map((kind) => `"${kind}" ${types[kind]}`).join(", ")})`)
            for (const kind of kinds) {
              const write = values.write[kind] ?? ((value: unknown) => value)
              const read = values.read[kind] ?? ((value: unknown) => value)
              const samples = fc.sample(arbitraries[kind], 120)
              for (let from = 0; from < samples.length; from += 40) {
                const some = samples.slice(from, from + 40)
                const rows = yield* run(
                  made,
                  `insert into t ("${kind}") values ${some.map((_, i) => `($${i + 1})`)} returning "${kind}"`,
                  some.map(write),
                  { prepare: true }
                )
                expect([kind, rows.map(([raw]) => read(raw))]).toEqual([kind, some])
              }
              // The server knows the type of a parameter that is compared; JSON alone cannot be compared to by all its forms.
              const [sample] = samples
              expect(yield* run(made, `select count(*) > 0 from t where "${kind}" = $1`, [write(sample)]))
                .toEqual([["t"]])
            }
          }),
        60_000
      )
    }

    it.scoped("bytes are of their own memory", () =>
      Effect.gen(function*() {
        const made = yield* Effect.flatMap(TestPostgres.freshDatabase({ on: engine }), ({ url }) => connect(url))
        const [row] = yield* run(made, "select '\\x010203'::bytea")
        const bytes = values.read.bytes?.(row?.[0])
        expect(bytes).toStrictEqual(Uint8Array.of(1, 2, 3))
        expect((bytes as Uint8Array).buffer.byteLength).toBe(3)
      }))

    it.scoped("what has no canonical form throws", () =>
      Effect.gen(function*() {
        const made = yield* Effect.flatMap(TestPostgres.freshDatabase({ on: engine }), ({ url }) => connect(url))
        const cases: ReadonlyArray<readonly [Kind, string]> = [
          ["timestamp", "'infinity'::timestamptz"],
          ["timestamp", "'-infinity'::timestamptz"],
          ["timestamp", "'0044-03-15 12:00:00+00 BC'::timestamptz"],
          ["timestamp", "'10000-01-01 00:00:00+00'::timestamptz"],
          ["date", "'infinity'::date"],
          ["date", "'0044-03-15 BC'::date"],
          ["date", "'10000-01-01'::date"],
          ["decimal", "'NaN'::numeric"],
          ["integer", "1.5::numeric"],
          ["integer", "''::text"],
          ["double", "'x'::text"],
          ["boolean", "'yes'::text"],
          ["bigint", "1.5::numeric"],
          ["bytes", "'x'::text"],
          ["bytes", "'\\\\x0g'::text"],
          ["json", "'{'::text"]
        ]
        for (const [kind, expression] of cases) {
          const [row] = yield* run(made, `select ${expression}`)
          expect(() => values.read[kind]?.(row?.[0]), `${kind} ${expression}`).toThrow()
        }
        for (const style of ["german", "sql", "postgres"]) {
          yield* run(made, `set datestyle = ${style}`)
          const [row] = yield* run(made, "select '2026-06-01T12:00:00Z'::timestamptz, '2026-06-01'::date")
          expect(() => values.read.timestamp?.(row?.[0])).toThrow()
          expect(() => values.read.date?.(row?.[1])).toThrow()
        }
      }))

    it.scoped("a value the type cannot hold is a DataError", () =>
      Effect.gen(function*() {
        const made = yield* Effect.flatMap(TestPostgres.freshDatabase({ on: engine }), ({ url }) => connect(url))
        yield* run(made, "create table t (i int4, u uuid, v varchar(3), n numeric(4, 2), d date, j json)")
        const cases: ReadonlyArray<readonly [column: string, value: unknown, reason: string]> = [
          ["i", 3_000_000_000, "out_of_range"],
          ["i", "x", "invalid_form"],
          ["u", "x", "invalid_form"],
          ["v", "long", "too_long"],
          ["n", "1000", "out_of_range"],
          ["d", "2026-02-30", "out_of_range"],
          ["d", "soon", "invalid_form"],
          ["j", "{", "invalid_form"]
        ]
        for (const [column, value, reason] of cases) {
          expect([column, yield* failure(made, `insert into t (${column}) values ($1)`, [value])])
            .toMatchObject([column, { _tag: "DataError", reason }])
        }
      }))
  })
}

describe("timestamps", () => {
  const read = (text: string) => values.read.timestamp?.(text)

  it("any offset, any number of digits", () => {
    expect(read("2026-06-01 12:00:00+00")).toBe("2026-06-01T12:00:00.000Z")
    expect(read("2026-06-01 12:00:00.1+00")).toBe("2026-06-01T12:00:00.100Z")
    expect(read("2026-06-01 12:00:00.12+00")).toBe("2026-06-01T12:00:00.120Z")
    expect(read("2026-06-01 12:00:00.123+00")).toBe("2026-06-01T12:00:00.123Z")
    expect(read("2026-06-01 12:00:00.1234+00")).toBe("2026-06-01T12:00:00.1234Z")
    expect(read("2026-06-01 12:00:00.123456+00")).toBe("2026-06-01T12:00:00.123456Z")
    expect(read("2026-06-01 12:00:00.123456+05:30")).toBe("2026-06-01T06:30:00.123456Z")
    expect(read("2026-06-01 00:00:00-02:30")).toBe("2026-06-01T02:30:00.000Z")
    expect(read("1883-11-18 12:03:57.5-04:56:02")).toBe("1883-11-18T16:59:59.500Z")
    expect(read("2026-06-01 12:00:00.5")).toBe("2026-06-01T12:00:00.500Z")
    expect(read("0001-01-01 00:00:00+00")).toBe("0001-01-01T00:00:00.000Z")
    expect(() => read("0001-01-01 00:00:00+05")).toThrow()
    expect(() => read("9999-12-31 23:59:59-05")).toThrow()
  })
})
