/**
 * Bound values: what SQLite would store silently as something else is refused before it gets there.
 *
 * | value | bound as |
 * |---|---|
 * | string | TEXT; NUL and lone surrogates are refused |
 * | number | REAL, or INTEGER when whole (`integers`); NaN is refused, SQLite would store NULL |
 * | bigint | INTEGER of 64 bits |
 * | boolean | 1, 0 |
 * | Date | TEXT, ISO 8601 in UTC |
 * | Uint8Array | BLOB |
 * | null | NULL; undefined is refused |
 *
 * @since 0.1.0
 */
import { DataError } from "../../../Database/DatabaseError.js"
import { DriverFailure } from "../../../Database/DriverFailure.js"

/**
 * SQLite's limit for the placeholders of one statement.
 *
 * @since 0.1.0
 * @category values
 */
export const maxParameters = 32_766

const refused = (reason: DataError["reason"], code: string): DataError =>
  new DataError({ reason, cause: new DriverFailure("sqlite", code, undefined) })

/** `isWellFormed` is ES2024 and in Node 20, but not in the library that TypeScript is told of. */
const isWellFormed = (text: string): boolean => (text as string & { isWellFormed: () => boolean }).isWellFormed()

const bind = (value: unknown, integers: boolean): unknown => {
  switch (typeof value) {
    case "string":
      if (value.includes("\0")) return refused("invalid_form", "nul_in_text")
      return isWellFormed(value) ? value : refused("invalid_form", "lone_surrogate")
    case "number":
      if (Number.isNaN(value)) return refused("out_of_range", "nan")
      // A plain number is bound as REAL, which shows where no column's affinity turns it back: `typeof(?)`, `? || ''`.
      return integers && Number.isSafeInteger(value) ? BigInt(value) : value
    case "bigint":
      return BigInt.asIntN(64, value) === value ? value : refused("out_of_range", "bigint")
    case "boolean":
      return value ? 1n : 0n
    case "object":
      if (value === null || value instanceof Uint8Array) return value
      if (value instanceof Date) {
        return Number.isNaN(value.getTime()) ? refused("invalid_form", "invalid_date") : value.toISOString()
      }
      return refused("invalid_form", "object")
    default:
      return refused("invalid_form", typeof value)
  }
}

/**
 * More values than `maxParameters`.
 *
 * @since 0.1.0
 * @category values
 */
export const tooMany = (): DataError => refused("too_long", "too_many_parameters")

/**
 * The values to bind, in order: the array itself when nothing has to change; or why not.
 *
 * @since 0.1.0
 * @category values
 */
export const check = (parameters: ReadonlyArray<unknown>, integers: boolean): ReadonlyArray<unknown> | DataError => {
  let changed: Array<unknown> | undefined
  for (let i = 0; i < parameters.length; i++) {
    const value = parameters[i]
    const bound = bind(value, integers)
    if (bound === value) continue
    if (bound instanceof DataError) return bound
    changed ??= parameters.slice()
    changed[i] = bound
  }
  return changed ?? parameters
}
