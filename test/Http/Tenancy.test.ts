import * as Model from "@effect/sql/Model"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import * as App from "../../src/Http/App.js"
import * as SqlResource from "../../src/Http/SqlResource.js"
import * as TenantResolver from "../../src/Http/TenantResolver.js"
import * as Service from "../../src/Repository/Service.js"
import * as FakeRepository from "./FakeRepository.js"
import { body, json, pair } from "./Harness.js"

class Note extends Model.Class<Note>("Note")({
  id: Fields.identity(Schema.Int),
  text: Schema.String,
  tenant_id: Fields.internal(Schema.String),
  updated_at: Fields.updatedAt
}) {}

const notes = Table.make(Note, { name: "notes", primaryKey: "id", tenant: "tenant_id", updatedAt: "updated_at" })

const make = () =>
  Effect.suspend(() => {
    const fake = FakeRepository.make(notes)
    return App.make({
      resources: [
        SqlResource.make({
          table: notes,
          prefix: "/notes",
          searchFields: ["text"],
          service: Effect.succeed(Service.make(fake.repository))
        })
      ],
      tenant: TenantResolver.fromHeader("X-Tenant")
    })
  })

const as = (tenant: string) => ({ "x-tenant": tenant })

describe("a tenant's resource", () => {
  it.scoped("answers 400 without a tenant, before anything else is looked at", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      for (const path of ["/notes", "/notes/1", "/notes?nope=1", "/notes/x"]) {
        const answer = yield* send({ path, headers: { accept: "text/html" } })
        expect([answer.status, json(answer)["code"]]).toStrictEqual([400, "TENANT_CONTEXT_MISSING"])
        expect(answer.headers.vary).toBe("Accept, Authorization, X-Tenant")
      }
      expect((yield* send({ path: "/notes", headers: as("a b") })).status).toBe(400)
      expect((yield* send({ method: "PUT", path: "/notes" })).status).toBe(405)
    }))

  it.scoped("shows each tenant its own, and the other's like nothing", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const made = yield* send({
        method: "POST",
        path: "/notes",
        ...body({ text: "x" }),
        headers: { ...as("a"), "content-type": "application/json" }
      })
      expect([made.status, made.headers.location]).toStrictEqual([201, "/notes/1001"])
      const foreign = yield* send({ path: "/notes/1001", headers: as("b") })
      const missing = yield* send({ path: "/notes/1002", headers: as("b") })
      expect([foreign.status, foreign.text]).toStrictEqual([404, missing.text])
      expect((yield* send({ method: "DELETE", path: "/notes/1001", headers: as("b") })).status).toBe(404)
      expect(json(yield* send({ path: "/notes", headers: as("b") }))["total"]).toBe(0)
      expect(json(yield* send({ path: "/notes", headers: as("a") }))["total"]).toBe(1)
      const stolen = yield* send({
        method: "POST",
        path: "/notes",
        body: JSON.stringify({ text: "x", tenant_id: "b" }),
        headers: { ...as("a"), "content-type": "application/json" }
      })
      expect([stolen.status, json(stolen).errors?.[0]?.["code"]]).toStrictEqual([422, "unknown_field"])
    }))

  it.scoped("refuses another tenant's cursor", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      for (const text of ["1", "2", "3"]) {
        for (const tenant of ["a", "b"]) {
          yield* send({
            method: "POST",
            path: "/notes",
            body: JSON.stringify({ text }),
            headers: { ...as(tenant), "content-type": "application/json" }
          })
        }
      }
      const { next } = json(yield* send({ path: "/notes?limit=1", headers: as("a") }))
      expect((yield* send({ path: `/notes?limit=1&cursor=${next}`, headers: as("a") })).status).toBe(200)
      const other = yield* send({ path: `/notes?limit=1&cursor=${next}`, headers: as("b") })
      expect([other.status, json(other)["code"]]).toStrictEqual([400, "INVALID_CURSOR"])
    }))

  it.scoped("without a version makes tags of key and update time, and If-Match compares them", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const headers = { ...as("a"), "content-type": "application/json" }
      const made = yield* send({ method: "POST", path: "/notes", body: JSON.stringify({ text: "x" }), headers })
      const tag = String(made.headers.etag)
      expect(tag).toMatch(/^"[\w-]{22}"$/)
      const path = "/notes/1001"
      expect((yield* send({ path, headers: { ...as("a"), "if-none-match": tag } })).status).toBe(304)
      const patch = (ifMatch: string) =>
        send({
          method: "PATCH",
          path,
          body: JSON.stringify({ text: "y" }),
          headers: { ...headers, "if-match": ifMatch }
        })
      const stale = yield* patch("\"x\"")
      expect([stale.status, stale.headers.etag]).toStrictEqual([412, tag])
      const changed = yield* patch(`"x", W/${tag}`)
      expect(changed.status).toBe(200)
      expect(changed.headers.etag).not.toBe(tag)
      expect((yield* patch(tag)).status).toBe(412)
      const gone = { ...as("a"), "if-match": String(changed.headers.etag) }
      expect((yield* send({ method: "DELETE", path, headers: gone })).status).toBe(204)
      expect((yield* patch("*")).status).toBe(404)
    }))

  it.scoped("fails the request when its resolver fails, and runs no query", () =>
    Effect.gen(function*() {
      const fake = FakeRepository.make(notes)
      const resource = SqlResource.make({
        table: notes,
        prefix: "/notes",
        service: Effect.succeed(Service.make(fake.repository))
      })
      const send = yield* pair(() =>
        App.make({ resources: [resource], tenant: () => Effect.die(new Error("hunter2")) })
      )
      const answer = yield* send({ path: "/notes" })
      expect([answer.status, json(answer)["code"]]).toStrictEqual([500, "INTERNAL_ERROR"])
      expect(fake.calls).toStrictEqual([])
    }))
})
