/**
 * Instants between their canonical text (`2026-06-01T12:00:00.000Z`, three to six digits of a second) and epoch milliseconds.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"

/** Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's days_from_civil). */
const days = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

const dash = 45

/**
 * Midnight of a canonical day in epoch milliseconds; NaN for anything else.
 *
 * @since 0.1.0
 * @category conversions
 */
export const ofDay = (text: string): number => {
  const a = text.charCodeAt(0) - 48
  const b = text.charCodeAt(1) - 48
  const c = text.charCodeAt(2) - 48
  const d = text.charCodeAt(3) - 48
  const e = text.charCodeAt(5) - 48
  const f = text.charCodeAt(6) - 48
  const g = text.charCodeAt(8) - 48
  const h = text.charCodeAt(9) - 48
  // Negative as soon as one of them is no digit; a missing character is NaN, which counts as 0 here and fails by the dashes.
  const outside = a | (9 - a) | b | (9 - b) | c | (9 - c) | d | (9 - d) | e | (9 - e) | f | (9 - f) | g | (9 - g) | h |
    (9 - h)
  if (outside < 0 || text.length < 10 || text.charCodeAt(4) !== dash || text.charCodeAt(7) !== dash) return NaN
  return days(a * 1000 + b * 100 + c * 10 + d, e * 10 + f, g * 10 + h) * 86_400_000
}

/**
 * Epoch milliseconds of a canonical instant, what is finer cut off; NaN for anything else.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toMillis = (text: string): number => {
  const a = text.charCodeAt(11) - 48
  const b = text.charCodeAt(12) - 48
  const c = text.charCodeAt(14) - 48
  const d = text.charCodeAt(15) - 48
  const e = text.charCodeAt(17) - 48
  const f = text.charCodeAt(18) - 48
  const g = text.charCodeAt(20) - 48
  const h = text.charCodeAt(21) - 48
  const i = text.charCodeAt(22) - 48
  const outside = a | (9 - a) | b | (9 - b) | c | (9 - c) | d | (9 - d) | e | (9 - e) | f | (9 - f) | g | (9 - g) | h |
    (9 - h) |
    i | (9 - i)
  if (outside < 0 || text.length < 24 || text.charCodeAt(10) !== 84 || text.charCodeAt(text.length - 1) !== 90)
    return NaN
  return ofDay(text) + (a * 10 + b) * 3_600_000 + (c * 10 + d) * 60_000 + (e * 10 + f) * 1000 + g * 100 + h * 10 + i
}

let second = NaN
let untilSecond = ""

/**
 * The canonical text of an instant; undefined outside the years 1 to 9999.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromMillis = (millis: number): string | undefined => {
  if (!(millis >= -62_135_596_800_000 && millis <= 253_402_300_799_999)) return undefined
  const whole = Math.floor(millis / 1000)
  if (whole !== second) {
    // Most instants that are written are of now: the calendar is asked once a second.
    untilSecond = new Date(whole * 1000).toISOString().slice(0, 20)
    second = whole
  }
  const rest = Math.floor(millis) - whole * 1000
  return `${untilSecond}${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}Z`
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/

/**
 * Whether a text is a canonical instant of the calendar.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isCanonical = (text: string): boolean =>
  instant.test(text) && fromMillis(toMillis(text))?.slice(0, 19) === text.slice(0, 19)

const day = /^\d{4}-\d\d-\d\d$/

/**
 * Whether a text is a canonical day of the calendar.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isDay = (text: string): boolean => day.test(text) && fromMillis(ofDay(text))?.slice(0, 10) === text

// `DateTime.unsafeMake` costs 25 times as much, nearly all of it for the one hidden property it defines on every instance. Here
// the prototype waits with it until the calendar parts are asked for.
const prototype: object = Object.create(Object.getPrototypeOf(DateTime.unsafeMake(0)), {
  partsUtc: {
    get: () => undefined,
    set(this: object, value: unknown) {
      Object.defineProperty(this, "partsUtc", { value, enumerable: false, writable: true })
    }
  }
})

// A plain function: its prototype can be set.
function Utc(this: { epochMillis: number }, epochMillis: number) {
  this.epochMillis = epochMillis
}
Utc.prototype = prototype

// The function is used as a constructor; its instances have all that DateTime.Utc has, by the prototype above.
const Instance = Utc as unknown as new(epochMillis: number) => DateTime.Utc

/**
 * A `DateTime.Utc` of epoch milliseconds that are known to be a number.
 *
 * @since 0.1.0
 * @category constructors
 */
export const utc = (epochMillis: number): DateTime.Utc => new Instance(epochMillis)
