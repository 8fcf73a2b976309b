import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as App from "../../src/Http/App.js"
import { body, json, pair } from "./Harness.js"
import { idOf, makeUsers } from "./Users.js"

const app = (count: number) => () => Effect.suspend(() => App.make({ resources: [makeUsers(count).resource] }))

describe("create", () => {
  it.scoped("answers 201 with the item, its place and its tag", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(0))
      const answer = yield* send({
        method: "POST",
        path: "/users",
        ...body({ email: "a@b.org", name: "Ada", points: "9007199254740993", born: "1815-12-10T00:00:00.5+01:00" })
      })
      expect(answer.status).toBe(201)
      expect(answer.headers).toMatchObject({
        "content-type": "application/json",
        location: `/users/${idOf(1001)}`,
        etag: "\"1\"",
        vary: "Accept, Authorization",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": "0b8f1c2e-0000-4000-8000-000000000000",
        "content-length": String(Buffer.byteLength(answer.text))
      })
      expect(json(answer)).toStrictEqual({
        id: idOf(1001),
        email: "a@b.org",
        name: "Ada",
        company: null,
        points: "9007199254740993",
        born: "1815-12-09T23:00:00.500Z",
        created_at: "2026-06-01T12:00:01.000Z",
        updated_at: "2026-06-01T12:00:01.000Z"
      })
    }))

  it.scoped("answers without a body when the client prefers that", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(0))
      const sent = body({ email: "a@b.org", name: "Ada" })
      const prefer = { ...sent.headers, prefer: "respond-async, return=minimal; foo, handling=strict" }
      const answer = yield* send({ method: "POST", path: "/users", ...sent, headers: prefer })
      expect(answer).toMatchObject({ status: 201, text: "" })
      expect(answer.headers).toMatchObject({
        location: `/users/${idOf(1001)}`,
        etag: "\"1\"",
        "content-length": "0",
        "preference-applied": "return=minimal, handling=strict"
      })
      expect(answer.headers["content-type"]).toBeUndefined()
    }))

  it.scoped("refuses what is wrong with every field, at once, without repeating it", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(0))
      const answer = yield* send({
        method: "POST",
        path: "/users",
        body: `{"email":"hunter2","name":"${"x".repeat(121)}","company":5,"points":1.5,"born":"yesterday","id":"${
          idOf(1)
        }","password_hash":"hunter2","created_at":"2026-01-01T00:00:00Z","version":1,"__proto__":{},"constructor":1,"$set":1,"a.b":1,"a/b~c":1,"nul\\u0000":1}`,
        headers: { "content-type": "application/json" }
      })
      expect(answer.status).toBe(422)
      expect(answer.headers).toMatchObject({
        "content-type": "application/problem+json",
        "cache-control": "no-store"
      })
      expect(json(answer)).toStrictEqual({
        type: "https://effect-svc-infra.dev/problems/validation-error",
        title: "The request did not match the schema",
        status: 422,
        code: "VALIDATION_ERROR",
        instance: "urn:uuid:0b8f1c2e-0000-4000-8000-000000000000",
        errors: [
          { pointer: "#/email", code: "invalid_format", detail: "must be an email address" },
          { pointer: "#/name", code: "too_long", detail: "must be at most 120 characters long" },
          { pointer: "#/company", code: "invalid_type", detail: "must be a string" },
          { pointer: "#/points", code: "invalid_type", detail: "must be a whole number" },
          {
            pointer: "#/born",
            code: "invalid_format",
            detail: "must be a date and time such as 2026-06-01T12:00:00.000Z"
          },
          { pointer: "#/id", code: "read_only", detail: "cannot be written" },
          { pointer: "#/password_hash", code: "unknown_field", detail: "is not a known field" },
          { pointer: "#/created_at", code: "read_only", detail: "cannot be written" },
          { pointer: "#/version", code: "unknown_field", detail: "is not a known field" },
          { pointer: "#/__proto__", code: "unknown_field", detail: "is not a known field" },
          { pointer: "#/constructor", code: "unknown_field", detail: "is not a known field" },
          { pointer: "#/%24set", code: "unknown_field", detail: "is not a known field" },
          { pointer: "#/a.b", code: "unknown_field", detail: "is not a known field" },
          { pointer: "#/a~1b~0c", code: "unknown_field", detail: "is not a known field" },
          { pointer: "#/nul%00", code: "unknown_field", detail: "is not a known field" }
        ]
      })
      expect(answer.text).not.toContain("hunter2")
      expect(yield* send({ method: "POST", path: "/users", ...body({}) }).pipe(Effect.map((a) => json(a).errors)))
        .toStrictEqual([
          { pointer: "#/email", code: "required", detail: "is required" },
          { pointer: "#/name", code: "required", detail: "is required" }
        ])
    }))

  it.scoped("refuses null for a column that has none, text no database stores, and a body that is no object", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(0))
      const errors = (text: string) =>
        send({ method: "POST", path: "/users", headers: { "content-type": "application/json" }, body: text }).pipe(
          Effect.map((answer) => [answer.status, json(answer).errors?.map((e) => `${e["pointer"]} ${e["code"]}`)])
        )
      expect(yield* errors("{\"email\":null,\"name\":\"\\u0000\",\"company\":\"\\ud800\"}")).toStrictEqual([422, [
        "#/email not_null",
        "#/name invalid_value",
        "#/company invalid_value"
      ]])
      expect(yield* errors("[]")).toStrictEqual([422, ["# invalid_type"]])
      expect(yield* errors("null")).toStrictEqual([422, ["# invalid_type"]])
      expect(yield* errors(JSON.stringify({ email: "a@b.org", name: "x", points: 2 ** 60 }))).toStrictEqual([422, [
        "#/points invalid_format"
      ]])
      expect(yield* errors(JSON.stringify({ email: "a@b.org", name: "x", points: "9".repeat(20) }))).toStrictEqual([
        422,
        ["#/points too_large"]
      ])
    }))

  it.scoped("answers 409 with every field of a key that is taken", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(1))
      const answer = yield* send({
        method: "POST",
        path: "/users",
        ...body({ email: "user1@example.org", name: "x" })
      })
      expect(answer.status).toBe(409)
      expect(json(answer)).toMatchObject({
        code: "CONFLICT",
        errors: [{ pointer: "#/email", code: "not_unique", detail: "is taken already" }]
      })
    }))

  it.scoped("knows no parameters", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(0))
      const answer = yield* send({ method: "POST", path: "/users?x=1", ...body({ email: "a@b.org", name: "x" }) })
      expect([answer.status, json(answer).errors]).toStrictEqual([422, [
        { parameter: "x", code: "unknown_parameter", detail: "is not a known parameter" }
      ]])
      expect((yield* send({ method: "POST", path: "/users?%zz", ...body({}) })).status).toBe(400)
    }))
})

