/**
 * What can be wrong with a configuration. Both errors name the variable, the reason and a hint, and never hold a value:
 * they are safe to log, to print and to inspect.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const optionalString = Schema.optional(Schema.String)
const sentence = (text: string | undefined): string => (text === undefined ? "" : `. ${text}`)

/**
 * A setting is missing, does not parse, or contradicts another one.
 *
 * `variable` is the environment variable or the URL parameter at fault, `source` the place the parameter was found in
 * (`SQL_URL`, `DB_PARAMS`), `looked` what was looked for, in order, when nothing was found.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  variable: Schema.String,
  reason: Schema.String,
  source: optionalString,
  hint: optionalString,
  looked: Schema.optional(Schema.Array(Schema.String))
}) {
  override get message(): string {
    const where = this.source === undefined ? this.variable : `${this.variable} (in ${this.source})`
    const looked = this.looked === undefined ? "" : `; looked for, in this order: ${this.looked.join(", ")}`
    return `${where}: ${this.reason}${looked}${sentence(this.hint)}`
  }
}

/**
 * The text is not a database URL. `position` counts UTF-16 units from 0 and lies within the text; the text itself is not kept.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidDatabaseUrl extends Schema.TaggedError<InvalidDatabaseUrl>()("InvalidDatabaseUrl", {
  /** Where the text came from: `SQL_URL`, `/run/secrets/database_url`, or the name given to `fromUrl`. */
  variable: Schema.String,
  position: Schema.Int,
  reason: Schema.String,
  hint: optionalString
}) {
  override get message(): string {
    return `${this.variable}: not a database URL, at position ${this.position}: ${this.reason}${sentence(this.hint)}`
  }
}
