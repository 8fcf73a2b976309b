import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Net from "node:net"
import * as App from "../../src/Http/App.js"
import { body, json, pair, raw, send, serve } from "./Harness.js"
import { idOf, makeUsers } from "./Users.js"

const make = (limits: Parameters<typeof makeUsers>[1] = {}) =>
  Effect.suspend(() => App.make({ resources: [makeUsers(3, limits).resource] }))
const user = { email: "a@b.org", name: "Ada" }

describe("paths and methods", () => {
  it.scoped("that do not exist are 404, a slash at the end included", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      for (
        const path of ["/", "/user", "/users/", `/users/${idOf(1)}/`, "//users", "/users//", "/USERS", "/users/a/b"]
      ) {
        const answer = yield* send({ path })
        expect([path, answer.status, json(answer)["code"]]).toStrictEqual([path, 404, "NOT_FOUND"])
        expect(answer.headers).toMatchObject({
          "content-type": "application/problem+json",
          "cache-control": "no-store"
        })
      }
    }))

  it.scoped("that do not go together are 405 with Allow", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      for (const method of ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]) {
        const answer = yield* send({ method, path: "/users" })
        expect([answer.status, answer.headers.allow]).toStrictEqual([405, "GET, HEAD, POST, OPTIONS"])
      }
      const answer = yield* send({ method: "POST", path: `/users/${idOf(1)}`, ...body(user) })
      expect([answer.status, answer.headers.allow]).toStrictEqual([405, "GET, HEAD, PATCH, DELETE, OPTIONS"])
      const options = yield* send({ method: "OPTIONS", path: "/users/whatever" })
      expect([options.status, options.text, options.headers.allow]).toStrictEqual([
        204,
        "",
        "GET, HEAD, PATCH, DELETE, OPTIONS"
      ])
      expect((yield* send({ method: "OPTIONS", path: "/users" })).headers.allow).toBe("GET, HEAD, POST, OPTIONS")
    }))

  it.scoped("beyond 8 KiB are 414", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const answer = yield* send({ path: `/users?q=${"x".repeat(8190)}` })
      expect([answer.status, json(answer)["code"]]).toStrictEqual([414, "URI_TOO_LONG"])
      expect((yield* send({ path: `/users/${"x".repeat(9000)}` })).status).toBe(414)
    }))

  it.scoped("may be given as a whole URL", () =>
    Effect.gen(function*() {
      const { node, platform } = yield* serve(yield* make())
      for (const port of [node, platform]) {
        const answer = yield* raw(
          port,
          `GET http://x.org/users/${idOf(1)} HTTP/1.1\r\nHost: x.org\r\nConnection: close\r\n\r\n`
        )
        expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      }
    }))
})

describe("media types", () => {
  it.scoped("that are not accepted are 406", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const path = `/users/${idOf(1)}`
      for (
        const accept of [
          "*/*",
          "application/json",
          "application/*;q=0.1",
          "text/html, */*;q=0.1",
          "",
          "APPLICATION/JSON"
        ]
      ) {
        expect((yield* send({ path, headers: { accept } })).status).toBe(200)
      }
      for (
        const accept of [
          "text/html",
          "application/json;q=0",
          "application/json;q=0, */*",
          "application/xml, text/*",
          "json"
        ]
      ) {
        const answer = yield* send({ path, headers: { accept } })
        expect([answer.status, json(answer)["code"]]).toStrictEqual([406, "NOT_ACCEPTABLE"])
      }
      expect((yield* send({ path: "/users", headers: { accept: "text/csv" } })).status).toBe(406)
      const write = { method: "POST", path: "/users", headers: { accept: "text/html", "content-type": "text/plain" } }
      expect((yield* send({ ...write, body: "{}" })).status).toBe(406)
    }))

  it.scoped("of bodies that are not JSON are 415", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const types: ReadonlyArray<Record<string, string>> = [
        {},
        { "content-type": "text/plain" },
        { "content-type": "application/json;charset=latin1" },
        { "content-type": "application/jsonx" },
        { "content-type": "application/x-www-form-urlencoded" },
        { "content-type": "application/merge-patch+json" },
        { "content-type": "application/json; charset" },
        { "content-type": "application/json", "content-encoding": "gzip" },
        { "content-type": "application/json", "content-encoding": "nonsense" }
      ]
      for (const headers of types) {
        const answer = yield* send({ method: "POST", path: "/users", headers, body: JSON.stringify(user) })
        expect([answer.status, json(answer)["code"]]).toStrictEqual([415, "UNSUPPORTED_MEDIA_TYPE"])
        expect(answer.headers["accept-patch"]).toBeUndefined()
      }
      const patch = yield* send({
        method: "PATCH",
        path: `/users/${idOf(1)}`,
        headers: { "content-type": "application/json-patch+json" },
        body: "[]"
      })
      expect([patch.status, patch.headers["accept-patch"]])
        .toStrictEqual([415, "application/json, application/merge-patch+json"])
      for (
        const type of ["application/json; charset=\"UTF-8\"", "Application/JSON;charset=utf-8", "application/json;"]
      ) {
        const answer = yield* send({
          method: "POST",
          path: "/users",
          headers: { "content-type": type, "content-encoding": "identity" },
          body: JSON.stringify({ ...user, email: `${type.length}@b.org` })
        })
        expect(answer.status).toBe(201)
      }
    }))
})

