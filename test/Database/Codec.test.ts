import * as Model from "@effect/sql/Model"
import { describe, expect, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as Codec from "../../src/Database/Codec.js"
import * as Field from "../../src/Database/codec/Field.js"
import * as Generate from "../../src/Database/codec/Generate.js"
import type { Kind } from "../../src/Database/Column.js"
import { DataError } from "../../src/Database/DatabaseError.js"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"

const millis = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })
const instant = millis.map((ms) => new Date(ms).toISOString())
const day = instant.map((text) => text.slice(0, 10))
const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 8 })).map(
  ([value, scale]) => BigDecimal.format(BigDecimal.make(value, scale)).replace(/e.*$/, "")
)
const text = fc.string({ unit: "binary" }).filter((value) => !value.includes("\0"))
const int4 = fc.integer()
const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

/** A schema, its kind, canonical values, and what the Schema itself takes of them. */
interface Case {
  readonly name: string
  readonly kind: Kind
  // A test of many types at once.
  readonly schema: Schema.Schema.AnyNoContext
  readonly canonical: fc.Arbitrary<unknown>
  readonly encoded?: (canonical: never) => unknown
}

const bytes = fc.uint8Array()

const cases: ReadonlyArray<Case> = [
  { name: "String", kind: "text", schema: Schema.String, canonical: text },
  { name: "NonEmptyString", kind: "text", schema: Schema.NonEmptyString, canonical: text.filter((t) => t !== "") },
  { name: "branded", kind: "text", schema: Schema.String.pipe(Schema.brand("Name")), canonical: text },
  { name: "Trim", kind: "text", schema: Schema.Trim, canonical: text },
  { name: "split", kind: "text", schema: Schema.split(","), canonical: text },
  { name: "literals", kind: "text", schema: Schema.Literal("a", "b"), canonical: fc.constantFrom("a", "b") },
  { name: "UUID", kind: "uuid", schema: Schema.UUID, canonical: fc.uuid() },
  { name: "Int", kind: "integer", schema: Schema.Int, canonical: int4 },
  {
    name: "Number",
    kind: "double",
    schema: Schema.Number,
    canonical: fc.double({ noNaN: true, noDefaultInfinity: true })
  },
  { name: "NumberFromString", kind: "double", schema: Schema.NumberFromString, canonical: int4, encoded: String },
  { name: "Boolean", kind: "boolean", schema: Schema.Boolean, canonical: fc.boolean() },
  {
    name: "BooleanFromNumber",
    kind: "boolean",
    schema: Model.BooleanFromNumber,
    canonical: fc.boolean(),
    encoded: (value: boolean) => (value ? 1 : 0)
  },
  { name: "BigInt", kind: "bigint", schema: Schema.BigInt, canonical: int8, encoded: String },
  { name: "BigIntFromSelf", kind: "bigint", schema: Schema.BigIntFromSelf, canonical: int8 },
  { name: "BigDecimal", kind: "decimal", schema: Schema.BigDecimal, canonical: decimal },
  { name: "DateTimeUtc", kind: "timestamp", schema: Schema.DateTimeUtc, canonical: instant },
  { name: "Date", kind: "timestamp", schema: Schema.Date, canonical: instant },
  {
    name: "DateTimeUtcFromNumber",
    kind: "timestamp",
    schema: Schema.DateTimeUtcFromNumber,
    canonical: instant,
    encoded: (value: string) => Date.parse(value)
  },
  { name: "Model.Date", kind: "date", schema: Model.Date, canonical: day },
  { name: "Uint8ArrayFromSelf", kind: "bytes", schema: Schema.Uint8ArrayFromSelf, canonical: bytes },
  {
    name: "Uint8ArrayFromBase64",
    kind: "bytes",
    schema: Schema.Uint8ArrayFromBase64,
    canonical: bytes,
    encoded: (value: Uint8Array) => Buffer.from(value).toString("base64")
  },
  { name: "Unknown", kind: "json", schema: Schema.Unknown, canonical: fc.jsonValue().filter((v) => v !== null) },
  {
    name: "Struct",
    kind: "json",
    schema: Schema.Struct({ at: Schema.DateTimeUtc, tags: Schema.Array(Schema.String) }),
    canonical: fc.record({ at: instant, tags: fc.array(text), more: fc.boolean() })
  },
  {
    name: "parseJson",
    kind: "json",
    schema: Schema.parseJson(Schema.Struct({ n: Schema.BigInt })),
    canonical: fc.record({ n: int8.map(String) }),
    encoded: (value: unknown) => JSON.stringify(value)
  },
  {
    name: "OptionFromNullOr",
    kind: "timestamp",
    schema: Schema.OptionFromNullOr(Schema.DateTimeUtc),
    canonical: fc.option(instant)
  },
  {
    name: "OptionFromNullOr(Trim)",
    kind: "text",
    schema: Schema.OptionFromNullOr(Schema.Trim),
    canonical: fc.option(text)
  },
  { name: "NullOr", kind: "integer", schema: Schema.NullOr(Schema.Int), canonical: fc.option(int4) },
  {
    name: "an option of one's own",
    kind: "text",
    schema: Schema.OptionFromNonEmptyTrimmedString,
    canonical: text
  }
]

