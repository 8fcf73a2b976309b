/**
 * Forms of values in SQLite, which has five storage classes and no more.
 *
 * | kind | stored as | note |
 * |---|---|---|
 * | boolean | INTEGER 0, 1 | |
 * | bigint | INTEGER | selected as TEXT, so that a number of JavaScript never stands between |
 * | decimal | TEXT, plain digits | compared and ordered as REAL: exact up to 15 digits |
 * | timestamp | TEXT, `2026-06-01T12:00:00.000Z` | read from other forms of SQLite too: `2026-06-01 12:00:00` is UTC |
 * | date, text, uuid | TEXT | uuid in lower case |
 * | json | TEXT | |
 * | bytes | BLOB | |
 * | double | REAL | |
 * | integer | INTEGER | |
 *
 * The text forms sort as their values do, as long as all rows of a column have the same number of digits of a second.
 *
 * @since 0.1.0
 */
import type { Values } from "../../Driver.js"

/** A decimal without exponent, plus sign and leading zeros; zero has no sign. Digits after the point stay as they are. */
const plainDigits = (text: string): string => {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) return text
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match
  const digits = whole + fraction
  const power = Number(exponent)
  // What is no number, or would be millions of digits long, is for the column's check to refuse.
  if (digits === "" || Math.abs(power) > 10_000) return text
  const point = whole.length + power
  const padded = point < 0 ? "0".repeat(-point) + digits : digits.padEnd(point, "0")
  const at = Math.max(0, point)
  const integral = padded.slice(0, at).replace(/^0+(?=\d)/, "") || "0"
  const rest = padded.slice(at)
  const plain = rest === "" ? integral : `${integral}.${rest}`
  return sign === "-" && /[1-9]/.test(plain) ? `-${plain}` : plain
}

const canonicalTimestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const otherTimestamp =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/** JavaScript takes the 30th of February for the 2nd of March. */
const isDay = (text: string): boolean => {
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** The canonical form of what SQLite's own functions and other programs write; what is no timestamp stays for the codec to refuse. */
const readTimestamp = (raw: unknown): unknown => {
  // Numbers are what SQLite's modifier `auto` takes them for: days since 4714 BC, else seconds since 1970.
  if (typeof raw === "number") {
    const isJulian = raw >= 0 && raw < 5_373_484.5
    const date = new Date(Math.round(isJulian ? (raw - 2_440_587.5) * 86_400_000 : raw * 1000))
    return Number.isNaN(date.getTime()) ? raw : date.toISOString()
  }
  if (typeof raw !== "string" || canonicalTimestamp.test(raw)) return raw
  const match = otherTimestamp.exec(raw)
  if (match === null || !isDay(match[1]!)) return raw
  const [, day, minutes = "00:00", seconds = "00", fraction = "", zone = "Z"] = match
  const offset = /^([+-]\d\d):?(\d\d)?$/.exec(zone)
  const date = new Date(`${day}T${minutes}:${seconds}${offset === null ? "Z" : `${offset[1]}:${offset[2] ?? "00"}`}`)
  if (Number.isNaN(date.getTime())) return raw
  const digits = fraction.slice(0, 6).replace(/0+$/, "").padEnd(3, "0")
  return date.toISOString().replace(/\.\d{3}Z$/, `.${digits}Z`)
}

const parseJson = (raw: unknown): unknown => {
  // The table's check and SQLite's JSON functions let JSON only through; what a foreign table holds is told by the throw,
  // which the decoder turns into a DataError.
  return typeof raw === "string" ? JSON.parse(raw) : raw
}

/**
 * Canonical form from and to storage.
 *
 * @since 0.1.0
 * @category values
 */
export const values: Values = {
  read: {
    boolean: (raw) => raw === 1 ? true : raw === 0 ? false : raw,
    bigint: (raw) => typeof raw === "string" || typeof raw === "number" ? BigInt(raw) : raw,
    decimal: (raw) => typeof raw === "string" || typeof raw === "number" ? plainDigits(String(raw)) : raw,
    timestamp: readTimestamp,
    uuid: (raw) => typeof raw === "string" ? raw.toLowerCase() : raw,
    json: parseJson,
    // The driver answers a Buffer, whose JSON and equality are its own.
    bytes: (raw) => Buffer.isBuffer(raw) ? new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength) : raw
  },
  write: {
    boolean: (canonical) => canonical === true ? 1 : canonical === false ? 0 : canonical,
    decimal: (canonical) => typeof canonical === "string" ? plainDigits(canonical) : canonical,
    uuid: (canonical) => typeof canonical === "string" ? canonical.toLowerCase() : canonical,
    json: (canonical) => JSON.stringify(canonical)
  },
  select: {
    bigint: (column) => `cast(${column} as text)`
  },
  compare: {
    decimal: (expression) => `cast(${expression} as real)`
  },
  placeholder: {}
}
