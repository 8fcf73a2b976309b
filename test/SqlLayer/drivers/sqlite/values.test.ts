import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe } from "vitest"
import type { Kind } from "../../../../src/Database/Column.js"
import { grammar } from "../../../../src/SqlLayer/drivers/sqlite/dialect.js"
import { values } from "../../../../src/SqlLayer/drivers/sqlite/values.js"
import * as Harness from "./Harness.js"

const types: Readonly<Record<Kind, string>> = {
  text: "text",
  integer: "integer",
  double: "real",
  decimal: "text",
  boolean: "integer",
  bigint: "integer",
  timestamp: "text",
  date: "text",
  bytes: "blob",
  json: "text",
  uuid: "text"
}

const day = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true
})
const digits = fc.stringMatching(/^[1-9]\d{0,30}$/)

/** Canonical values, and `-0`, which SQLite's integers and canonical decimals do not have, apart. */
const canonical: Readonly<Record<Kind, fc.Arbitrary<unknown>>> = {
  text: fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
  integer: fc.integer(),
  double: fc.double({ noNaN: true }).map((value) => (value === 0 ? 0 : value)),
  decimal: fc.tuple(fc.boolean(), fc.oneof(digits, fc.constant("0")), fc.stringMatching(/^(?:\.\d{1,20})?$/)).map(
    ([negative, whole, fraction]) => `${negative && /[1-9]/.test(whole + fraction) ? "-" : ""}${whole}${fraction}`
  ),
  boolean: fc.boolean(),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  timestamp: fc.tuple(day, fc.stringMatching(/^\d{0,2}[1-9]$|^$/)).map(
    ([date, more]) => date.toISOString().replace("Z", `${more}Z`)
  ),
  date: day.map((date) => date.toISOString().slice(0, 10)),
  bytes: fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
  json: fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value))).filter((value) => value !== null),
  uuid: fc.uuid()
}

const kinds = Object.keys(types) as ReadonlyArray<Kind>

