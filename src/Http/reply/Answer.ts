/**
 * Replies with the headers of the contract.
 *
 * @since 0.1.0
 */
import type { JsonItem, JsonPage } from "../../Repository/Repository.js"
import * as Problem from "../Problem.js"
import * as Conditions from "../request/Conditions.js"
import * as Cursor from "../request/Cursor.js"
import * as Key from "../request/Key.js"
import type { ResourceAny } from "../Resource.js"
import type { Reply, Request } from "../Route.js"
import type { Settings } from "../Settings.js"

const json = "application/json"

/**
 * A problem as a reply.
 *
 * @since 0.1.0
 * @category constructors
 */
export const problem = (given: Problem.Problem, request: Request, settings: Settings): Reply => ({
  status: given.definition.status,
  headers: {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    vary: settings.vary,
    ...given.headers
  },
  body: Problem.text(given, request.id, {
    base: settings.problemBaseUri,
    traceId: Conditions.traceId(request.header("traceparent"))
  })
})

/**
 * The entity tag of an item, or of some of its fields; undefined where the table has neither a version nor an update time.
 *
 * @since 0.1.0
 * @category headers
 */
export const etag = (item: JsonItem, fields?: ReadonlyArray<string>): string | undefined => {
  const opaque = item.version !== undefined
    ? String(item.version)
    : item.updatedAt !== undefined
    ? Cursor.hash(JSON.stringify([item.key, item.updatedAt]))
    : undefined
  if (opaque === undefined) return undefined
  return fields === undefined ? `"${opaque}"` : `W/"${opaque}-${Cursor.hash(JSON.stringify(fields)).slice(0, 8)}"`
}

/**
 * An item that was read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const item = (text: string, tag: string | undefined, settings: Settings): Reply => ({
  status: 200,
  headers: tag === undefined
    ? { "content-type": json, "cache-control": "private, no-cache", vary: settings.vary }
    : { "content-type": json, "cache-control": "private, no-cache", vary: settings.vary, etag: tag },
  body: text
})

/**
 * 304: the client's copy is still good.
 *
 * @since 0.1.0
 * @category constructors
 */
export const notModified = (tag: string, settings: Settings): Reply => ({
  status: 304,
  headers: { "cache-control": "private, no-cache", vary: settings.vary, etag: tag },
  body: undefined
})

/**
 * An item that was written: 201 with its place, or 200; without a body (201, 204) if the client prefers that.
 *
 * @since 0.1.0
 * @category constructors
 */
export const written = (
  given: JsonItem,
  created: boolean,
  preferences: Conditions.Preferences,
  resource: ResourceAny,
  settings: Settings
): Reply => {
  const tag = etag(given)
  const headers: Record<string, string> = { "cache-control": "no-store", vary: settings.vary }
  if (!preferences.minimal) headers["content-type"] = json
  if (tag !== undefined) headers["etag"] = tag
  if (created) headers["location"] = `${resource.prefix}/${Key.print(given.key)}`
  if (preferences.applied !== undefined) headers["preference-applied"] = preferences.applied
  return {
    status: created ? 201 : preferences.minimal ? 204 : 200,
    headers,
    body: preferences.minimal ? undefined : given.text
  }
}

/**
 * 204.
 *
 * @since 0.1.0
 * @category constructors
 */
export const deleted = (settings: Settings): Reply => ({
  status: 204,
  headers: { "cache-control": "no-store", vary: settings.vary },
  body: undefined
})

/**
 * What a page says beside its items.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageFacts {
  readonly limit: number
  /** Undefined in cursor mode. */
  readonly offset: number | undefined
  readonly count: "exact" | "estimated" | "none"
  readonly next: string | undefined
}

/**
 * A page.
 *
 * @since 0.1.0
 * @category constructors
 */
export const page = (given: JsonPage, facts: PageFacts, request: Request, settings: Settings): Reply => {
  const { total } = given
  const headers: Record<string, string> = {
    "content-type": json,
    "cache-control": "private, no-cache",
    vary: settings.vary
  }
  if (total !== undefined) headers["x-total-count"] = String(total)
  if (facts.next !== undefined) headers["link"] = `<${linkTo(request, facts.next)}>; rel="next"`
  const { items } = given
  let body = "{\"items\":["
  for (let index = 0; index < items.length; index++) body += index === 0 ? items[index]!.text : `,${items[index]!.text}`
  body += `],"total":${total ?? null},"total_kind":"${
    total === undefined ? "none" : facts.count
  }","limit":${facts.limit}`
  body += `,"offset":${facts.offset ?? null},"next":${facts.next === undefined ? "null" : `"${facts.next}"`}}`
  return { status: 200, headers, body }
}

/** The same query with the cursor in place of the offset. Its characters were accepted as a query; what a link cannot hold is escaped. */
const linkTo = (request: Request, cursor: string): string => {
  const kept = request.query.split("&").filter((pair) => pair !== "" && !/^(?:cursor|offset)(?:=|$)/.test(pair))
  const query = kept.map((pair) => pair.replace(/[^\x21-\x7e]|[<>"\\^`{|}]/g, (char) => encodeURIComponent(char)))
  return `${request.path}?${[...query, `cursor=${cursor}`].join("&")}`
}
