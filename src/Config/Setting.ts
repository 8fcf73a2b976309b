/**
 * How the text of a setting becomes a value. Each setting is either right or a `ConfigError` naming it: no rounding, no units
 * but the documented one, no silent default for a text that does not parse.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { ConfigError } from "./ConfigError.js"

/**
 * A setting as it was found: `source` is where, when `name` is a URL parameter.
 *
 * @since 0.1.0
 * @category models
 */
export interface Setting {
  readonly name: string
  readonly value: string
  readonly source?: string
}

/**
 * The longest duration a timer takes, in milliseconds: 2^31 - 1, about 24.8 days.
 *
 * @since 0.1.0
 * @category constants
 */
export const longest = 2 ** 31 - 1

/**
 * The error of a setting. The reason must not hold the value.
 *
 * @since 0.1.0
 * @category constructors
 */
export const invalid = (setting: Omit<Setting, "value">, reason: string, hint?: string): ConfigError =>
  new ConfigError({
    variable: setting.name,
    reason,
    ...(setting.source === undefined ? {} : { source: setting.source }),
    ...(hint === undefined ? {} : { hint })
  })

/**
 * A whole number between two bounds, written in decimal digits.
 *
 * @since 0.1.0
 * @category readers
 */
export const integer = (setting: Setting, min: number, max: number): Either.Either<number, ConfigError> => {
  const value = /^\d{1,15}$/.test(setting.value) ? Number(setting.value) : Number.NaN
  return value >= min && value <= max
    ? Either.right(value)
    : Either.left(invalid(setting, `is not a whole number from ${min} to ${max}`))
}

/**
 * Seconds, decimals allowed (`0.5`), as whole milliseconds of at least 1.
 *
 * @since 0.1.0
 * @category readers
 */
export const seconds = (setting: Setting): Either.Either<number, ConfigError> => {
  const value = /^(?:\d{1,10})(?:\.\d{1,9})?$/.test(setting.value)
    ? Math.round(Number(setting.value) * 1000)
    : Number.NaN
  return value >= 1 && value <= longest
    ? Either.right(value)
    : Either.left(invalid(
      setting,
      `is not a number of seconds from 0.001 to ${Math.floor(longest / 1000)}`,
      "Write the number alone, without a unit"
    ))
}

/**
 * Whole milliseconds; 0 means no bound, as in PostgreSQL, and is undefined here.
 *
 * @since 0.1.0
 * @category readers
 */
export const milliseconds = (setting: Setting): Either.Either<number | undefined, ConfigError> =>
  Either.mapBoth(integer(setting, 0, longest), {
    onLeft: () =>
      invalid(
        setting,
        `is not a whole number of milliseconds from 0 to ${longest}`,
        "Write the number alone, without a unit; 0 means no bound"
      ),
    onRight: (value) => value === 0 ? undefined : value
  })

const booleans = new Map([
  ...["true", "1", "yes", "on"].map((word) => [word, true] as const),
  ...["false", "0", "no", "off"].map((word) => [word, false] as const)
])

/**
 * `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`, in any case.
 *
 * @since 0.1.0
 * @category readers
 */
export const boolean = (setting: Setting): Either.Either<boolean, ConfigError> =>
  Either.fromNullable(
    booleans.get(setting.value.toLowerCase()),
    () => invalid(setting, "is neither true nor false", `Accepted: ${Array.from(booleans.keys()).join(", ")}`)
  )

/**
 * Items separated by commas, white space around them removed, empty ones dropped.
 *
 * @since 0.1.0
 * @category readers
 */
export const list = (value: string): ReadonlyArray<string> =>
  value.split(",").map((item) => item.trim()).filter((item) => item !== "")
