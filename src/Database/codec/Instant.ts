/**
 * Instants between their canonical text (`2026-06-01T12:00:00.000Z`, three to six digits of a second) and epoch milliseconds.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"

const digit = (text: string, index: number): number => {
  const value = text.charCodeAt(index) - 48
  return value >= 0 && value <= 9 ? value : NaN
}

const two = (text: string, index: number): number => digit(text, index) * 10 + digit(text, index + 1)

/** Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's days_from_civil). */
const days = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

/**
 * Midnight of a canonical day in epoch milliseconds; NaN for anything else.
 *
 * @since 0.1.0
 * @category conversions
 */
export const ofDay = (text: string): number => {
  const year = two(text, 0) * 100 + two(text, 2)
  return days(year, two(text, 5), two(text, 8)) * 86_400_000
}

/**
 * Epoch milliseconds of a canonical instant, what is finer cut off; NaN for anything else.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toMillis = (text: string): number =>
  ofDay(text) + two(text, 11) * 3_600_000 + two(text, 14) * 60_000 + two(text, 17) * 1000
  + digit(text, 20) * 100 + two(text, 21)

/**
 * The canonical text of an instant; undefined outside the years 1 to 9999.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromMillis = (millis: number): string | undefined =>
  millis >= -62_135_596_800_000 && millis <= 253_402_300_799_999 ? new Date(millis).toISOString() : undefined

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
