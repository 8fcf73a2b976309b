/**
 * What a repository answers beside the errors of the database itself.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * No live row has this key, or it is another tenant's.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { table: Schema.String }) {
  readonly isRetryable = false
  override get message() {
    return `no row of ${this.table} has this key`
  }
}

/**
 * The row was written by somebody else since the version the caller knows. `current` is the version it has now.
 *
 * @since 0.1.0
 * @category errors
 */
export class VersionConflict extends Schema.TaggedError<VersionConflict>()("VersionConflict", {
  table: Schema.String,
  current: Schema.Number
}) {
  readonly isRetryable = false
  override get message() {
    return `the row of ${this.table} was written by somebody else: read it again (its version is ${this.current})`
  }
}

/**
 * One thing wrong with an input: where (a path of properties), what (a fixed code), and a text that never repeats the input.
 *
 * @since 0.1.0
 * @category models
 */
export const InputIssue = Schema.Struct({
  path: Schema.Array(Schema.Union(Schema.String, Schema.Number)),
  code: Schema.String,
  detail: Schema.String
})
/**
 * @since 0.1.0
 * @category models
 */
export type InputIssue = typeof InputIssue.Type

/**
 * The data does not match the table's model; nothing was sent to the database.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidInput extends Schema.TaggedError<InvalidInput>()("InvalidInput", {
  table: Schema.String,
  issues: Schema.Array(InputIssue)
}) {
  readonly isRetryable = false
  override get message() {
    return `the data does not match the model of ${this.table}: ${
      this.issues.map((issue) => `${issue.path.length === 0 ? "the value" : issue.path.join(".")} ${issue.detail}`)
        .join("; ")
    }`
  }
}
