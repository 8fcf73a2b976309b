import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Issue from "../../src/Database/Issue.js"

const issues = (schema: Schema.Schema.AnyNoContext, value: unknown, max?: number) => {
  const result = ParseResult.decodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })(value)
  return Either.isLeft(result) ? Issue.fromParseError(result.left, max) : []
}
const codes = (schema: Schema.Schema.AnyNoContext, value: unknown) =>
  issues(schema, value).map(({ code, detail, path }) => `${path.join("/")} ${code}: ${detail}`)

const Email = Schema.String.pipe(Schema.pattern(/^\S+@\S+$/, { jsonSchema: { format: "email" } }))

describe("issues of a Schema's error", () => {
  it("names what is missing, unknown and null", () => {
    const schema = Schema.Struct({ a: Schema.String, b: Schema.NullOr(Schema.Int), c: Schema.String })
    expect(codes(schema, { b: null, c: null, d: 1 })).toStrictEqual([
      "d unknown_field: is not a known field",
      "a required: is required",
      "c not_null: must not be null"
    ])
  })

  it.each<[Schema.Schema.AnyNoContext, unknown, string]>([
    [Schema.String, 1, "invalid_type: must be a string"],
    [Schema.Number, "1", "invalid_type: must be a number"],
    [Schema.Int, 1.5, "invalid_type: must be a whole number"],
    [Schema.Boolean, 1, "invalid_type: must be true or false"],
    [Schema.Array(Schema.String), {}, "invalid_type: must be an array"],
    [Schema.Struct({ a: Schema.String }), [], "invalid_type: must be an object"],
    [Schema.Literal("a", "b"), "c", "invalid_value: must be one of: a, b"],
    [Schema.Literal("a", "b"), 1, "invalid_type: must be a string"],
    [Schema.NullOr(Schema.Literal("a", "b")), "c", "invalid_value: must be one of: a, b"],
    [Schema.String.pipe(Schema.maxLength(120)), "x".repeat(121), "too_long: must be at most 120 characters long"],
    [Schema.NonEmptyString, "", "too_short: must be at least 1 character long"],
    [Schema.String.pipe(Schema.length({ min: 2, max: 3 })), "xxxx", "too_long: must be at most 3 characters long"],
    [Schema.Array(Schema.Int).pipe(Schema.maxItems(1)), [1, 2], "too_long: must have at most 1 item"],
    [Schema.Int.pipe(Schema.between(1, 5)), 0, "too_small: must be at least 1"],
    [Schema.Int.pipe(Schema.between(1, 5)), 6, "too_large: must be at most 5"],
    [Schema.Positive, 0, "too_small: must be greater than 0"],
    [Schema.Number.pipe(Schema.multipleOf(5)), 6, "invalid_value: must be a multiple of 5"],
    [Email, "nobody", "invalid_format: must be an email address"],
    [Schema.UUID, "x", "invalid_format: must be a UUID"],
    [Schema.String.pipe(Schema.pattern(/^x/)), "y", "invalid_format: has the wrong form"],
    [Schema.String.pipe(Schema.filter((s) => s === "x")), "y", "invalid_value: is not an allowed value"],
    [Schema.DateTimeUtc, "y", "invalid_format: must be a date and time such as 2026-06-01T12:00:00.000Z"],
    [Schema.BigInt, "y", "invalid_format: must be a whole number as a string"],
    [Schema.BigDecimal, "y", "invalid_format: must be a decimal number as a string"],
    [Schema.Uint8ArrayFromBase64, "?", "invalid_format: must be base64"],
    [Schema.PositiveBigInt, "-1", "too_small: is too small"],
    [Schema.OptionFromNullOr(Schema.String), 1, "invalid_type: must be a string"]
  ])("%s of %j", (schema, value, expected) => {
    expect(codes(schema, value)).toStrictEqual([` ${expected}`])
  })

  it("points into nested values and stops at the limit", () => {
    const schema = Schema.Struct({ list: Schema.Array(Schema.Struct({ n: Schema.Int })) })
    expect(codes(schema, { list: [{ n: 1 }, { n: "x", more: 1 }] })).toStrictEqual([
      "list/1/more unknown_field: is not a known field",
      "list/1/n invalid_type: must be a whole number"
    ])
    expect(issues(schema, { list: Array.from({ length: 100 }, () => ({ n: "x" })) })).toHaveLength(20)
    expect(issues(schema, { list: [{}, {}, {}] }, 2)).toHaveLength(2)
  })

  it("never repeats the rejected value", () => {
    const secret = "hunter2-hunter2"
    const schemas = [Schema.Int, Schema.Literal("a"), Email, Schema.UUID, Schema.DateTimeUtc, Schema.BigInt]
    for (const schema of schemas) expect(JSON.stringify(issues(schema, secret))).not.toContain("hunter2")
    expect(JSON.stringify(issues(Schema.Struct({ a: Schema.Int }), { a: secret }))).not.toContain("hunter2")
  })
})