describe("get", () => {
  it.scoped("answers the item with its tag, and 304 to who has it", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(3))
      const path = `/users/${idOf(3)}`
      const answer = yield* send({ path })
      expect(answer.status).toBe(200)
      expect(answer.headers).toMatchObject({
        etag: "\"3\"",
        "cache-control": "private, no-cache",
        "content-type": "application/json"
      })
      expect(json(answer)).toMatchObject({ id: idOf(3), email: "user3@example.org", company: "Acme", points: "3" })
      for (const tag of ["\"3\"", "W/\"3\"", "*", "\"1\", W/\"3\""]) {
        const unchanged = yield* send({ path, headers: { "if-none-match": tag } })
        expect([unchanged.status, unchanged.text, unchanged.headers["etag"]]).toStrictEqual([304, "", "\"3\""])
      }
      for (const tag of ["\"2\"", "\"3-abc\"", "\"\""]) {
        expect((yield* send({ path, headers: { "if-none-match": tag } })).status).toBe(200)
      }
      const bad = yield* send({ path, headers: { "if-none-match": "3" } })
      expect([bad.status, json(bad).errors]).toStrictEqual([400, [
        { header: "If-None-Match", code: "invalid_format", detail: "has the wrong form" }
      ]])
    }))

  it.scoped("answers some fields, the key always, with a weak tag of their own", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(1))
      const path = `/users/${idOf(1)}?fields=name,email`
      const answer = yield* send({ path })
      expect(Object.keys(json(answer))).toStrictEqual(["id", "email", "name"])
      expect(answer.headers.etag).toMatch(/^W\/"1-[\w-]{8}"$/)
      const again = yield* send({ path, headers: { "if-none-match": answer.headers.etag } })
      expect(again.status).toBe(304)
      const reordered = yield* send({ path: `/users/${idOf(1)}?fields=email,name` })
      expect(reordered.headers.etag).toBe(answer.headers.etag)
      for (const fields of ["password_hash", "version", "", "name,", "nope"]) {
        const refused = yield* send({ path: `/users/${idOf(1)}?fields=${fields}` })
        expect([refused.status, json(refused).errors?.[0]?.["parameter"]]).toStrictEqual([422, "fields"])
      }
    }))

  it.scoped("answers 404 for what is not there, and for what is no key", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(1))
      const missing = yield* send({ path: `/users/${idOf(2)}` })
      expect([missing.status, json(missing)["code"]]).toStrictEqual([404, "NOT_FOUND"])
      for (const id of ["1", "x", "..", "%00", "a%2Cb", idOf(1) + "0", encodeURIComponent("' or 1=1 --")]) {
        const answer = yield* send({ path: `/users/${id}` })
        expect([answer.status, answer.text]).toStrictEqual([404, missing.text])
      }
      expect((yield* send({ path: `/users/${idOf(1).toUpperCase()}` })).status).toBe(200)
      // The path is broken, or the parameter unknown: said before the key is looked at.
      expect((yield* send({ path: "/users/%zz" })).status).toBe(400)
      expect((yield* send({ path: "/users/%ff" })).status).toBe(400)
      expect((yield* send({ path: "/users/x?y=1" })).status).toBe(422)
    }))
})