describe("bodies", () => {
  const post = (text: string | Uint8Array) => ({
    method: "POST",
    path: "/users",
    headers: { "content-type": "application/json" },
    body: text
  })

  it.scoped("that are not JSON are 400", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const bodies: ReadonlyArray<string | Uint8Array> = [
        "",
        "{",
        "{\"a\":1",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":1}{",
        "\"\u0001\"",
        "NaN",
        "undefined",
        "}{",
        "\"",
        "{\"email\":\"a@b.org\",\"email\":\"c@d.org\"}",
        "{\"email\":\"a@b.org\",\"\\u0065mail\":\"c@d.org\"}",
        new Uint8Array([0x22, 0xff, 0x22]),
        new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]),
        new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])
      ]
      for (const text of bodies) {
        const answer = yield* send(post(text))
        expect([text, answer.status, json(answer)["code"]]).toStrictEqual([text, 400, "MALFORMED_REQUEST"])
      }
    }))

  it.scoped("nested too deeply, or of too many tokens, are 400 at once", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const nested = (depth: number) => `{"company":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`
      expect((yield* send(post(nested(32)))).status).toBe(422)
      expect((yield* send(post(nested(33)))).status).toBe(400)
      for (const text of ["[".repeat(200_000), "{\"a\":".repeat(150_000), nested(200_000)]) {
        const start = performance.now()
        expect((yield* send(post(text))).status).toBe(400)
        expect(performance.now() - start).toBeLessThan(2000)
      }
      const numbers = (count: number) => `{"company":[${Array.from({ length: count }, () => 1).join(",")}]}`
      expect((yield* send(post(numbers(4997)))).status).toBe(422)
      expect((yield* send(post(numbers(5000)))).status).toBe(400)
    }))

  it.scoped("of 12 MB are 413, whether they say their length or not, and the connection closes", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const large = "x".repeat(12 * 1024 * 1024)
      for (const headers of [{ "content-length": large.length }, { "transfer-encoding": "chunked" }]) {
        const answer = yield* send({
          method: "POST",
          path: "/users",
          headers: { "content-type": "application/json", ...headers },
          body: large
        })
        expect([answer.status, json(answer)["code"]]).toStrictEqual([413, "PAYLOAD_TOO_LARGE"])
        expect(answer.headers.connection).toBe("close")
      }
      const exact = JSON.stringify({ ...user, name: "" })
      const fits = `${exact}${" ".repeat(1024 * 1024 - exact.length)}`
      expect((yield* send(post(fits))).status).toBe(422)
      expect((yield* send(post(`${fits} `))).status).toBe(413)
    }))

  it.scoped("that say a length beyond the bound are 413 before they are sent", () =>
    Effect.gen(function*() {
      const { node, platform } = yield* serve(yield* make())
      for (const port of [node, platform]) {
        const answer = yield* raw(
          port,
          "POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n",
          3000
        )
        expect(answer).toMatch(/^HTTP\/1\.1 413 /)
        expect(answer).toContain("PAYLOAD_TOO_LARGE")
      }
    }))

  it.scoped("that come too slowly are 408", () =>
    Effect.gen(function*() {
      const { node, platform } = yield* serve(yield* make({ bodyTimeout: 200 }))
      for (const port of [node, platform]) {
        const start = performance.now()
        const answer = yield* raw(
          port,
          "POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a",
          3000
        )
        expect(answer).toMatch(/^HTTP\/1\.1 408 /)
        expect(answer).toContain("REQUEST_TIMEOUT")
        expect(answer.toLowerCase()).toContain("connection: close")
        expect(performance.now() - start).toBeLessThan(2900)
      }
    }))

  it.scoped("cut off by a client that leaves end the request, and nothing else", () =>
    Effect.gen(function*() {
      const { node, platform } = yield* serve(yield* make())
      for (const port of [node, platform]) {
        yield* Effect.async<void>((resume) => {
          const socket = Net.connect(port, "127.0.0.1", () => {
            socket.write(
              "POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
            )
            setTimeout(() => {
              socket.destroy()
              resume(Effect.void)
            }, 50)
          })
        })
        expect((yield* send(port, { path: `/users/${idOf(1)}` })).status).toBe(200)
      }
    }))
})

