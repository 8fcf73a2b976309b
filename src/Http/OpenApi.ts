/**
 * The OpenAPI 3.1 document of an application: a pure function of its resources. What a resource does not show (hidden and
 * sensitive columns) is not in it, nor is anything of the configuration.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Document, Operation, PathItem, SecurityScheme } from "./openapi/Document.js"
import * as Naming from "./openapi/Naming.js"
import * as Operations from "./openapi/Operations.js"
import * as Parameters from "./openapi/Parameters.js"
import * as Responses from "./openapi/Responses.js"
import * as Schemas from "./openapi/Schemas.js"
import type { ResourceAny } from "./Resource.js"
import type { Reply, Route } from "./Route.js"

export type { Document, SecurityScheme }

/**
 * What the resources do not know.
 *
 * @since 0.1.0
 * @category models
 */
export interface Info {
  readonly title: string
  /** Of the API. */
  readonly version: string
  readonly description?: string | undefined
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string } | undefined
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string } | undefined
  /** Default: the server that the document comes from. */
  readonly servers?: ReadonlyArray<{ readonly url: string; readonly description?: string }> | undefined
  /** How callers prove who they are, by name; every operation then needs one of them. Default: none. */
  readonly security?: Readonly<Record<string, SecurityScheme>> | undefined
  /** Paths of health routes. Default: `/_sql/health`. */
  readonly health?: ReadonlyArray<string> | undefined
  /** Where the `type` of problems points, as given to the application. */
  readonly problemBaseUri?: string | undefined
}

const healthTag = "health"

const health = (path: string, { operationId, problems }: Operations.Shared): PathItem => {
  const status = (value: string, description: string): Operation["responses"][string] => ({
    description,
    headers: Responses.headersOf("Cache-Control"),
    content: {
      "application/json": { schema: Schemas.reference("Health"), example: { status: value } }
    }
  })
  return {
    get: {
      operationId: operationId(`health${Naming.pascal(path.replace(/health$/, ""))}`),
      summary: "Whether the database answers",
      description: "For probes. The answer is kept for a second, so that probes cannot be used to hammer the database.",
      tags: [healthTag],
      security: [],
      responses: {
        200: status("healthy", "The database answers."),
        503: status("unhealthy", "The database does not answer in time, or the server is about to stop."),
        ...problems.add(Operations.ofAnything)
      }
    }
  }
}

/**
 * The document of these resources.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromResources = (resources: ReadonlyArray<ResourceAny>, info: Info): Document => {
  const problems = Responses.makeRegistry(info.problemBaseUri)
  const operationId = Naming.unique()
  const secured = info.security !== undefined && Object.keys(info.security).length > 0
  const shared: Operations.Shared = { problems, schemaName: Naming.unique(), operationId, secured }
  for (const name of ["Problem", "ProblemItem", "Health"]) shared.schemaName(name)
  const described = resources.map((resource) => Operations.ofResource(resource, shared))
  const healthPaths = info.health ?? ["/_sql/health"]
  const paths = Object.fromEntries([
    ...described.flatMap((each) => Object.entries(each.paths)),
    ...healthPaths.map((path) => [path, health(path, shared)] as const)
  ])
  const codes = problems.codes()
  const document: Document = {
    openapi: "3.1.0",
    info: {
      title: info.title,
      version: info.version,
      description: info.description ?? `The API of ${info.title}.`,
      ...(info.license === undefined ? {} : { license: info.license }),
      ...(info.contact === undefined ? {} : { contact: info.contact })
    },
    servers: info.servers ?? [{ url: "/", description: "The server this document comes from." }],
    tags: tagsOf(resources, healthPaths.length > 0),
    security: secured ? Object.keys(info.security ?? {}).map((name) => ({ [name]: [] })) : [],
    paths,
    components: {
      schemas: {
        ...Object.assign({}, ...described.map(({ schemas }) => schemas)),
        ...(healthPaths.length === 0 ? {} : {
          Health: {
            type: "object",
            properties: { status: { type: "string", enum: ["healthy", "unhealthy"] } },
            required: ["status"]
          }
        }),
        ...(codes.length === 0 ? {} : { Problem: Schemas.problem(codes), ProblemItem: Schemas.problemItem })
      },
      parameters: Parameters.shared,
      headers: Responses.headers,
      responses: problems.components(),
      ...(secured && info.security !== undefined ? { securitySchemes: info.security } : {})
    }
  }
  return withoutUnused(document)
}

/**
 * `GET /openapi.json`: the document, written once.
 *
 * @since 0.1.0
 * @category routes
 */
export const route = (document: Document, path: `/${string}` = "/openapi.json"): Route<never> => {
  const reply: Reply = {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-cache" },
    body: JSON.stringify(document)
  }
  return { method: "GET", pattern: path, handle: () => Effect.succeed(reply) }
}

const tagsOf = (resources: ReadonlyArray<ResourceAny>, health: boolean): Document["tags"] => {
  const tags = new Map<string, string>()
  for (const { description, prefix, tags: own } of resources) {
    for (const tag of own) if (!tags.has(tag)) tags.set(tag, description ?? `What is under \`${prefix}\`.`)
  }
  if (health) tags.set(healthTag, "Whether the server can work.")
  return Array.from(tags, ([name, description]) => ({ name, description }))
}

/** Leaves out headers and parameters that no operation points to (a table without an ETag has no If-Match). */
const withoutUnused = (document: Document): Document => {
  const text = JSON.stringify(document)
  const used = <A>(kind: string, components: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
    Object.fromEntries(Object.entries(components).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`)))
  return {
    ...document,
    components: {
      ...document.components,
      parameters: used("parameters", document.components.parameters),
      headers: used("headers", document.components.headers)
    }
  }
}
