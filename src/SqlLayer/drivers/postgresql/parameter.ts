/**
 * Bound parameters on their way to the wire. What is no text, number or bytes yet is written as `pg` writes it, so that
 * handwritten SQL finds what it knows: dates in local time with their offset, arrays as array literals, objects as JSON,
 * `toPostgres` honoured.
 *
 * @since 0.1.0
 */
import { types } from "node:util"

/**
 * What the encoder understands. Bytes are sent as they are, everything else as text.
 *
 * @since 0.1.0
 * @category models
 */
export type Wire = string | number | bigint | boolean | Uint8Array | null | undefined

const isWire = (value: unknown): value is Wire =>
  typeof value !== "object" || value === null || value instanceof Uint8Array

/**
 * The parameters as the encoder takes them; the same array where nothing is to be done, as for all of the repository's. May
 * throw what a value's own `toPostgres` or `toJSON` throws.
 *
 * @since 0.1.0
 * @category conversions
 */
export const serialise = (parameters: ReadonlyArray<unknown>): ReadonlyArray<Wire> => {
  for (let i = 0; i < parameters.length; i++) {
    if (!isWire(parameters[i])) return parameters.map((value) => toWire(value, []))
  }
  return parameters as ReadonlyArray<Wire> // each was looked at
}

const toWire = (value: unknown, seen: ReadonlyArray<unknown>): Wire => {
  if (isWire(value)) return value
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (types.isDate(value)) return localTime(value)
  if (Array.isArray(value)) return arrayLiteral(value, seen)
  if (typeof value === "object" && value !== null && "toPostgres" in value && typeof value.toPostgres === "function") {
    if (seen.includes(value)) throw new TypeError("toPostgres answers its own object")
    const next = [...seen, value]
    return toWire(value.toPostgres((inner: unknown) => toWire(inner, next)), next)
  }
  return JSON.stringify(value)
}

const pad = (value: number, length: number): string => String(value).padStart(length, "0")

const localTime = (date: Date): string => {
  if (Number.isNaN(date.getTime())) throw new RangeError("an invalid date")
  const year = date.getFullYear()
  const offset = -date.getTimezoneOffset()
  const away = Math.abs(offset)
  return `${pad(year < 1 ? 1 - year : year, 4)}-${pad(date.getMonth() + 1, 2)}-${pad(date.getDate(), 2)}`
    + `T${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}`
    + `.${pad(date.getMilliseconds(), 3)}${offset < 0 ? "-" : "+"}${pad(Math.floor(away / 60), 2)}:${pad(away % 60, 2)}`
    + (year < 1 ? " BC" : "")
}

const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll("\"", "\\\"")}"`

const arrayLiteral = (items: ReadonlyArray<unknown>, seen: ReadonlyArray<unknown>): string => {
  if (seen.includes(items)) throw new TypeError("an array that holds itself")
  const next = [...seen, items]
  return `{${
    items.map((item) => {
      if (item === null || item === undefined) return "NULL"
      if (Array.isArray(item)) return arrayLiteral(item, next)
      const wire = toWire(item, next)
      if (wire instanceof Uint8Array) return quoted(`\\x${Buffer.from(wire).toString("hex")}`)
      return wire === null || wire === undefined ? "NULL" : quoted(String(wire))
    }).join(",")
  }}`
}
