// Whatever arrives: never a 5xx, never silence, never an answer that is not ours, and the server goes on.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as App from "../../src/Http/App.js"
import { raw, send, serve } from "./Harness.js"
import { idOf, makeUsers } from "./Users.js"

const make = Effect.suspend(() => App.make({ resources: [makeUsers(5).resource] }))

const runs = 300
const codes = new Set(
  [200, 201, 204, 304, 400, 404, 405, 406, 408, 409, 412, 413, 414, 415, 422, 431].map(String)
)
const statusOf = (answer: string) => /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]

const names = fc.constantFrom(
  "limit",
  "offset",
  "cursor",
  "q",
  "search_fields",
  "order_by",
  "fields",
  "count",
  "name",
  "name__in",
  "points__gt",
  "company__null",
  "__proto__",
  "constructor"
)
const escaped = fc.string({ unit: "binary", maxLength: 12 }).map((text) =>
  encodeURIComponent(text.replace(/\p{Cs}/gu, ""))
)
const value = fc.oneof(
  escaped,
  fc.stringMatching(/^[\x21\x24-\x7e]{0,12}$/),
  fc.stringMatching(/^[%0-9a-fA-F,.\\-]{0,12}$/),
  fc.integer().map(String)
)
const target = fc.oneof(
  fc.tuple(fc.array(fc.tuple(fc.oneof(names, escaped), value), { maxLength: 4 })).map(([pairs]) =>
    `/users?${pairs.map(([name, text]) => `${name}=${text}`).join("&")}`
  ),
  value.map((text) => `/users/${text.replaceAll("?", "")}`),
  fc.stringMatching(/^\/[\x21-\x7e]{0,40}$/)
)
const json = fc.oneof(
  fc.json(),
  fc.dictionary(
    fc.oneof(
      fc.constantFrom("email", "name", "company", "points", "born", "id", "version", "__proto__", "constructor"),
      fc.string({ unit: "binary" })
    ),
    fc.jsonValue(),
    { maxKeys: 6 }
  ).map((record) => JSON.stringify(record)),
  fc.string({ unit: "binary" })
)

describe("arbitrary", () => {
  it.scopedLive("targets are answered with 2xx, 3xx or 4xx", () =>
    Effect.gen(function*() {
      const { node, platform } = yield* serve(yield* make)
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(target, fc.constantFrom("GET", "HEAD", "DELETE", "OPTIONS"), async (path, method) => {
            for (const port of [node, platform]) {
              const answer = await Effect.runPromise(
                raw(port, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 5000)
              )
              expect(codes, `${method} ${path}`).toContain(statusOf(answer))
            }
          }),
          { numRuns: runs }
        )
      )
    }), 120_000)

  it.scopedLive("bodies are answered with 2xx or 4xx", () =>
    Effect.gen(function*() {
      const { node, platform } = yield* serve(yield* make)
      const request = fc.record({
        body: fc.oneof(json, fc.uint8Array({ maxLength: 200 })),
        method: fc.constantFrom("POST", "PATCH"),
        type: fc.constantFrom("application/json", "application/merge-patch+json", "application/json; charset=utf-8")
      })
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(request, async ({ body, method, type }) => {
            for (const port of [node, platform]) {
              const answer = await Effect.runPromise(send(port, {
                method,
                path: method === "POST" ? "/users" : `/users/${idOf(1)}`,
                headers: { "content-type": type },
                body
              }))
              expect(codes).toContain(String(answer.status))
              if (answer.status >= 400) {
                expect(answer.headers["content-type"]).toBe("application/problem+json")
                expect(JSON.parse(answer.text)).toMatchObject({ status: answer.status })
              }
            }
          }),
          { numRuns: runs }
        )
      )
    }), 120_000)

  it.scopedLive("headers are answered with 2xx, 3xx or 4xx", () =>
    Effect.gen(function*() {
      const { node, platform } = yield* serve(yield* make)
      const text = fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,30}$/)
      const tags = fc.stringMatching(/^[W/"*, 0-9a-z-]{0,20}$/)
      const request = fc.record({
        accept: fc.oneof(text, fc.stringMatching(/^[a-z*/;=,q.01" ]{0,30}$/)),
        "if-match": tags,
        "if-none-match": tags,
        prefer: text,
        "x-request-id": text,
        traceparent: fc.oneof(text, fc.stringMatching(/^[0-9a-f-]{55}$/)),
        "content-type": text,
        "content-encoding": text
      }, { requiredKeys: [] })
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(request, fc.constantFrom("GET", "PATCH", "DELETE"), async (headers, method) => {
            for (const port of [node, platform]) {
              const answer = await Effect.runPromise(send(port, {
                method,
                path: `/users/${idOf(2)}`,
                headers,
                ...(method === "PATCH" ? { body: "{}" } : {})
              }))
              expect(codes).toContain(String(answer.status))
            }
          }),
          { numRuns: runs }
        )
      )
    }), 120_000)

  it.scopedLive(
    "bytes on the socket end in an answer or a closed connection, and the next request is served",
    () =>
      Effect.gen(function*() {
        const { node } = yield* serve(yield* make)
        const line = fc.oneof(
          fc.constantFrom("GET /users HTTP/1.1", "POST /users HTTP/1.1", "GET /users HTTP/9.9", "Host: x", "", "0"),
          fc.constantFrom(
            "Content-Length: 5",
            "Content-Length: -1",
            "Transfer-Encoding: chunked",
            "Expect: 100-continue"
          ),
          fc.string({ unit: "binary", maxLength: 20 })
        )
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
              const answer = await Effect.runPromise(raw(node, Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), 50))
              expect(answer).not.toMatch(/HTTP\/1\.1 5/)
            }),
            { numRuns: 60 }
          )
        )
        expect((yield* send(node, { path: "/users" })).status).toBe(200)
      }),
    120_000
  )
})
