/**
 * Lists and items.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { JsonPage } from "../../Repository/Contract.js"
import { CurrentTenant } from "../../Tenancy/CurrentTenant.js"
import * as Problem from "../Problem.js"
import * as Answer from "../reply/Answer.js"
import * as Conditions from "../request/Conditions.js"
import * as Cursor from "../request/Cursor.js"
import * as ListQuery from "../request/ListQuery.js"
import * as Query from "../request/Query.js"
import type { Reply, Request } from "../Route.js"
import {
  acceptable,
  answer,
  type Context,
  type Handle,
  malformed,
  malformedHeader,
  notAcceptable,
  notFound,
  refuse
} from "./Context.js"
import { matches } from "./Preconditions.js"

const invalidCursor = Problem.make("invalidCursor")

/**
 * `GET {prefix}`.
 *
 * @since 0.1.0
 * @category handlers
 */
export const list = <R>(context: Context<R>): Handle<R> => (request) => {
  if (!acceptable(request)) return refuse(context, request, notAcceptable)
  const parameters = Query.parse(request.query)
  if (parameters === undefined) return refuse(context, request, malformed)
  const query = context.parseList(parameters)
  if (isItems(query)) return refuse(context, request, Problem.make("validationError", query))
  if (!context.resource.tenant) return page(context, request, query, "")
  // The tag is in R: routes of a tenant's resource are only made with it.
  return Effect.flatMap(
    CurrentTenant as unknown as Effect.Effect<CurrentTenant["Type"], never, R>,
    (tenant) => page(context, request, query, tenant._tag === "Tenant" ? tenant.id : "\0system")
  )
}

const isItems = (
  query: ListQuery.ListQuery | ReadonlyArray<Problem.Item>
): query is ReadonlyArray<Problem.Item> => Array.isArray(query)

const page = <R>(
  context: Context<R>,
  request: Request,
  query: ListQuery.ListQuery,
  tenant: string
): Effect.Effect<Reply, never, R> => {
  const { resource, settings, store } = context
  const { limits } = resource
  const scope: Cursor.Scope = { resource: resource.prefix, order: query.orderBy, filters: query.filters, tenant }
  const position = query.cursor === undefined
    ? { after: undefined, passed: query.offset }
    : Cursor.parse(query.cursor, scope, resource.table, settings.cursorKey, limits.cursor)
  if (position === undefined) return refuse(context, request, invalidCursor)
  const { after, passed } = position
  const found = store.repository.json.page({
    where: query.where.length === 0
      ? undefined
      : { node: query.where.length === 1 ? query.where[0]! : { _tag: "And", all: query.where } },
    orderBy: query.orderBy,
    limit: query.limit,
    offset: after === undefined ? passed : undefined,
    after,
    count: query.count !== "none",
    fields: query.fields
  })
  const reply = (page: JsonPage): Reply => {
    const next = page.next === undefined || query.limit === 0
      ? undefined
      : Cursor.print(scope, { after: page.next, passed: passed + page.items.length }, settings.cursorKey, limits.cursor)
    const offset = query.cursor === undefined ? query.offset : undefined
    return Answer.page(page, { limit: query.limit, offset, count: query.count, next }, request, settings)
  }
  if (query.cursor === undefined) return answer(context, request, context.reading, found, reply)
  // Without a signature the texts of a cursor are the client's: one that the database cannot read is no cursor of ours.
  return answer(
    context,
    request,
    context.reading,
    Effect.mapError(
      found,
      (error) => error._tag === "DataError" || error._tag === "InvalidInput" ? invalidCursor : error
    ),
    reply
  )
}

/**
 * `GET {prefix}/{id}`.
 *
 * @since 0.1.0
 * @category handlers
 */
export const get = <R>(context: Context<R>): Handle<R> => {
  const { settings, store } = context
  const known = (name: string) => name === "fields"
  return (request, segment) => {
    if (!acceptable(request)) return refuse(context, request, notAcceptable)
    const ifNoneMatch = request.header("if-none-match")
    const tags = ifNoneMatch === undefined ? undefined : Conditions.tags(ifNoneMatch)
    if (ifNoneMatch !== undefined && tags === undefined) {
      return refuse(context, request, malformedHeader("If-None-Match"))
    }
    let fields: ReadonlyArray<string> | undefined
    if (request.query !== "") {
      const parameters = Query.parse(request.query)
      if (parameters === undefined) return refuse(context, request, malformed)
      const issues = ListQuery.strangers(parameters, known)
      const text = parameters.values.get("fields")
      const read = text === undefined ? undefined : context.parseFields(text)
      if (read !== undefined && "code" in read)
        issues.push({ parameter: "fields", code: read.code, detail: read.detail })
      else fields = read
      if (issues.length > 0) return refuse(context, request, Problem.make("validationError", issues))
    }
    const key = context.parseKey(segment ?? "")
    if (key === undefined) return refuse(context, request, notFound)
    return answer(context, request, context.reading, store.repository.json.find(key, fields), (found) => {
      if (Option.isNone(found)) return Answer.problem(notFound, request, settings)
      const tag = Answer.etag(found.value, fields)
      return tag !== undefined && tags !== undefined && matches(tags, tag)
        ? Answer.notModified(tag, settings)
        : Answer.item(found.value.text, tag, settings)
    })
  }
}