describe("values", () => {
  it.scoped.each(kinds)("of kind %s come back as they went", (kind) =>
    Effect.gen(function*() {
      const session = yield* Harness.memory
      yield* Harness.run(session, `create table t(id integer primary key, v ${types[kind]}) strict`)
      const placeholder = values.placeholder[kind]?.("?1") ?? "?1"
      const select = values.select[kind]?.("v") ?? "v"
      const write = values.write[kind] ?? ((value: unknown) => value)
      const read = values.read[kind] ?? ((value: unknown) => value)
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(canonical[kind], async (value) => {
            const [row] = await Effect.runPromise(
              Harness.rows(
                session,
                `insert or replace into t values (1, ${placeholder}) returning ${select}`,
                [write(value)],
                { rows: "raw" }
              )
            )
            expect(read(row![0])).toEqual(value)
          }),
          { numRuns: 300 }
        )
      )
    }))

  it.scoped.each(kinds)("of kind %s sort as PostgreSQL sorts them", (kind) =>
    Effect.gen(function*() {
      if (kind === "json") return
      const session = yield* Harness.memory
      yield* Harness.run(session, `create table t(id integer primary key, v ${types[kind]}) strict`)
      const compare = values.compare[kind]?.("v") ?? "v"
      const write = values.write[kind] ?? ((value: unknown) => value)
      const order: (a: unknown, b: unknown) => number = (a, b) =>
        kind === "decimal"
          ? Number(a) - Number(b)
          : kind === "bytes"
          ? Buffer.compare(a as Uint8Array, b as Uint8Array)
          : kind === "text"
          ? Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
          : (a as number) < (b as number)
          ? -1
          : (a as number) > (b as number)
          ? 1
          : 0
      // Digits that a number holds; as many of a second in every row.
      const restricted = kind === "decimal"
        ? fc.integer({ min: -1e12, max: 1e12 }).map((cents) => (cents / 100).toFixed(2))
        : kind === "timestamp"
        ? day.map((date) => date.toISOString())
        : canonical[kind]
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.array(restricted, { minLength: 2, maxLength: 8 }), async (list) => {
            await Effect.runPromise(Harness.run(session, "delete from t"))
            for (const value of list) {
              await Effect.runPromise(
                Harness.run(session, "insert into t(v) values (?)", [write(value)], { rows: "raw" })
              )
            }
            const sorted = await Effect.runPromise(Harness.rows(session, `select id from t order by ${compare}, id`))
            const ids = (await Effect.runPromise(Harness.rows(session, "select min(id) from t")))[0]![0] as number
            const expected = list.map((value, index) => ({ value, index })).sort((a, b) =>
              order(a.value, b.value) || a.index - b.index
            )
            expect(sorted.map(([id]) => (id as number) - ids)).toEqual(expected.map(({ index }) => index))
          }),
          { numRuns: 100 }
        )
      )
    }))

  it("normalise decimals to plain digits", () => {
    const read = values.read.decimal!
    const forms: ReadonlyArray<readonly [unknown, string]> = [
      ["1.50", "1.50"],
      ["+1.5", "1.5"],
      ["-0.00", "0.00"],
      ["007", "7"],
      [".5", "0.5"],
      ["5.", "5"],
      ["1e3", "1000"],
      ["1.25e1", "12.5"],
      ["1.25E-3", "0.00125"],
      ["-12e-1", "-1.2"],
      [0.5, "0.5"],
      [1e21, "1000000000000000000000"],
      ["x", "x"],
      ["1e99999999", "1e99999999"]
    ]
    expect(forms.map(([given]) => [given, read(given)])).toEqual(forms)
    expect(values.write.decimal!("1e2")).toBe("100")
  })

  it("read the timestamps that SQLite's functions and other programs write", () => {
    const read = values.read.timestamp!
    const forms: ReadonlyArray<readonly [unknown, unknown]> = [
      ["2026-06-01T12:00:00.000Z", "2026-06-01T12:00:00.000Z"],
      ["2026-06-01 12:00:00", "2026-06-01T12:00:00.000Z"],
      ["2026-06-01 12:00", "2026-06-01T12:00:00.000Z"],
      ["2026-06-01", "2026-06-01T00:00:00.000Z"],
      ["2026-06-01 12:00:00.5", "2026-06-01T12:00:00.500Z"],
      ["2026-06-01T12:00:00.123456Z", "2026-06-01T12:00:00.123456Z"],
      ["2026-06-01T12:00:00.123400Z", "2026-06-01T12:00:00.1234Z"],
      ["2026-06-01T12:00:00.123456789Z", "2026-06-01T12:00:00.123456Z"],
      ["2026-06-01 12:00:00+02:00", "2026-06-01T10:00:00.000Z"],
      ["2026-06-01 12:00:00.123456-0330", "2026-06-01T15:30:00.123456Z"],
      ["2026-06-01 12:00:00+02", "2026-06-01T10:00:00.000Z"],
      ["2026-06-01T12:00:00z", "2026-06-01T12:00:00.000Z"],
      [1780315200, "2026-06-01T12:00:00.000Z"],
      [2461193, "2026-06-01T12:00:00.000Z"],
      [2461193.25, "2026-06-01T18:00:00.000Z"],
      ["2026-02-30 12:00:00", "2026-02-30 12:00:00"],
      ["2026-13-01", "2026-13-01"],
      ["yesterday", "yesterday"]
    ]
    expect(forms.map(([given]) => [given, read(given)])).toEqual(forms)
  })

  it.scoped("have a text to search in, the same as PostgreSQL's", () =>
    Effect.gen(function*() {
      const session = yield* Harness.memory
      const asText = (kind: Kind, literal: string) =>
        Effect.map(Harness.rows(session, `select ${grammar.asText(`(${literal})`, kind)}`), ([row]) => row![0])
      expect(yield* asText("boolean", "1")).toBe("true")
      expect(yield* asText("boolean", "0")).toBe("false")
      expect(yield* asText("boolean", "null")).toBe(null)
      expect(yield* asText("integer", "-5")).toBe("-5")
      expect(yield* asText("bigint", "9007199254740993")).toBe("9007199254740993")
      expect(yield* asText("double", "5.0")).toBe("5")
      expect(yield* asText("double", "0.1")).toBe("0.1")
      expect(yield* asText("bytes", "x'6Aff'")).toBe("av8=")
      expect(yield* asText("text", "'a'")).toBe("a")
    }))
})
