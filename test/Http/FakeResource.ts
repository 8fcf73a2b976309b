/**
 * Resources for tests that look at their description only: nothing is served.
 */
import * as Effect from "effect/Effect"
import type { Column } from "../../src/Database/Column.js"
import type { TableAny } from "../../src/Database/TableMetadata.js"
import type { InputField, ResourceAny } from "../../src/Http/Resource.js"

const input = (column: Column, required: boolean): InputField => ({
  property: column.property,
  column,
  required,
  nullable: column.nullable,
  schema: column.schema
})

export const make = (table: TableAny, prefix: string, given: Partial<ResourceAny> = {}): ResourceAny => {
  const managed = [...table.primaryKey, table.tenant, table.softDelete, table.version, table.createdAt, table.updatedAt]
  const readable = table.columns.filter(({ options, variants }) => variants.has("json") && options.sensitive !== true)
  const writable = table.columns.filter(({ property }) => !managed.includes(property))
  return {
    table,
    prefix,
    tags: [prefix.slice(1)],
    description: undefined,
    actions: new Set(["list", "get", "create", "update", "delete"]),
    key: table.primaryKey,
    clientKeys: false,
    readable: readable.map(({ property }) => property),
    create: writable.map((column) => input(column, !column.nullable)),
    update: writable.map((column) => input(column, false)),
    searchFields: [],
    filterFields: {},
    allowedOrderFields: [],
    orderingDefault: [],
    limits: {
      limit: 50,
      maxLimit: 1000,
      maxOffset: 10_000,
      orderKeys: 4,
      filters: 20,
      inValues: 100,
      q: 200,
      body: 1024 * 1024,
      jsonDepth: 32,
      jsonTokens: 10_000,
      bodyTimeout: 15_000,
      cursor: 1024,
      retries: 3
    },
    etag: table.version === undefined ? "none" : "version",
    tenant: table.tenant !== undefined,
    routes: () => Effect.succeed([]),
    ...given
  }
}
