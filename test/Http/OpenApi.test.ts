import * as Model from "@effect/sql/Model"
import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import * as OpenApi from "../../src/Http/OpenApi.js"
import * as Fake from "./FakeResource.js"

const Email = Schema.String.pipe(
  Schema.maxLength(254),
  Schema.pattern(/^[^\s@]+@[^\s@]+$/),
  Schema.annotations({ jsonSchema: { format: "email" }, examples: ["ada@example.com"] })
)

class User extends Model.Class<User>("User")({
  id: Fields.uuidV7(Schema.UUID),
  email: Email,
  name: Schema.String.pipe(Schema.minLength(1), Schema.maxLength(200)),
  password_hash: Schema.String,
  created_at: Fields.createdAt,
  deleted_at: Fields.deletedAt,
  version: Fields.version
}) {}

const users = Table.make(User, {
  name: "users",
  primaryKey: "id",
  createdAt: "created_at",
  softDelete: "deleted_at",
  version: "version",
  columns: { password_hash: { sensitive: true }, name: { comment: "How to call them." } }
})

class Everything extends Model.Class<Everything>("Everything")({
  id: Fields.identity(Schema.Int),
  text: Schema.String,
  choice: Schema.Literal("a", "b"),
  maybe_choice: Fields.nullable(Schema.Literal("x", "y")),
  small: Schema.Int.pipe(Schema.between(1, 9)),
  double: Schema.Number,
  price: Schema.BigDecimal,
  big: Schema.BigInt,
  flag: Schema.Boolean,
  at: Schema.DateTimeUtc,
  day: Model.Date,
  bytes: Schema.Uint8ArrayFromBase64,
  object: Schema.Struct({ name: Schema.NonEmptyString, numbers: Schema.Array(Schema.Number) }),
  labels: Fields.nullable(Schema.Array(Schema.String)),
  note: Fields.nullable(Schema.String)
}) {}

const everything = Table.make(Everything, {
  name: "everything",
  primaryKey: "id",
  columns: { text: { length: 40 } }
})

class Line extends Model.Class<Line>("Line")({ order_id: Schema.Int, position: Schema.Int, text: Schema.String }) {}
const lines = Table.make(Line, { name: "lines", primaryKey: ["order_id", "position"] })

const resources = [
  Fake.make(users, "/users", {
    searchFields: ["name", "email"],
    allowedOrderFields: ["created_at", "name", "email"],
    orderingDefault: ["-created_at"],
    filterFields: { email: ["eq", "in"], created_at: ["gte", "lt"], name: ["icontains"] }
  }),
  Fake.make(everything, "/everything", {
    filterFields: { choice: ["eq", "in", "nin", "ne"], maybe_choice: ["eq", "null"], big: ["gt"], flag: ["eq"] }
  }),
  Fake.make(lines, "/lines", { actions: new Set(["list", "delete"]) })
]

const info: OpenApi.Info = {
  title: "Test",
  version: "1.2.3",
  license: { name: "MIT", identifier: "MIT" },
  contact: { name: "Somebody" }
}

const document = OpenApi.fromResources(resources, info)
const { paths, components } = document

/** Looks up a path of members; the document is plain data. */
const at = (...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (value, key) => typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined,
    document
  )

const parameter = (path: string, method: "get" | "delete", name: string) =>
  paths[path]?.[method]?.parameters?.find((each) => "name" in each && each.name === name)

