/**
 * What all routes of an application share.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"

/**
 * Made by `Http.app` from its options.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  /** Where the `type` of problems points. */
  readonly problemBaseUri: string
  /** Signs cursors; without one they are validated only. At least 16 bytes; the same for all processes of a deployment. */
  readonly cursorKey: Redacted.Redacted | undefined
  /** Value of `Vary`: `Accept, Authorization` and the header that names the tenant, if there is one. */
  readonly vary: string
}
