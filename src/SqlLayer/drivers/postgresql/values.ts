/**
 * Between the server's text output and the canonical forms of `Column`. Every `read` throws on a text that is not what the
 * kind's type prints (`infinity`, years before 1 or beyond 9999, another DateStyle): the caller makes it a `DataError`.
 *
 * @since 0.1.0
 */
import type { Values } from "../../Driver.js"

class Undecodable extends Error {
  constructor(kind: string) {
    // The value itself is somebody's data.
    super(`not the text of a ${kind}`)
  }
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

const zeros = "000000"

/** `.1` and nothing become `.100` and `.000`. */
const fraction = (digits: string): string => digits.length >= 3 ? digits : digits + zeros.slice(0, 3 - digits.length)

const instant = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?$/

const readInstant = (text: string): string => {
  const match = instant.exec(text)
  if (match === null) throw new Undecodable("timestamp")
  const [, day, time, digits = "", sign, hours = "0", minutes = "0", seconds = "0"] = match
  const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * (sign === "-" ? -1000 : 1000)
  const utc = Date.parse(`${day}T${time}Z`) - offset
  if (Number.isNaN(utc)) throw new Undecodable("timestamp")
  const whole = new Date(utc).toISOString()
  // A year outside 0001..9999 is printed with a sign, or as 0000.
  if (whole.length !== 24 || whole.startsWith("0000")) throw new Undecodable("timestamp")
  return `${whole.slice(0, 19)}.${fraction(digits)}Z`
}

/** `2026-06-01 12:00:00[.123456]+00` is cut and pasted; anything else takes the way over a Date. */
const readTimestamp = (raw: unknown): string => {
  const text = raw as string // a column of a raw row is text
  const { length } = text
  if (
    length >= 22 && length <= 29 && text.endsWith("+00") && text.charCodeAt(10) === 32 && text.charCodeAt(4) === 45
    && text.charCodeAt(7) === 45 && text.charCodeAt(13) === 58 && text.charCodeAt(16) === 58
  ) {
    const day = text.slice(0, 10)
    if (length === 22) return `${day}T${text.slice(11, 19)}.000Z`
    if (text.charCodeAt(19) === 46 && length >= 24) {
      return length >= 26
        ? `${day}T${text.slice(11, length - 3)}Z`
        : `${day}T${text.slice(11, length - 3)}${zeros.slice(0, 26 - length)}Z`
    }
  }
  return readInstant(text)
}

const readDate = (raw: unknown): string => {
  const text = raw as string // a column of a raw row is text
  if (text.length !== 10 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || !isDigit(text.charCodeAt(0))) {
    throw new Undecodable("date")
  }
  return text
}

const readBytes = (raw: unknown): Uint8Array => {
  const text = raw as string // a column of a raw row is text
  if (!text.startsWith("\\x") || text.length % 2 !== 0) throw new Undecodable("bytea (bytea_output must be hex)")
  // Of its own memory: a small Buffer would be a window on Node's shared pool.
  const bytes = new Uint8Array(text.length / 2 - 1)
  const written = Buffer.from(bytes.buffer).write(text.slice(2), "hex")
  if (written !== bytes.length) throw new Undecodable("bytea")
  return bytes
}

const readBoolean = (raw: unknown): boolean => {
  if (raw === "t") return true
  if (raw === "f") return false
  throw new Undecodable("boolean")
}

const readInteger = (raw: unknown): number => {
  const value = Number(raw)
  if (!Number.isSafeInteger(value) || raw === "") throw new Undecodable("integer")
  return value
}

const readDouble = (raw: unknown): number => {
  const value = Number(raw)
  if ((Number.isNaN(value) && raw !== "NaN") || raw === "") throw new Undecodable("double")
  return value
}

const readDecimal = (raw: unknown): string => {
  const text = raw as string // a column of a raw row is text
  // NaN and Infinity have no plain digits; numeric never prints an exponent.
  if (!isDigit(text.charCodeAt(text.length - 1))) throw new Undecodable("decimal")
  return text
}

/**
 * PostgreSQL's forms. A parameter needs no cast: the server infers its type from the column it is compared with or stored in.
 *
 * @since 0.1.0
 * @category values
 */
export const values: Values = {
  read: {
    integer: readInteger,
    double: readDouble,
    decimal: readDecimal,
    boolean: readBoolean,
    bigint: (raw) => BigInt(raw as string), // a column of a raw row is text
    timestamp: readTimestamp,
    date: readDate,
    bytes: readBytes,
    json: (raw) => JSON.parse(raw as string) // a column of a raw row is text
  },
  write: {
    json: (canonical) => JSON.stringify(canonical)
  },
  select: {},
  compare: {},
  placeholder: {}
}