describe("OpenApi", () => {
  it("redocly and spectral find neither error nor warning", { timeout: 60_000 }, () => {
    const directory = mkdtempSync(join(tmpdir(), "openapi-"))
    try {
      const file = join(directory, "openapi.json")
      writeFileSync(file, JSON.stringify(document))
      const { status, stderr } = spawnSync(process.execPath, ["scripts/lint-openapi.mjs", file], { encoding: "utf8" })
      expect(stderr).toBe("redocly: passed\nspectral: passed\n")
      expect(status).toBe(0)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it("describes every method of a resource and no other", () => {
    const methods = (path: string) => Object.keys(paths[path] ?? {}).filter((key) => key !== "parameters").sort()
    expect(methods("/users")).toEqual(["get", "head", "options", "post"])
    expect(methods("/users/{id}")).toEqual(["delete", "get", "head", "options", "patch"])
    expect(methods("/lines")).toEqual(["get", "head", "options"])
    expect(methods("/lines/{id}")).toEqual(["delete", "options"])
    expect(methods("/_sql/health")).toEqual(["get"])
  })

  it("names operations once", () => {
    const ids = Object.values(paths).flatMap((item) =>
      Object.values(item).flatMap((operation: unknown) =>
        typeof operation === "object" && operation !== null && "operationId" in operation ? [operation.operationId] : []
      )
    )
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(["listUsers", "createUser", "getUser", "updateUser", "deleteUser"]))
  })

  it("bounds the parameters of a list as the server does", () => {
    expect(parameter("/users", "get", "limit")).toMatchObject({
      schema: { type: "integer", minimum: 0, maximum: 1000, default: 50 }
    })
    expect(parameter("/users", "get", "offset")).toMatchObject({ schema: { minimum: 0, maximum: 10_000, default: 0 } })
    expect(parameter("/users", "get", "order_by")).toMatchObject({
      style: "form",
      explode: false,
      schema: {
        type: "array",
        maxItems: 4,
        default: ["-created_at"],
        items: { enum: ["created_at", "-created_at", "name", "-name", "email", "-email"] }
      }
    })
    expect(parameter("/users", "get", "search_fields")).toMatchObject({
      explode: false,
      schema: { items: { enum: ["name", "email"] } }
    })
    expect(parameter("/users", "get", "fields")).toMatchObject({
      schema: { items: { enum: ["id", "email", "name", "created_at"] } }
    })
    expect(parameter("/everything", "get", "q")).toBeUndefined()
    expect(parameter("/everything", "get", "order_by")).toBeUndefined()
  })

  it("types filters by their column", () => {
    expect(parameter("/users", "get", "created_at__lt")).toMatchObject({
      schema: { type: "string", format: "date-time" }
    })
    expect(parameter("/users", "get", "email__in")).toMatchObject({
      explode: false,
      schema: { type: "array", maxItems: 100 }
    })
    expect(parameter("/everything", "get", "choice")).toMatchObject({ schema: { type: "string", enum: ["a", "b"] } })
    expect(parameter("/everything", "get", "maybe_choice")).toMatchObject({
      schema: { type: "string", enum: ["x", "y"] }
    })
    expect(parameter("/everything", "get", "maybe_choice__null")).toMatchObject({ schema: { type: "boolean" } })
    expect(parameter("/everything", "get", "big__gt")).toMatchObject({ schema: { type: "string", format: "int64" } })
    expect(parameter("/everything", "get", "text")).toBeUndefined()
  })

  it("shows values in the form they have in JSON", () => {
    expect(at("components", "schemas", "Everything", "properties")).toMatchObject({
      id: { type: "integer", format: "int32" },
      text: { type: "string", maxLength: 40 },
      choice: { type: "string", enum: ["a", "b"] },
      maybe_choice: { type: ["string", "null"], enum: ["x", "y", null] },
      small: { type: "integer", minimum: 1, maximum: 9 },
      double: { type: "number" },
      price: { type: "string", format: "decimal" },
      big: { type: "string", format: "int64" },
      flag: { type: "boolean" },
      at: { type: "string", format: "date-time" },
      day: { type: "string", format: "date" },
      bytes: { type: "string", contentEncoding: "base64" },
      object: {
        type: "object",
        properties: { name: { type: "string", minLength: 1 }, numbers: { type: "array", items: { type: "number" } } },
        additionalProperties: false
      },
      labels: { type: ["array", "null"], items: { type: "string" } },
      note: { type: ["string", "null"] }
    })
    expect(at("components", "schemas", "User", "properties", "name")).toEqual({
      type: "string",
      minLength: 1,
      maxLength: 200,
      description: "How to call them."
    })
  })

  it("demands what a create needs, and lets a patch leave out everything", () => {
    expect(at("components", "schemas", "UserCreate")).toMatchObject({
      additionalProperties: false,
      required: ["email", "name", "password_hash"],
      properties: { email: { format: "email", maxLength: 254 } }
    })
    expect(at("components", "schemas", "UserUpdate")).not.toHaveProperty("required")
    expect(at("components", "schemas", "UserUpdate", "additionalProperties")).toBe(false)
    expect(at("paths", "/users/{id}", "patch", "requestBody", "content")).toHaveProperty([
      "application/merge-patch+json"
    ])
  })

  it("never shows hidden columns, nor what is secret in what is read", () => {
    for (const schema of ["User", "UserRead"]) {
      expect(Object.keys(Object(at("components", "schemas", schema, "properties")))).toEqual([
        "id",
        "email",
        "name",
        "created_at"
      ])
    }
    const text = JSON.stringify(document)
    expect(text).not.toContain("deleted_at")
    expect(text).not.toContain("\"version\":{")
  })

  it("gives the page its members", () => {
    expect(at("components", "schemas", "UserPage")).toMatchObject({
      required: ["items", "total", "total_kind", "limit", "offset", "next"],
      additionalProperties: false,
      properties: { total: { type: ["integer", "null"] }, next: { type: ["string", "null"] } }
    })
  })

  it("lists the problems of each route with their codes", () => {
    const codes = (path: string, method: "get" | "post" | "patch" | "delete", status: number): unknown => {
      const response = paths[path]?.[method]?.responses[status]
      const name = response !== undefined && "$ref" in response ? response.$ref.split("/").at(-1) ?? "" : ""
      return at(
        "components",
        "responses",
        name,
        "content",
        "application/problem+json",
        "schema",
        "properties",
        "code",
        "enum"
      )
    }
    expect(codes("/users", "get", 400)).toEqual(["MALFORMED_REQUEST", "INVALID_CURSOR"])
    expect(codes("/users", "get", 404)).toBeUndefined()
    expect(codes("/users", "post", 409)).toEqual(["CONFLICT"])
    expect(codes("/users", "post", 415)).toEqual(["UNSUPPORTED_MEDIA_TYPE"])
    expect(codes("/users", "post", 422)).toEqual(["VALIDATION_ERROR"])
    expect(codes("/users/{id}", "get", 404)).toEqual(["NOT_FOUND"])
    expect(codes("/users/{id}", "patch", 412)).toEqual(["PRECONDITION_FAILED"])
    expect(codes("/users/{id}", "delete", 409)).toEqual(["REFERENCE_CONFLICT"])
    expect(codes("/users/{id}", "delete", 503)).toEqual(["UNAVAILABLE"])
    expect(codes("/users", "get", 401)).toBeUndefined()
  })

  it("describes the key in the path", () => {
    expect(paths["/users/{id}"]?.parameters).toMatchObject([
      { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } }
    ])
    expect(paths["/lines/{id}"]?.parameters).toMatchObject([{ schema: { type: "string" } }])
  })

  it("has headers, and If-Match only where there is an ETag", () => {
    const headers = (path: string, method: "get" | "post", status: number) => {
      const response = paths[path]?.[method]?.responses[status]
      return response !== undefined && "headers" in response ? Object.keys(response.headers ?? {}) : []
    }
    expect(headers("/users", "get", 200)).toEqual(expect.arrayContaining(["Link", "X-Total-Count", "X-Request-Id"]))
    expect(headers("/users", "post", 201)).toEqual(expect.arrayContaining(["Location", "ETag"]))
    expect(headers("/everything/{id}", "get", 200)).not.toContain("ETag")
    expect(JSON.stringify(paths["/users/{id}"]?.patch)).toContain("IfMatch")
    expect(JSON.stringify(paths["/everything/{id}"]?.patch)).not.toContain("IfMatch")
    expect(components.headers).toHaveProperty("Retry-After")
  })

  it("takes security schemes, which add 401 and 403", () => {
    const secured = OpenApi.fromResources(resources, {
      ...info,
      security: { bearer: { type: "http", scheme: "bearer" } }
    })
    expect(secured.security).toEqual([{ bearer: [] }])
    expect(secured.components.securitySchemes).toHaveProperty("bearer")
    expect(Object.keys(secured.paths["/users"]?.get?.responses ?? {})).toEqual(expect.arrayContaining(["401", "403"]))
    expect(secured.paths["/_sql/health"]?.get?.security).toEqual([])
  })

  it("keeps resources of one model apart", () => {
    const twice = OpenApi.fromResources([Fake.make(users, "/users"), Fake.make(users, "/people")], info)
    expect(Object.keys(twice.components.schemas)).toEqual(expect.arrayContaining(["User", "User2"]))
    expect(twice.paths["/people"]?.get?.operationId).toBe("listPeople")
    expect(twice.paths["/people"]?.post?.operationId).toBe("createUser2")
  })
})