describe("update", () => {
  const patch = (n: number, value: unknown, headers: Record<string, string> = {}, type = "application/json") => ({
    method: "PATCH",
    path: `/users/${idOf(n)}`,
    headers: { "content-type": type, ...headers },
    body: JSON.stringify(value)
  })

  it.scoped("knows absent, null and value", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(3))
      const one = yield* send(patch(3, { company: null }))
      expect([one.status, one.headers.etag, json(one)["company"], json(one)["points"]]).toStrictEqual([
        200,
        "\"4\"",
        null,
        "3"
      ])
      const two = yield* send(
        patch(3, { company: "New", points: 12 }, {}, "application/merge-patch+json; charset=UTF-8")
      )
      expect([two.status, two.headers.etag, json(two)["company"], json(two)["points"]]).toStrictEqual([
        200,
        "\"5\"",
        "New",
        "12"
      ])
      const bad = yield* send(patch(3, { name: null, email: "x", id: idOf(4), deleted_at: null, updated_at: null }))
      expect([bad.status, json(bad).errors?.map((error) => error["code"])]).toStrictEqual([422, [
        "not_null",
        "invalid_format",
        "read_only",
        "unknown_field",
        "read_only"
      ]])
    }))

  it.scoped("does not write an empty patch", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(3))
      const answer = yield* send(patch(3, {}))
      expect([answer.status, answer.headers.etag]).toStrictEqual([200, "\"3\""])
      expect((yield* send(patch(3, {}, { "if-match": "\"2\"" }))).status).toBe(412)
      expect((yield* send(patch(3, {}, { "if-match": "W/\"3-x\"" }))).status).toBe(200)
      expect((yield* send(patch(9, {}))).status).toBe(404)
    }))

  it.scoped("compares If-Match by version", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(3))
      const stale = yield* send(patch(3, { name: "x" }, { "if-match": "\"2\"" }))
      expect([stale.status, stale.headers.etag, json(stale)["code"]]).toStrictEqual([
        412,
        "\"3\"",
        "PRECONDITION_FAILED"
      ])
      expect((yield* send(patch(3, { name: "x" }, { "if-match": "\"nonsense\"" }))).headers.etag).toBe("\"3\"")
      for (const tag of ["3", "\"3", "W/3", "*, \"3\"", "", "\"3\" \"4\""]) {
        expect((yield* send(patch(3, { name: "x" }, { "if-match": tag }))).status).toBe(400)
      }
      expect((yield* send(patch(9, { name: "x" }, { "if-match": "*" }))).status).toBe(404)
      expect((yield* send(patch(9, { name: "x" }, { "if-match": "\"1\"" }))).status).toBe(404)
      const versions = ["\"3\"", "W/\"4\"", "\"1\", \"5\" , \"9\"", "*", "\"7-gzip\""]
      for (const [index, tag] of versions.entries()) {
        const answer = yield* send(patch(3, { name: "x" }, { "if-match": tag }))
        expect([answer.status, answer.headers.etag]).toStrictEqual([200, `"${index + 4}"`])
      }
    }))

  it.scoped("answers 204 when the client prefers no body", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(3))
      const answer = yield* send(patch(3, { name: "x" }, { prefer: "return=minimal" }))
      expect([answer.status, answer.text, answer.headers.etag]).toStrictEqual([204, "", "\"4\""])
      expect(answer.headers["preference-applied"]).toBe("return=minimal")
      expect(answer.headers["content-length"]).toBeUndefined()
      const whole = yield* send(patch(3, { name: "y" }, { prefer: "return=representation" }))
      expect([whole.status, whole.headers["preference-applied"]]).toStrictEqual([200, "return=representation"])
    }))
})

describe("delete", () => {
  it.scoped("answers 204 once, then 404", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(3))
      const path = `/users/${idOf(2)}`
      const stale = yield* send({ method: "DELETE", path, headers: { "if-match": "\"1\"" } })
      expect([stale.status, stale.headers.etag]).toStrictEqual([412, "\"2\""])
      expect((yield* send({ method: "DELETE", path: `${path}?purge=true` })).status).toBe(422)
      const gone = yield* send({ method: "DELETE", path, headers: { "if-match": "\"1\", W/\"2\"" } })
      expect([gone.status, gone.text, gone.headers["content-length"]]).toStrictEqual([204, "", undefined])
      expect((yield* send({ method: "DELETE", path })).status).toBe(404)
      expect((yield* send({ path })).status).toBe(404)
      expect((yield* send({ method: "DELETE", path, headers: { "if-match": "*" } })).status).toBe(404)
    }))
})
