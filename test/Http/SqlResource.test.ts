import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Model from "@effect/sql/Model"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import * as App from "../../src/Http/App.js"
import type { Route } from "../../src/Http/Route.js"
import * as SqlResource from "../../src/Http/SqlResource.js"
import * as TenantResolver from "../../src/Http/TenantResolver.js"
import * as Service from "../../src/Repository/Service.js"
import * as FakeRepository from "./FakeRepository.js"
import { body, json, pair } from "./Harness.js"
import { makeUsers, users } from "./Users.js"

class Thing extends Model.Class<Thing>("Thing")({
  id: Fields.identity(Schema.Int),
  name: Schema.String,
  code: Fields.immutable(Schema.String),
  nick: Fields.nullable(Schema.String),
  token: Schema.String,
  count: Schema.Int,
  data: Schema.Struct({ a: Schema.Int }),
  password: Schema.String,
  tenant_id: Fields.internal(Schema.String),
  created_at: Fields.createdAt,
  deleted_at: Fields.deletedAt,
  version: Fields.version
}) {}

const things = Table.make(Thing, {
  name: "things",
  primaryKey: "id",
  tenant: "tenant_id",
  softDelete: "deleted_at",
  version: "version",
  createdAt: "created_at",
  comment: "All things",
  columns: { password: { sensitive: true }, token: { immutable: true } }
})

const names = (fields: ReadonlyArray<{ readonly property: string; readonly required: boolean }>) =>
  fields.map(({ property, required }) => `${property}${required ? "" : "?"}`)

describe("defaults", () => {
  it("follow the table: readable, creatable, updatable, orderable", () => {
    const resource = SqlResource.make({ table: things, prefix: "/things" })
    expect(resource.readable).toStrictEqual(["id", "name", "code", "nick", "token", "count", "data", "created_at"])
    expect(names(resource.create)).toStrictEqual(["name", "code", "nick?", "token", "count", "data"])
    expect(names(resource.update)).toStrictEqual(["name?", "nick?", "count?", "data?"])
    expect(resource).toMatchObject({
      prefix: "/things",
      tags: ["things"],
      description: "All things",
      key: ["id"],
      searchFields: [],
      filterFields: {},
      allowedOrderFields: [],
      orderingDefault: [],
      etag: "version",
      tenant: true,
      clientKeys: false,
      limits: { limit: 50, maxLimit: 1000, maxOffset: 10_000, body: 1_048_576 }
    })
    expect([...resource.actions]).toStrictEqual(["list", "get", "create", "update", "delete"])
    const ordered = SqlResource.make({ table: things, prefix: "/things", orderingDefault: ["-created_at", "name"] })
    expect(ordered.allowedOrderFields).toStrictEqual(["created_at", "name"])
  })

  it("give each filter field the operators of its kind", () => {
    const { filterFields } = SqlResource.make({
      table: things,
      prefix: "/things",
      filterFields: ["name", "id", "data"]
    })
    expect(filterFields).toStrictEqual({
      name: ["eq", "ne", "in", "nin", "null", "lt", "lte", "gt", "gte", "icontains", "istartswith"],
      id: ["eq", "ne", "in", "nin", "null", "lt", "lte", "gt", "gte"],
      data: ["null"]
    })
  })
})

describe("names that speak of secrets", () => {
  it.effect("are warned of where clients can read them", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ message }) => void logged.push(message))
      const { repository } = FakeRepository.make(things)
      const resource = SqlResource.make({
        table: things,
        prefix: "/things",
        service: Effect.succeed(Service.make(repository))
      })
      yield* App.make({ resources: [resource], tenant: TenantResolver.fromHeader("x-tenant") }).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      expect(logged).toStrictEqual([[
        "http: /things shows token of table things to every client: mark what is secret as sensitive"
      ]])
    }))
})

