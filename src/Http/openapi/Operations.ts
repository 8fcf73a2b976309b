/**
 * The operations of one resource, with every answer they can give.
 *
 * @since 0.1.0
 */
import type * as Problem from "../Problem.js"
import type { Action, ResourceAny } from "../Resource.js"
import type { JsonSchema, MediaType, Operation, Parameter, PathItem, Response } from "./Document.js"
import * as Naming from "./Naming.js"
import * as Parameters from "./Parameters.js"
import * as Responses from "./Responses.js"
import * as Schemas from "./Schemas.js"

/**
 * What the operations of all resources share.
 *
 * @since 0.1.0
 * @category models
 */
export interface Shared {
  readonly problems: Responses.Registry
  readonly schemaName: (name: string) => string
  readonly operationId: (name: string) => string
  /** Whether callers must prove who they are. */
  readonly secured: boolean
}

/**
 * Paths and schemas of one resource.
 *
 * @since 0.1.0
 * @category models
 */
export interface Described {
  readonly paths: Readonly<Record<string, PathItem>>
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

/**
 * What any request can be answered, whatever it is for.
 *
 * @since 0.1.0
 * @category constants
 */
export const ofAnything: ReadonlyArray<Problem.Name> = ["malformedRequest", "uriTooLong", "headersTooLarge"]

const always: ReadonlyArray<Problem.Name> = [
  ...ofAnything,
  "notAcceptable",
  "validationError",
  "internalError",
  "unavailable",
  "timeout"
]
const ofBody: ReadonlyArray<Problem.Name> = ["requestTimeout", "payloadTooLarge", "unsupportedMediaType"]
const ofWrite: ReadonlyArray<Problem.Name> = ["outcomeUnknown"]

const problemsOf = (resource: ResourceAny, action: Action, secured: boolean): ReadonlyArray<Problem.Name> => {
  const own: { readonly [A in Action]: ReadonlyArray<Problem.Name> } = {
    list: ["invalidCursor"],
    get: ["notFound"],
    create: [...ofBody, ...ofWrite, "conflict"],
    update: [...ofBody, ...ofWrite, "notFound", "conflict", "referenceConflict", "preconditionFailed"],
    delete: [...ofWrite, "notFound", "referenceConflict", "preconditionFailed"]
  }
  return [
    ...always,
    ...own[action],
    ...(resource.tenant ? ["tenantContextMissing" as const] : []),
    ...(secured ? ["unauthenticated" as const, "forbidden" as const] : [])
  ]
}

const json = (schema: JsonSchema, example: unknown): Readonly<Record<string, MediaType>> => ({
  "application/json": { schema, ...(example === undefined ? {} : { example }) }
})

/** What the model is called, by its class; a model without a class goes by the table. */
const modelName = ({ table: { model, name } }: ResourceAny): string =>
  Naming.pascal("identifier" in model && typeof model.identifier === "string" ? model.identifier : name)

/**
 * Describes a resource.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofResource = (resource: ResourceAny, shared: Shared): Described => {
  const { actions, prefix, tags } = resource
  const model = modelName(resource)
  const last = prefix.slice(prefix.lastIndexOf("/") + 1)
  const plural = Naming.pascal(last)
  const names = {
    item: shared.schemaName(model),
    create: shared.schemaName(`${model}Create`),
    update: shared.schemaName(`${model}Update`),
    read: shared.schemaName(`${model}Read`),
    page: shared.schemaName(`${model}Page`)
  }
  const schemas = {
    item: Schemas.item(resource, "written"),
    read: Schemas.item(resource, "read"),
    create: Schemas.input(resource.create),
    update: Schemas.input(resource.update),
    page: Schemas.page(names.read, resource)
  }
  const itemExample = Schemas.example(schemas.item)
  const etag = resource.etag === "none" ? [] : (["ETag"] as const)
  const requestId = Parameters.reference("RequestId")
  const ifMatch = etag.length === 0 ? [] : [Parameters.reference("IfMatch")]
  const ifNoneMatch = etag.length === 0 ? [] : [Parameters.reference("IfNoneMatch")]
  const problems = (action: Action) => shared.problems.add(problemsOf(resource, action, shared.secured))

  const operation = (
    id: string,
    summary: string,
    description: string,
    rest: Omit<Operation, "operationId" | "summary" | "description" | "tags">
  ): Operation => ({ operationId: shared.operationId(id), summary, description, tags, ...rest })

  const listHeaders = Responses.headersOf("Link", "X-Total-Count", "Cache-Control", "Vary")
  const itemHeaders = Responses.headersOf(...etag, "Cache-Control", "Vary")
  const writtenHeaders = Responses.headersOf(...etag, "Cache-Control", "Vary", "Preference-Applied")
  const notModified: Readonly<Record<string, Response>> = etag.length === 0 ? {} : {
    304: { description: "The item is what the caller has.", headers: itemHeaders }
  }
  const listParameters = [...Parameters.list(resource), requestId]
  const getParameters = [Parameters.fields(resource), ...ifNoneMatch, requestId]
  const prefer = Parameters.reference("Prefer")
  const pageExample = itemExample && {
    items: [itemExample],
    total: 1,
    total_kind: "exact",
    limit: resource.limits.limit,
    offset: 0,
    next: null
  }

  const list = (): PathItem => ({
    get: operation(
      `list${plural}`,
      `List ${last}`,
      "A page, by offset or by cursor. Parameters that are not listed here, or given twice, are refused.",
      {
        parameters: listParameters,
        responses: {
          200: {
            description: "The page.",
            headers: listHeaders,
            content: json(Schemas.reference(names.page), pageExample)
          },
          ...problems("list")
        }
      }
    ),
    head: operation(
      `head${plural}`,
      `Headers of the list of ${last}`,
      "What GET answers, without the body; problems too.",
      {
        parameters: listParameters,
        responses: { 200: { description: "The page's headers.", headers: listHeaders }, ...problems("list") }
      }
    )
  })

  const createDescription =
    "Members that are not listed here are refused. With `Prefer: return=minimal` (RFC 7240) the answer has no body."
  const create = (): PathItem => ({
    post: operation(`create${model}`, `Create ${model}`, createDescription, {
      parameters: [requestId],
      requestBody: {
        required: true,
        content: json(Schemas.reference(names.create), Schemas.example(schemas.create))
      },
      responses: {
        201: {
          description: "The new item.",
          headers: Responses.headersOf("Location", ...etag, "Cache-Control", "Vary", "Preference-Applied"),
          content: json(Schemas.reference(names.item), itemExample)
        },
        ...problems("create")
      }
    })
  })

  const get = (): PathItem => ({
    get: operation(`get${model}`, `Read ${model}`, "One item by its key.", {
      parameters: getParameters,
      responses: {
        200: {
          description: "The item.",
          headers: itemHeaders,
          content: json(Schemas.reference(names.read), itemExample)
        },
        ...notModified,
        ...problems("get")
      }
    }),
    head: operation(`head${model}`, `Headers of ${model}`, "What GET answers, without the body; problems too.", {
      parameters: getParameters,
      responses: {
        200: { description: "The item's headers.", headers: itemHeaders },
        ...notModified,
        ...problems("get")
      }
    })
  })

  const update = (): PathItem => {
    const example = Schemas.example(schemas.update)
    const schema = Schemas.reference(names.update)
    return {
      patch: operation(
        `update${model}`,
        `Change ${model}`,
        "RFC 7396: what is absent stays, null sets NULL. `{}` changes nothing.",
        {
          parameters: [...ifMatch, prefer, requestId],
          requestBody: {
            required: true,
            content: {
              ...json(schema, example),
              "application/merge-patch+json": json(schema, example)["application/json"]!
            }
          },
          responses: {
            200: {
              description: "The item as it is now.",
              headers: writtenHeaders,
              content: json(Schemas.reference(names.item), itemExample)
            },
            204: { description: "Changed; no body was preferred.", headers: writtenHeaders },
            ...problems("update")
          }
        }
      )
    }
  }

  const remove = (): PathItem => ({
    delete: operation(
      `delete${model}`,
      `Delete ${model}`,
      resource.table.softDelete === undefined
        ? "The row is removed."
        : "The row is kept and marked as deleted; it is not found from then on.",
      {
        parameters: [...ifMatch, requestId],
        responses: {
          204: { description: "Deleted.", headers: Responses.headersOf("Cache-Control", "Vary") },
          ...problems("delete")
        }
      }
    )
  })

  const options = (id: string, methods: ReadonlyArray<string>, parameters: ReadonlyArray<Parameter>): PathItem => ({
    options: operation(id, "Methods of this path", "Which methods this path knows.", {
      ...(parameters.length === 0 ? {} : { parameters }),
      responses: {
        204: { description: `Allowed: ${methods.join(", ")}.`, headers: Responses.headersOf("Allow", "Vary") },
        ...shared.problems.add(ofAnything)
      }
    })
  })

  const has = (action: Action, item: () => PathItem): PathItem => (actions.has(action) ? item() : {})
  const collection: PathItem = { ...has("list", list), ...has("create", create) }
  const single: PathItem = { ...has("get", get), ...has("update", update), ...has("delete", remove) }
  const methods = (item: PathItem) => [...Object.keys(item).map((method) => method.toUpperCase()), "OPTIONS"]
  const used = {
    ...(actions.has("create") || actions.has("update") ? { [names.item]: schemas.item } : {}),
    ...(actions.has("list") || actions.has("get") ? { [names.read]: schemas.read } : {}),
    ...(actions.has("create") ? { [names.create]: schemas.create } : {}),
    ...(actions.has("update") ? { [names.update]: schemas.update } : {}),
    ...(actions.has("list") ? { [names.page]: schemas.page } : {})
  }
  return {
    schemas: used,
    paths: {
      ...(Object.keys(collection).length === 0
        ? {}
        : { [prefix]: { ...collection, ...options(`options${plural}`, methods(collection), []) } }),
      ...(Object.keys(single).length === 0 ? {} : {
        [`${prefix}/{id}`]: {
          parameters: [Parameters.key(resource)],
          ...single,
          ...options(`options${model}`, methods(single), [Parameters.anyKey])
        }
      })
    }
  }
}
