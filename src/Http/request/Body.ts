/**
 * A JSON body: its media type, its size while it is read, its encoding, its nesting, its syntax, in this order.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Problem from "../Problem.js"
import type { Limits } from "../Resource.js"
import type { Request } from "../Route.js"
import * as JsonScan from "./JsonScan.js"
import * as MediaType from "./MediaType.js"

/**
 * A body that is JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface Json {
  readonly value: unknown
  /** In lower case, without parameters. */
  readonly mediaType: string
}

const json: ReadonlyArray<string> = ["application/json"]
const patch: ReadonlyArray<string> = ["application/json", "application/merge-patch+json"]
const acceptPatch = { "accept-patch": patch.join(", ") }

/**
 * The media type of the body, or 415: not JSON, another charset than UTF-8, a content encoding.
 *
 * @since 0.1.0
 * @category checks
 */
export const mediaType = (request: Request): string | Problem.Problem => {
  const isPatch = request.method === "PATCH"
  const given = MediaType.parse(request.header("content-type") ?? "")
  const encoding = request.header("content-encoding")?.trim().toLowerCase() ?? "identity"
  const charset = given?.parameters.get("charset")?.toLowerCase() ?? "utf-8"
  const fits = given !== undefined && (isPatch ? patch : json).includes(given.type) &&
    (charset === "utf-8" || charset === "utf8") && (encoding === "identity" || encoding === "")
  return fits ? given.type : Problem.make("unsupportedMediaType", [], isPatch ? acceptPatch : {})
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

const parse = (bytes: Uint8Array, limits: Limits): { readonly value: unknown } | undefined => {
  try {
    const text = utf8.decode(bytes)
    return JsonScan.isWithin(text, limits.jsonDepth, limits.jsonTokens) ? { value: JSON.parse(text) } : undefined
  } catch {
    return undefined
  }
}

const close = { connection: "close" }

const ofStatus = {
  400: Problem.make("malformedRequest", [], close),
  408: Problem.make("requestTimeout", [], close),
  413: Problem.make("payloadTooLarge", [], close)
}

/**
 * Reads and parses the body whose media type was looked at already.
 *
 * @since 0.1.0
 * @category readers
 */
export const read = (request: Request, limits: Limits): Effect.Effect<unknown, Problem.Problem> =>
  Effect.matchEffect(request.body(limits.body, limits.bodyTimeout), {
    onFailure: (error) => Effect.fail(ofStatus[error.status]),
    onSuccess: (bytes) => {
      const parsed = parse(bytes, limits)
      return parsed === undefined ? Effect.fail(Problem.make("malformedRequest")) : Effect.succeed(parsed.value)
    }
  })

/**
 * RFC 7396: what a value becomes by a merge patch.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7396#section-2
 * @since 0.1.0
 * @category conversions
 */
export const merge = (target: unknown, change: unknown): unknown => {
  if (typeof change !== "object" || change === null || Array.isArray(change)) return change
  const merged = new Map<string, unknown>(
    typeof target === "object" && target !== null && !Array.isArray(target) ? Object.entries(target) : []
  )
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key)
    else merged.set(key, merge(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}