describe("smuggling", () => {
  it.scoped("two ways of saying the length are refused and the connection ends", () =>
    Effect.gen(function*() {
      const { node, platform } = yield* serve(yield* make())
      const head = "POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      const second = "GET /users HTTP/1.1\r\nHost: x\r\n\r\n"
      for (const port of [node, platform]) {
        for (
          const bad of [
            `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
            `Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
            `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${second}`,
            `Content-Length : 2\r\n\r\n{}`,
            `X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}${second}`
          ]
        ) {
          const answer = yield* raw(port, head + bad)
          expect(answer.match(/HTTP\/1\.1 2/g)).toBeNull()
        }
      }
    }))

  it.scoped("a header cannot be made by what a client sends", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const answer = yield* send({ path: "/users?limit=1&q=user%0d%0aX-Evil:%201", headers: { "x-request-id": "a b" } })
        .pipe(
          Effect.catchAllDefect(() => Effect.succeed(undefined))
        )
      expect(answer?.headers["x-evil"]).toBeUndefined()
    }))
})

describe("identity", () => {
  it.scoped("is the client's where it is plain, else a new one", () =>
    Effect.gen(function*() {
      const { node, platform } = yield* serve(yield* make())
      for (const port of [node, platform]) {
        for (const id of ["abc-123", "A.b_c~d:e/f+g=h@i", "x".repeat(128)]) {
          const answer = yield* send(port, { path: "/nope", headers: { "x-request-id": id } })
          expect(answer.headers["x-request-id"]).toBe(id)
          expect(json(answer)["instance"]).toBe(`urn:uuid:${id}`)
        }
        for (const id of ["x".repeat(129), "a b", "a\tb", "<a>", "\"a\""]) {
          const answer = yield* send(port, { path: "/nope", headers: { "x-request-id": id } })
          expect(answer.headers["x-request-id"]).toMatch(
            /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
          )
          expect(json(answer)["instance"]).toBe(`urn:uuid:${answer.headers["x-request-id"]}`)
        }
      }
    }))

  it.scoped("of a trace is repeated where it is valid", () =>
    Effect.gen(function*() {
      const send = yield* pair(make)
      const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
      const of = (traceparent: string) =>
        Effect.map(send({ path: "/nope", headers: { traceparent } }), (answer) => json(answer)["trace_id"])
      expect(yield* of(`00-${trace}-00f067aa0ba902b7-01`)).toBe(trace)
      expect(yield* of(`cc-${trace}-00f067aa0ba902b7-01-more`)).toBe(trace)
      for (
        const bad of [
          `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`,
          `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
          `00-${trace}-${"0".repeat(16)}-01`,
          `ff-${trace}-00f067aa0ba902b7-01`,
          `00-${trace}-00f067aa0ba902b7-01-more`,
          "x"
        ]
      ) {
        expect(yield* of(bad)).toBeUndefined()
      }
    }))
})