/** A BigDecimal remembers its normal form once it was asked for it. */
const comparable = (value: unknown) => BigDecimal.isBigDecimal(value) ? BigDecimal.format(value) : value

describe("codec of a column", () => {
  it.each(cases)("decodes and encodes as its Schema does: $name", ({ canonical, encoded, kind, schema }) => {
    const field = Field.make(kind, schema.ast)
    expect(field).toBeDefined()
    const decode = Schema.decodeUnknownSync(schema)
    const encode = Schema.encodeUnknownSync(schema)
    fc.assert(fc.property(canonical, (value) => {
      const source = encoded === undefined ? value : encoded(value as never)
      const decoded = field!.decode(value)
      const expected = decode(source)
      expect(comparable(decoded)).toStrictEqual(comparable(expected))
      const back = field!.encode(decoded)
      expect(comparable(field!.decode(back))).toStrictEqual(comparable(expected))
      expect(encoded !== undefined || kind === "decimal" ? undefined : back).toStrictEqual(
        encoded !== undefined || kind === "decimal" ? undefined : encode(expected)
      )
    }))
  })

  it("infers those kinds", () => {
    for (const { kind, name, schema } of cases) {
      if (name === "literals" || name === "an option of one's own") continue
      class Some extends Model.Class<Some>("Some")({ id: Schema.String, it: Model.Field({ select: schema }) }) {}
      expect([name, Table.make(Some, { name: "t", primaryKey: "id" }).byProperty.get("it")?.kind]).toEqual([name, kind])
    }
  })
})

const Loud = Schema.transform(Schema.String, Schema.String, {
  decode: (text) => text.toLowerCase(),
  encode: (text) => text.toUpperCase()
})

class User extends Model.Class<User>("User")({
  id: Fields.uuidV7(Schema.UUID),
  email: Schema.NonEmptyString,
  nick: Fields.nullable(Schema.String),
  balance: Schema.BigDecimal,
  visits: Schema.BigIntFromSelf,
  score: Schema.Number,
  active: Schema.Boolean,
  picture: Schema.Uint8ArrayFromBase64,
  settings: Schema.Struct({ theme: Schema.String }),
  secret: Fields.hidden(Schema.String),
  shout: Model.Field({ select: Schema.String, json: Loud }),
  created_at: Fields.createdAt,
  version: Fields.version
}) {
  get domain() {
    return this.email.split("@")[1]
  }
}

const users = Table.make(User, { name: "users", primaryKey: "id", version: "version", createdAt: "created_at" })

const raw = [
  "018f0000-0000-7000-8000-000000000000",
  "a\"b@c.d",
  null,
  "1.50",
  9007199254740993n,
  0.5,
  true,
  new Uint8Array([1, 2, 255]),
  { theme: "dark", hidden: "x" },
  "hunter2",
  "loud",
  "2026-06-01T12:00:00.123456Z",
  3
]

const modes = [{ generate: true }, { generate: false }, { level: "verify" }] as const

