/**
 * Problem objects (RFC 9457): the catalogue as data, the error that carries one, and how it is written. Titles and details are
 * constants, never what the client sent.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * A kind of problem.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition {
  readonly status: number
  /** The end of the `type` URI. */
  readonly slug: string
  /** Upper snake case, one to one with `type`. */
  readonly code: string
  readonly title: string
  /** The whole `type`, where it is not the library's own. */
  readonly type?: string
}

/**
 * Every problem that the library answers.
 *
 * @since 0.1.0
 * @category catalogue
 */
export const catalogue = {
  malformedRequest: {
    status: 400,
    slug: "malformed-request",
    code: "MALFORMED_REQUEST",
    title: "The request is malformed"
  },
  invalidCursor: { status: 400, slug: "invalid-cursor", code: "INVALID_CURSOR", title: "The cursor is not valid here" },
  tenantContextMissing: {
    status: 400,
    slug: "tenant-context-missing",
    code: "TENANT_CONTEXT_MISSING",
    title: "The request names no tenant"
  },
  idempotencyKeyRequired: {
    status: 400,
    slug: "idempotency-key-required",
    code: "IDEMPOTENCY_KEY_REQUIRED",
    title: "The request needs an Idempotency-Key"
  },
  unauthenticated: {
    status: 401,
    slug: "unauthenticated",
    code: "UNAUTHORIZED",
    title: "The request needs valid credentials"
  },
  forbidden: { status: 403, slug: "forbidden", code: "FORBIDDEN", title: "The action is not allowed" },
  notFound: { status: 404, slug: "not-found", code: "NOT_FOUND", title: "There is nothing here" },
  methodNotAllowed: {
    status: 405,
    slug: "method-not-allowed",
    code: "METHOD_NOT_ALLOWED",
    title: "The method is not allowed here"
  },
  notAcceptable: {
    status: 406,
    slug: "not-acceptable",
    code: "NOT_ACCEPTABLE",
    title: "None of the accepted media types can be answered"
  },
  requestTimeout: {
    status: 408,
    slug: "request-timeout",
    code: "REQUEST_TIMEOUT",
    title: "The request did not arrive in time"
  },
  conflict: { status: 409, slug: "conflict", code: "CONFLICT", title: "The change conflicts with existing data" },
  referenceConflict: {
    status: 409,
    slug: "reference-conflict",
    code: "REFERENCE_CONFLICT",
    title: "Other data still refers to this"
  },
  notDeleted: { status: 409, slug: "not-deleted", code: "NOT_DELETED", title: "This is not deleted" },
  idempotencyInProgress: {
    status: 409,
    slug: "idempotency-in-progress",
    code: "IDEMPOTENCY_IN_PROGRESS",
    title: "A request with this Idempotency-Key is still running"
  },
  preconditionFailed: {
    status: 412,
    slug: "precondition-failed",
    code: "PRECONDITION_FAILED",
    title: "The resource has changed since it was read"
  },
  payloadTooLarge: {
    status: 413,
    slug: "payload-too-large",
    code: "PAYLOAD_TOO_LARGE",
    title: "The body is too large"
  },
  uriTooLong: { status: 414, slug: "uri-too-long", code: "URI_TOO_LONG", title: "The address is too long" },
  unsupportedMediaType: {
    status: 415,
    slug: "unsupported-media-type",
    code: "UNSUPPORTED_MEDIA_TYPE",
    title: "The media type of the body is not supported"
  },
  validationError: {
    status: 422,
    slug: "validation-error",
    code: "VALIDATION_ERROR",
    title: "The request did not match the schema"
  },
  idempotencyKeyReused: {
    status: 422,
    slug: "idempotency-key-reused",
    code: "IDEMPOTENCY_KEY_REUSED",
    title: "The Idempotency-Key was used for another request"
  },
  preconditionRequired: {
    status: 428,
    slug: "precondition-required",
    code: "PRECONDITION_REQUIRED",
    title: "The request needs an If-Match"
  },
  rateLimited: {
    status: 429,
    slug: "quota-exceeded",
    code: "RATE_LIMITED",
    title: "Too many requests",
    type: "https://iana.org/assignments/http-problem-types#quota-exceeded"
  },
  headersTooLarge: {
    status: 431,
    slug: "headers-too-large",
    code: "HEADERS_TOO_LARGE",
    title: "The headers are too large"
  },
  internalError: {
    status: 500,
    slug: "internal-error",
    code: "INTERNAL_ERROR",
    title: "Something went wrong on the server"
  },
  outcomeUnknown: {
    status: 500,
    slug: "outcome-unknown",
    code: "OUTCOME_UNKNOWN",
    title: "The change may or may not have taken effect: look before sending it again"
  },
  unavailable: {
    status: 503,
    slug: "unavailable",
    code: "UNAVAILABLE",
    title: "The service is not available at the moment"
  },
  timeout: { status: 504, slug: "timeout", code: "GATEWAY_TIMEOUT", title: "The request took too long" }
} as const satisfies Record<string, Definition>

