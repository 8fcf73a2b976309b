/**
 * A route: method, pattern and an effect that answers. All of Http is made of these, so both adapters (node:http and
 * `@effect/platform`) serve the same bytes.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

/**
 * The body did not arrive: 413 too large, 408 too slow, 400 cut off or broken.
 *
 * @since 0.1.0
 * @category errors
 */
export class BodyError extends Data.TaggedError("BodyError")<{ readonly status: 400 | 408 | 413 }> {
  override get message() {
    return { 400: "the body was cut off", 408: "the body did not arrive in time", 413: "the body is too large" }[
      this.status
    ]
  }
}

/**
 * A request, as far as routes look at it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** `X-Request-Id` where the client sent a valid one, else a new UUID. */
  readonly id: string
  /** In upper case; a HEAD request reaches the route of GET, and the adapter drops the body. */
  readonly method: string
  /** As sent, percent-encoded. */
  readonly path: string
  /** As sent, percent-encoded, without the question mark; empty if there is none. */
  readonly query: string
  /** A header by its name in lower case; repeated ones are joined by `, `. */
  readonly header: (name: string) => string | undefined
  /** Reads the body once, at most this many bytes within this time (default: 15 seconds). */
  readonly body: (maxBytes: number, timeoutMillis?: number) => Effect.Effect<Uint8Array, BodyError>
}

/**
 * An answer. Header names are in lower case; the adapter adds `content-length`, `x-request-id` and `x-content-type-options`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | Stream.Stream<Uint8Array> | undefined
}

/**
 * A route. HEAD and OPTIONS come by themselves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Route<R> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** A path, with at most one segment in braces: `/users`, `/users/{id}`, `/users/{id}/restore`. */
  readonly pattern: string
  /** `key` is the segment in the braces, still percent-encoded (the parts of a composite key are encoded one by one). */
  readonly handle: (request: Request, key: string | undefined) => Effect.Effect<Reply, never, R>
}

/**
 * Wraps a route: authentication, logging, rate limits.
 *
 * @since 0.1.0
 * @category models
 */
export type Around = <R>(route: Route<R>) => Route<R>