describe("options", () => {
  const make = (options: object) => () => SqlResource.make({ table: things, prefix: "/things", ...options })

  it.each<[object, string]>([
    [{ prefix: "/things/" }, "a prefix is made of plain segments"],
    [{ prefix: "/a b" }, "a prefix is made of plain segments"],
    [{ prefix: "/{id}" }, "a prefix is made of plain segments"],
    [{ searchFields: ["password"] }, "searchFields names password, which is not readable"],
    [{ searchFields: ["nope"] }, "searchFields names nope, which is not readable"],
    [{ searchFields: ["name", "name"] }, "searchFields names a field twice"],
    [{ filterFields: ["version"] }, "filterFields names version, which is not readable"],
    [{ filterFields: ["nope"] }, "there is no nope to filter by"],
    [{ filterFields: { id: ["icontains"] } }, "filterFields gives id the operator icontains"],
    [{ filterFields: ["count"] }, "a filter by count would hide the parameter of that name"],
    [{ allowedOrderFields: ["tenant_id"] }, "allowedOrderFields names tenant_id, which is not readable"],
    [{ allowedOrderFields: ["data"] }, "allowedOrderFields names data, whose kind has no order"],
    [{ orderingDefault: "-password" }, "orderingDefault names password, which is not readable"],
    [{ only: [] }, "only is empty"],
    [{ limits: { limit: 0.5 } }, "limits.limit is not a whole number"],
    [{ limits: { maxLimit: 10 } }, "limits.limit is over limits.maxLimit"],
    [
      { createSchema: Schema.Struct({ tenant_id: Schema.String }) },
      "createSchema has tenant_id, which the library writes"
    ],
    [{ createSchema: Schema.Struct({ id: Schema.Int }) }, "createSchema has the key's id"],
    [{ updateSchema: Schema.Struct({ id: Schema.Int }), clientKeys: true }, "updateSchema has the key's id"],
    [{ createSchema: Schema.String }, "createSchema is no Schema of objects"],
    [{ readSchema: Schema.Struct({ id: Thing.json.fields.id, password: Schema.String }) }, "readSchema names password"],
    [{ readSchema: Schema.Struct({ id: Thing.json.fields.id, name: Schema.Trim }) }, "readSchema changes name"],
    [{ readSchema: Schema.Struct({ name: Thing.json.fields.name }) }, "readSchema lacks the key's id"]
  ])("%j cannot be: %s", (options, reason) => {
    expect(make(options)).toThrow(reason)
    expect(make(options)).toThrow(SqlResource.InvalidResource)
  })

  it("a key of the caller's needs clientKeys, or no create", () => {
    class Pair extends Model.Class<Pair>("Pair")({ a: Schema.Int, b: Schema.Int }) {}
    const pairs = Table.make(Pair, { name: "pairs", primaryKey: ["a", "b"] })
    expect(() => SqlResource.make({ table: pairs, prefix: "/pairs" })).toThrow("the key is the caller's")
    expect(names(SqlResource.make({ table: pairs, prefix: "/pairs", clientKeys: true }).create)).toStrictEqual([
      "a",
      "b"
    ])
    expect(SqlResource.make({ table: pairs, prefix: "/pairs", only: ["list"] }).create).toStrictEqual([])
    expect(names(SqlResource.make({ table: things, prefix: "/things", clientKeys: true }).create)).toContain("id?")
  })

  it("schemas and exclusions replace the defaults", () => {
    const resource = SqlResource.make({
      table: things,
      prefix: "/things",
      mountPrefix: "/v1",
      readSchema: Schema.Struct({ name: Thing.json.fields.name, id: Thing.json.fields.id }),
      createExclude: ["code", "nick"],
      updateSchema: Schema.Struct({ name: Schema.String })
    })
    expect(resource.prefix).toBe("/v1/things")
    expect(resource.readable).toStrictEqual(["id", "name"])
    expect(names(resource.create)).toStrictEqual(["name", "token", "count", "data"])
    expect(names(resource.update)).toStrictEqual(["name?"])
  })
})

describe("routes", () => {
  it.scoped("are switched off by only: 405 where others are left, 404 where none is", () =>
    Effect.gen(function*() {
      const make = (only: ReadonlyArray<"list" | "get" | "create" | "update" | "delete">) => () =>
        Effect.suspend(() => {
          const { repository } = FakeRepository.make(users)
          const service = Effect.succeed(Service.make(repository))
          return App.make({ resources: [SqlResource.make({ table: users, prefix: "/users", only, service })] })
        })
      const readers = yield* pair(make(["list", "get"]))
      const refused = yield* readers({ method: "POST", path: "/users", ...body({}) })
      expect([refused.status, refused.headers.allow]).toStrictEqual([405, "GET, HEAD, OPTIONS"])
      expect((yield* readers({ method: "DELETE", path: "/users/x" })).headers.allow).toBe("GET, HEAD, OPTIONS")
      const writer = yield* pair(make(["create"]))
      expect((yield* writer({ path: "/users" })).headers.allow).toBe("POST, OPTIONS")
      expect((yield* writer({ path: "/users/x" })).status).toBe(404)
      expect((yield* writer({ method: "OPTIONS", path: "/users/x" })).status).toBe(404)
    }))

  it.scoped("are wrapped by around, the first outermost, with the tenant inside", () =>
    Effect.gen(function*() {
      const order: Array<string> = []
      const around = (name: string) => <R>(route: Route<R>): Route<R> => ({
        ...route,
        handle: (request, key) => {
          order.push(name)
          return route.handle(request, key)
        }
      })
      const make = () =>
        Effect.suspend(() => App.make({ resources: [makeUsers(1).resource], around: [around("one"), around("two")] }))
      const send = yield* pair(make)
      expect((yield* send({ path: "/users" })).status).toBe(200)
      expect(order).toStrictEqual(["one", "two", "one", "two"])
      expect((yield* send({ path: "/nope" })).status).toBe(404)
      expect((yield* send({ method: "PUT", path: "/users" })).status).toBe(405)
      expect(order).toHaveLength(4)
    }))

  it.effect("of two resources at one path are refused", () =>
    Effect.gen(function*() {
      const { resource } = makeUsers()
      const made = yield* Effect.exit(App.make({ resources: [resource, resource] }))
      expect(String(made)).toContain("there is another route of this method and path")
    }))

  it.scoped("leave other paths to the platform app behind them", () =>
    Effect.gen(function*() {
      const send = yield* pair(() =>
        Effect.suspend(() =>
          App.make({
            resources: [makeUsers(1).resource],
            fallthrough: HttpServerResponse.text("other", { status: 418 })
          })
        )
      )
      const other = yield* send({ path: "/other?x=%zz" })
      expect([other.status, other.text]).toStrictEqual([418, "other"])
      expect(json(yield* send({ path: "/users" }))["total"]).toBe(1)
      expect((yield* send({ method: "PUT", path: "/users" })).status).toBe(405)
    }))

  it.effect("of an app with a middleware of the platform are not served past it", () =>
    Effect.gen(function*() {
      const app = yield* App.make({ resources: [makeUsers(1).resource] })
      expect(App.partsOf(app)).toBeDefined()
      expect(App.partsOf(HttpMiddleware.xForwardedHeaders(app))).toBeUndefined()
      expect(App.partsOf(Effect.map(app, (response) => response))).toBeUndefined()
    }))
})