/**
 * The names of the catalogue.
 *
 * @since 0.1.0
 * @category models
 */
export type Name = keyof typeof catalogue

/**
 * The codes of single issues.
 *
 * @since 0.1.0
 * @category models
 */
export type ItemCode =
  | "required"
  | "unknown_field"
  | "unknown_parameter"
  | "duplicate_parameter"
  | "read_only"
  | "invalid_type"
  | "invalid_format"
  | "invalid_value"
  | "too_short"
  | "too_long"
  | "too_small"
  | "too_large"
  | "not_null"
  | "not_unique"
  | "reference_not_found"
  | "check_failed"
  | "conflict"

/**
 * One thing that is wrong, and where: a JSON pointer into the body (as a URI fragment), a query parameter, or a header.
 *
 * @since 0.1.0
 * @category models
 */
export type Item = ({ readonly pointer: string } | { readonly parameter: string } | { readonly header: string }) & {
  readonly code: ItemCode
  readonly detail: string
}

/**
 * A problem as an error: hooks and resolvers may fail with it.
 *
 * @since 0.1.0
 * @category errors
 */
export class Problem extends Data.TaggedError("Problem")<{
  readonly definition: Definition
  readonly errors: ReadonlyArray<Item>
  /** More headers of the answer; names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}> {
  override get message() {
    return `${this.definition.status} ${this.definition.code}`
  }
}

/**
 * A problem of the catalogue, or of one's own definition.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  kind: Name | Definition,
  errors: ReadonlyArray<Item> = [],
  headers: Readonly<Record<string, string>> = {}
): Problem => new Problem({ definition: typeof kind === "string" ? catalogue[kind] : kind, errors, headers })

/**
 * At most this many `errors` are written.
 *
 * @since 0.1.0
 * @category limits
 */
export const maxItems = 20

/**
 * Where the `type` of the library's problems points, unless `problemBaseUri` says otherwise.
 *
 * @since 0.1.0
 * @category catalogue
 */
export const baseUri = "https://effect-svc-infra.dev/problems/"

/**
 * The `type` of a problem.
 *
 * @since 0.1.0
 * @category getters
 */
export const typeUri = (definition: Definition, base: string = baseUri): string =>
  definition.type ?? `${base.endsWith("/") ? base : `${base}/`}${definition.slug}`

/**
 * The problem of a status that has only one, or whose first one is the general case; an internal error for any other.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofStatus = (status: number): Problem =>
  new Problem({
    definition: Object.values(catalogue).find((definition) => definition.status === status) ?? catalogue.internalError,
    errors: [],
    headers: {}
  })

/**
 * The body of `application/problem+json`. `traceId` is left out when there is none.
 *
 * @since 0.1.0
 * @category conversions
 */
export const text = (
  problem: Problem,
  requestId: string,
  options: { readonly base?: string | undefined; readonly traceId?: string | undefined } = {}
): string =>
  JSON.stringify({
    type: typeUri(problem.definition, options.base),
    title: problem.definition.title,
    status: problem.definition.status,
    code: problem.definition.code,
    instance: `urn:uuid:${requestId}`,
    ...(options.traceId === undefined ? undefined : { trace_id: options.traceId }),
    ...(problem.errors.length === 0 ? undefined : { errors: problem.errors.slice(0, maxItems) })
  })
