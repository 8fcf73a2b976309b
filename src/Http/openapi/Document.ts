/**
 * The part of OpenAPI 3.1 that is written here.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 * @since 0.1.0
 */

/**
 * A JSON Schema of draft 2020-12, or a reference to one.
 *
 * @since 0.1.0
 * @category models
 */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/**
 * A pointer to a component.
 *
 * @since 0.1.0
 * @category models
 */
export type Reference = { readonly $ref: string }

/**
 * @since 0.1.0
 * @category models
 */
export interface Parameter {
  readonly name: string
  readonly in: "query" | "header" | "path"
  readonly description?: string
  readonly required?: boolean
  readonly style?: "form" | "simple"
  readonly explode?: boolean
  readonly schema: JsonSchema
  readonly example?: unknown
}

/**
 * @since 0.1.0
 * @category models
 */
export interface MediaType {
  readonly schema: JsonSchema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly summary?: string; readonly value: unknown }>>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Header {
  readonly description: string
  readonly schema: JsonSchema
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, Header | Reference>>
  readonly content?: Readonly<Record<string, MediaType>>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags?: ReadonlyArray<string>
  readonly parameters?: ReadonlyArray<Parameter | Reference>
  readonly requestBody?: {
    readonly description?: string
    readonly required: boolean
    readonly content: Readonly<Record<string, MediaType>>
  }
  readonly responses: Readonly<Record<string, Response | Reference>>
  readonly security?: ReadonlyArray<Readonly<Record<string, ReadonlyArray<string>>>>
}

/**
 * The methods of one path.
 *
 * @since 0.1.0
 * @category models
 */
export interface PathItem {
  readonly parameters?: ReadonlyArray<Parameter | Reference>
  readonly get?: Operation
  readonly head?: Operation
  readonly options?: Operation
  readonly post?: Operation
  readonly patch?: Operation
  readonly delete?: Operation
}

/**
 * How a caller proves who it is.
 *
 * @since 0.1.0
 * @category models
 */
export type SecurityScheme =
  | {
    readonly type: "http"
    readonly scheme: string
    readonly bearerFormat?: string
    readonly description?: string
  }
  | {
    readonly type: "apiKey"
    readonly in: "header" | "cookie" | "query"
    readonly name: string
    readonly description?: string
  }
  | { readonly type: "openIdConnect"; readonly openIdConnectUrl: string; readonly description?: string }
  | { readonly type: "mutualTLS"; readonly description?: string }

/**
 * A whole document.
 *
 * @since 0.1.0
 * @category models
 */
export interface Document {
  readonly openapi: "3.1.0"
  readonly info: {
    readonly title: string
    readonly version: string
    readonly description?: string
    readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string }
    readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string }
  }
  readonly servers: ReadonlyArray<{ readonly url: string; readonly description?: string }>
  readonly tags: ReadonlyArray<{ readonly name: string; readonly description?: string }>
  readonly security: ReadonlyArray<Readonly<Record<string, ReadonlyArray<string>>>>
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly parameters: Readonly<Record<string, Parameter>>
    readonly headers: Readonly<Record<string, Header>>
    readonly responses: Readonly<Record<string, Response>>
    readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>
  }
}