describe("codec of a row", () => {
  it.each(modes)("makes instances of the model (%o)", (options) => {
    const row = Codec.row(users, users.columns, {}, options)(raw) as User
    expect(row).toBeInstanceOf(User)
    expect(row.domain).toBe("c.d")
    expect(row.constructor).toBe(User)
    expect(Object.keys(row)).toEqual(Object.keys(User.fields))
    expect(Equal.equals(row, Codec.row(users, users.columns, {}, options)(raw))).toBe(false)
    // Bytes and structs are compared by reference; validation would copy them.
    const made = new User({ ...row }, { disableValidation: true })
    expect(Equal.equals(made, row)).toBe(true)
    expect(Hash.hash(made)).toBe(Hash.hash(row))
    expect(Schema.is(User)(row)).toBe(true)
    expect(Option.isNone(row.nick)).toBe(true)
    expect(DateTime.formatIso(row.created_at)).toBe("2026-06-01T12:00:00.123Z")
    expect(DateTime.toPartsUtc(row.created_at).month).toBe(6)
    expect(Object.keys(row.created_at)).toEqual(["epochMillis"])
    expect(row.settings).toEqual({ theme: "dark" })
  })

  it.each(modes)("says which column cannot be decoded (%o)", (options) => {
    const decode = Codec.row(users, users.columns, {
      boolean: () => {
        throw new Error("no boolean")
      }
    }, options)
    expect(() => decode(raw)).toThrow(
      expect.objectContaining({ _tag: "DataError", reason: "undecodable", table: "users", column: "active" })
    )
    const nulls = Codec.row(users, users.columns, {}, options)
    expect(() => nulls(raw.with(1, null))).toThrow(expect.objectContaining({ column: "email" }))
    expect(() => nulls(raw.with(5, "x"))).toThrow(DataError)
  })

  it("trusts the database's values, or verifies them", () => {
    const empty = raw.with(1, "")
    expect(Codec.row(users, users.columns, {})(empty)).toBeInstanceOf(User)
    expect(() => Codec.row(users, users.columns, {}, { level: "verify" })(empty)).toThrow(
      expect.objectContaining({ column: "email" })
    )
  })

  it("runs the constructor of a model that has class fields", () => {
    class Counter extends Model.Class<Counter>("Counter")({ id: Schema.Int }) {
      readonly double = this.id * 2
    }
    const counters = Table.make(Counter, { name: "counters", primaryKey: "id" })
    for (const generate of [true, false]) {
      expect(Codec.row(counters, counters.columns, {}, { generate })([4])).toMatchObject({ id: 4, double: 8 })
    }
  })

  it.each(modes)("writes JSON of what the json variant has, at the database's precision (%o)", (options) => {
    const write = Codec.json(users, users.columns, {}, undefined, options)
    expect(write(raw)).toBe(
      `{"id":"018f0000-0000-7000-8000-000000000000","email":"a\\"b@c.d","nick":null,"balance":"1.50",`
        + `"visits":"9007199254740993","score":0.5,"active":true,"picture":"AQL/","settings":{"theme":"dark"},"shout":"LOUD",`
        + `"created_at":"2026-06-01T12:00:00.123456Z"}`
    )
    expect(Codec.json(users, users.columns, {}, new Set(["email", "secret"]), options)(raw)).toBe(
      `{"email":"a\\"b@c.d"}`
    )
    expect(Codec.json(users, users.columns, {}, new Set(), options)(raw)).toBe("{}")
  })

  it("writes JSON that parses to the value, whatever the text", () => {
    class Note extends Model.Class<Note>("Note")({ id: Schema.String, "odd \" name": Schema.String }) {}
    const notes = Table.make(Note, { name: "notes", primaryKey: "id" })
    const writers = modes.map((options) => Codec.json(notes, notes.columns, {}, undefined, options))
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 100 }), (value) => {
      for (const write of writers)
        expect(JSON.parse(write([value, value]))).toEqual({ id: value, "odd \" name": value })
    }))
  })

  it("generates code in this process", () => expect(Generate.isAllowed()).toBe(true))
})

describe("what a column refuses", () => {
  const refuse = (kind: Kind, schema: Schema.Schema.AnyNoContext, value: unknown) => {
    const field = Field.make(kind, schema.ast)
    expect(() => field!.encode(value)).toThrow(expect.objectContaining({ name: "Mismatch" }))
  }
  it.each([
    ["NUL", "text", Schema.String, "a\0b"],
    ["an unpaired surrogate", "text", Schema.String, "a\ud800b"],
    ["an integer beyond 32 bits", "integer", Schema.Int, 2 ** 31],
    ["a bigint beyond 64 bits", "bigint", Schema.BigIntFromSelf, 2n ** 63n],
    ["NaN", "double", Schema.Number, NaN],
    ["the year 10000", "timestamp", Schema.DateFromSelf, new Date(Date.UTC(10000, 0))],
    ["an invalid date", "timestamp", Schema.DateFromSelf, new Date(NaN)],
    ["a UUID of the wrong form", "uuid", Schema.UUID, "x"],
    ["a decimal of a billion digits", "decimal", Schema.BigDecimal, BigDecimal.make(1n, -1_000_000_000)],
    ["a value of another type", "text", Schema.String, 1]
  ] as ReadonlyArray<[string, Kind, Schema.Schema.AnyNoContext, unknown]>)("%s", (_, kind, schema, value) => {
    refuse(kind, schema, value)
  })

  it("takes a paired surrogate and upper-case UUIDs", () => {
    expect(Field.make("text", Schema.String.ast)!.encode("a😀b")).toBe("a😀b")
    expect(Field.make("uuid", Schema.UUID.ast)!.encode("018F0000-0000-7000-8000-00000000000A")).toBe(
      "018f0000-0000-7000-8000-00000000000a"
    )
  })
})
