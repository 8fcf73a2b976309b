/**
 * Conversions between the canonical form of a kind and the types in which programs hold it, where no Schema is needed: the table
 * of kinds and types that fit together by themselves.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import type { Kind } from "../Column.js"
import * as Issue from "../Issue.js"
import * as Instant from "./Instant.js"
import { Mismatch } from "./Mismatch.js"
import type { Tag } from "./Shape.js"

/**
 * Both ways, for values that are not NULL. Both throw `Mismatch`; `encode` checks what the column's type would refuse, so that
 * every engine refuses the same.
 *
 * @since 0.1.0
 * @category models
 */
export interface Conversion {
  readonly decode: (canonical: unknown) => unknown
  readonly encode: (value: unknown) => unknown
  /** `decode` only checks: the canonical form is the value. */
  readonly identity: "string" | "number" | "boolean" | "bigint" | "unknown" | undefined
}

const { faults, formOfKind } = Issue

const outOf = (code: "too_large" | "too_small", what: string): Mismatch =>
  new Mismatch({ code, detail: `must be within ${what}` })
const wrongType = (what: string): Mismatch => new Mismatch({ code: "invalid_type", detail: `must be ${what}` })

const text = (value: unknown): string => {
  if (typeof value !== "string") throw new Mismatch(faults.text)
  return value
}

const surrogate = /[\ud800-\udfff]/
// An unpaired surrogate would be stored as U+FFFD without a word; the u flag makes a pair one character.
const unpaired = /\p{Surrogate}/u

const storable = (value: unknown): string => {
  const given = text(value)
  if (given.includes("\0") || (surrogate.test(given) && unpaired.test(given))) throw new Mismatch(faults.characters)
  return given
}

const number = (value: unknown): number => {
  if (typeof value !== "number") throw new Mismatch(faults.number)
  return value
}

const bigint = (value: unknown): bigint => {
  if (typeof value !== "bigint") throw wrongType("a bigint")
  return value
}

const boolean = (value: unknown): boolean => {
  if (typeof value !== "boolean") throw new Mismatch(faults.boolean)
  return value
}

const bytes = (value: unknown): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw wrongType("bytes")
  return value
}

const finite = (value: unknown): number => {
  const given = number(value)
  // SQLite stores NaN as NULL, and JSON has neither.
  if (!Number.isFinite(given)) throw new Mismatch({ code: "invalid_value", detail: "must be a finite number" })
  return given
}

const int4 = (value: unknown): number => {
  const given = number(value)
  if (!Number.isInteger(given)) throw new Mismatch(faults.whole)
  if (given > 2_147_483_647) throw outOf("too_large", "32 bits")
  if (given < -2_147_483_648) throw outOf("too_small", "32 bits")
  return given === 0 ? 0 : given
}

const int8 = (given: bigint): bigint => {
  if (given > 9_223_372_036_854_775_807n) throw outOf("too_large", "64 bits")
  if (given < -9_223_372_036_854_775_808n) throw outOf("too_small", "64 bits")
  return given
}

const bigintOfNumber = (value: unknown): bigint => {
  const given = number(value)
  if (!Number.isSafeInteger(given)) throw new Mismatch(faults.whole)
  return BigInt(given)
}

const bigintOfText = (value: unknown): bigint => {
  const given = text(value)
  if (!/^-?\d{1,19}$/.test(given)) throw new Mismatch(formOfKind.bigint)
  return int8(BigInt(given))
}

const safeNumber = (canonical: unknown): number => {
  const value = Number(bigint(canonical))
  if (!Number.isSafeInteger(value)) throw outOf("too_large", "the safe integers of JavaScript")
  return value
}

const instantOf = (millis: number): string => {
  const canonical = Instant.fromMillis(millis)
  if (canonical === undefined)
    throw new Mismatch({ code: "invalid_value", detail: "must be a time of the years 1 to 9999" })
  return canonical
}

const millisOf = (canonical: unknown): number => {
  const millis = Instant.toMillis(text(canonical))
  if (Number.isNaN(millis)) throw new Mismatch(formOfKind.timestamp)
  return millis
}

const millisOfDay = (canonical: unknown): number => {
  const millis = Instant.ofDay(text(canonical))
  if (Number.isNaN(millis)) throw new Mismatch(formOfKind.date)
  return millis
}

const millisOfUtc = (value: unknown): number => {
  if (!DateTime.isDateTime(value)) throw wrongType("a DateTime")
  return value.epochMillis
}

const millisOfDate = (value: unknown): number => {
  if (!(value instanceof Date)) throw wrongType("a Date")
  return value.getTime()
}

