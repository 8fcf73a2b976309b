/**
 * Answers: headers, and one response component per set of problems that a status can stand for.
 *
 * @since 0.1.0
 */
import * as Problem from "../Problem.js"
import type { Header, Reference, Response } from "./Document.js"
import * as Naming from "./Naming.js"
import * as Schemas from "./Schemas.js"

const text = (description: string, more: Readonly<Record<string, unknown>> = {}): Header => ({
  description,
  schema: { type: "string", ...more }
})

/**
 * Headers of answers.
 *
 * @since 0.1.0
 * @category constants
 */
export const headers = {
  ETag: text("Changes with every write of the item; send it back in If-Match or If-None-Match."),
  Location: text("Path of the new item.", { format: "uri-reference" }),
  Link: text("The next page, as `<...>; rel=\"next\"`; absent on the last one."),
  "X-Total-Count": {
    description: "Rows that match in all, where they were counted.",
    schema: { type: "integer", minimum: 0 }
  },
  "X-Request-Id": text("Names the request in logs."),
  "Cache-Control": text("`private, no-cache` on reads, `no-store` on errors."),
  Vary: text("Which headers of the request the answer depends on."),
  "Retry-After": { description: "Seconds to wait before the next try.", schema: { type: "integer", minimum: 0 } },
  "Preference-Applied": text("Which preferences of Prefer were followed."),
  Allow: text("Methods of this path."),
  "Accept-Patch": text("Media types that PATCH takes."),
  "WWW-Authenticate": text("How to prove who one is.")
} satisfies Readonly<Record<string, Header>>

/**
 * @since 0.1.0
 * @category models
 */
export type HeaderName = keyof typeof headers

/**
 * Pointers to the headers of these names.
 *
 * @since 0.1.0
 * @category constructors
 */
export const headersOf = (...names: ReadonlyArray<HeaderName>): Readonly<Record<string, Reference>> =>
  Object.fromEntries([...names, "X-Request-Id" as const].map((name) => [
    name,
    { $ref: `#/components/headers/${name}` }
  ]))

const headersOfProblem = (names: ReadonlyArray<Problem.Name>): Readonly<Record<string, Reference>> => {
  const has = (...some: ReadonlyArray<Problem.Name>) => some.some((name) => names.includes(name))
  return headersOf(
    "Cache-Control",
    "Vary",
    ...(has("unavailable", "rateLimited", "idempotencyInProgress") ? ["Retry-After" as const] : []),
    ...(has("preconditionFailed") ? ["ETag" as const] : []),
    ...(has("unauthenticated") ? ["WWW-Authenticate" as const] : []),
    ...(has("unsupportedMediaType") ? ["Accept-Patch" as const] : []),
    ...(has("methodNotAllowed") ? ["Allow" as const] : [])
  )
}

const itemsOf = (name: Problem.Name): ReadonlyArray<Problem.Item> => {
  switch (name) {
    case "validationError":
      return [{ parameter: "limit", code: "too_large", detail: "must be at most 1000" }]
    case "conflict":
      return [{ pointer: "#/email", code: "not_unique", detail: "is taken" }]
    default:
      return []
  }
}

const requestId = "0b8f0f0e-7d3e-4c41-9f5a-8b7c6d5e4f3a"

/**
 * Problems as responses; `add` names the component and remembers it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Registry {
  /** Answers of these problems, one per status. */
  readonly add: (names: Iterable<Problem.Name>) => Readonly<Record<string, Reference>>
  readonly components: () => Readonly<Record<string, Response>>
  /** Codes that were used, in the order of the catalogue. */
  readonly codes: () => ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const makeRegistry = (problemBaseUri: string | undefined): Registry => {
  const known = new Map<string, Response>()
  const used = new Set<Problem.Name>()
  const byStatus = (names: Iterable<Problem.Name>): ReadonlyArray<readonly [string, ReadonlyArray<Problem.Name>]> => {
    const groups = new Map<number, Array<Problem.Name>>()
    for (const name of new Set(names)) {
      const { status } = Problem.catalogue[name]
      groups.set(status, [...(groups.get(status) ?? []), name])
    }
    return [...groups].sort(([a], [b]) => a - b).map(([status, group]) => [String(status), group])
  }
  const describe = (names: ReadonlyArray<Problem.Name>): string =>
    names.map((name) => `\`${Problem.catalogue[name].code}\`: ${Problem.catalogue[name].title}.`).join("\n\n")
  const response = (names: ReadonlyArray<Problem.Name>): Response => ({
    description: describe(names),
    headers: headersOfProblem(names),
    content: {
      "application/problem+json": {
        schema: {
          allOf: [Schemas.reference("Problem")],
          properties: { code: { enum: names.map((name) => Problem.catalogue[name].code) } }
        },
        examples: Object.fromEntries(names.map((name) => [
          Problem.catalogue[name].code,
          {
            summary: Problem.catalogue[name].title,
            // What the server writes, by the function it writes it with.
            value: JSON.parse(Problem.text(Problem.make(name, itemsOf(name)), requestId, { base: problemBaseUri }))
          }
        ]))
      }
    }
  })
  return {
    add: (names) =>
      Object.fromEntries(
        byStatus(names).map(([status, group]) => {
          const component = group.map((name) => Naming.pascalOfCode(Problem.catalogue[name].code)).join("Or")
          for (const name of group) used.add(name)
          if (!known.has(component)) known.set(component, response(group))
          return [status, { $ref: `#/components/responses/${component}` }]
        })
      ),
    components: () => Object.fromEntries([...known].sort(([a], [b]) => (a < b ? -1 : 1))),
    codes: () =>
      Object.entries(Problem.catalogue).flatMap(([name, { code }]) => used.has(name as Problem.Name) ? [code] : [])
  }
}