const instantOfText = (value: unknown): string => {
  const given = text(value)
  if (Instant.isCanonical(given)) return given
  // Other spellings of ISO 8601 with a zone; without one it would mean another instant on every machine.
  const millis = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(given) ? Date.parse(given) : NaN
  if (Number.isNaN(millis)) throw new Mismatch(formOfKind.timestamp)
  return instantOf(millis)
}

const dayOfText = (value: unknown): string => {
  const given = text(value)
  if (!Instant.isDay(given)) throw new Mismatch(formOfKind.date)
  return given
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const uuidOf = (value: unknown): string => {
  const given = text(value)
  if (!uuid.test(given)) throw new Mismatch(formOfKind.uuid)
  return given.toLowerCase()
}

const digits = /^-?\d+(\.\d+)?$/

const decimalOfText = (value: unknown): string => {
  const given = text(value)
  if (!digits.test(given)) throw new Mismatch(formOfKind.decimal)
  return given
}

/** More digits than any engine's decimal; an exponent of a billion must not become a text of a gigabyte. */
const maxScale = 16_383

const plain = ({ scale, value }: BigDecimal.BigDecimal): string => {
  if (scale > maxScale || scale < -maxScale) throw outOf("too_large", `${maxScale} digits`)
  if (scale <= 0) return (value * 10n ** BigInt(-scale)).toString()
  const all = (value < 0n ? -value : value).toString().padStart(scale + 1, "0")
  return `${value < 0n ? "-" : ""}${all.slice(0, -scale)}.${all.slice(-scale)}`
}

const decimalOf = (value: unknown): string => {
  if (!BigDecimal.isBigDecimal(value)) throw wrongType("a BigDecimal")
  return plain(value)
}

const decimalOfNumber = (value: unknown): string => plain(BigDecimal.unsafeFromNumber(finite(value)))

const bigDecimalOf = (canonical: unknown): BigDecimal.BigDecimal => {
  const value = text(canonical)
  if (!digits.test(value)) throw new Mismatch(formOfKind.decimal)
  return BigDecimal.unsafeFromString(value)
}

const same = (
  identity: NonNullable<Conversion["identity"]>,
  check: (value: unknown) => unknown,
  encode: (value: unknown) => unknown = check
): Conversion => ({ decode: check, encode, identity })

const by = (decode: Conversion["decode"], encode: Conversion["encode"]): Conversion => ({
  decode,
  encode,
  identity: undefined
})

const instants = {
  "DateTime.Utc": by((canonical) => Instant.utc(millisOf(canonical)), (value) => instantOf(millisOfUtc(value))),
  Date: by((canonical) => new Date(millisOf(canonical)), (value) => instantOf(millisOfDate(value))),
  number: by(millisOf, (value) => instantOf(number(value))),
  string: same("string", text, instantOfText)
}

const anything = same("unknown", (value) => value)

const table: { readonly [K in Kind]: { readonly [T in Tag]?: Conversion } } = {
  text: { string: same("string", text, storable) },
  uuid: { string: same("string", text, uuidOf) },
  integer: {
    number: same("number", number, int4),
    bigint: by((n) => BigInt(number(n)), (n) => int4(Number(bigint(n))))
  },
  double: { number: same("number", number, finite) },
  boolean: { boolean: same("boolean", boolean) },
  bigint: {
    bigint: same("bigint", bigint, (value) => int8(bigint(value))),
    number: by(safeNumber, bigintOfNumber),
    string: by((canonical) => bigint(canonical).toString(), bigintOfText)
  },
  decimal: {
    BigDecimal: by(bigDecimalOf, decimalOf),
    string: same("string", text, decimalOfText),
    number: by((canonical) => Number(decimalOfText(canonical)), decimalOfNumber)
  },
  timestamp: instants,
  date: {
    "DateTime.Utc": by(
      (canonical) => Instant.utc(millisOfDay(canonical)),
      (value) => instantOf(millisOfUtc(value)).slice(0, 10)
    ),
    Date: by((canonical) => new Date(millisOfDay(canonical)), (value) => instantOf(millisOfDate(value)).slice(0, 10)),
    string: same("string", text, dayOfText)
  },
  bytes: { Uint8Array: by(bytes, bytes) },
  json: { unknown: anything }
}

/**
 * How a kind and a type fit together; undefined where only a Schema can tell.
 *
 * @since 0.1.0
 * @category getters
 */
export const find = (kind: Kind, tag: Tag): Conversion | undefined => table[kind][tag]
