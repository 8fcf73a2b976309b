import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as http from "node:http"
import * as net from "node:net"
import * as App from "../../src/Http/App.js"
import { Draining } from "../../src/Http/Draining.js"
import type { Handler } from "../../src/Http/NodeAdapter.js"
import type { Reply, Route } from "../../src/Http/Route.js"
import * as Server from "../../src/Http/Server.js"
import { eventually, pause } from "../support/Eventually.js"

const ok: Handler = (_request, response) => response.end("ok")

/** Sends raw bytes and reads until the server closes the connection. */
const raw = (port: number, text: string, pieces = 1): Effect.Effect<string> =>
  Effect.async((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    let answer = ""
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")))
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(answer)))
    const size = Math.ceil(text.length / pieces)
    for (let at = 0; at < text.length; at += size) socket.write(text.slice(at, at + size))
    return Effect.sync(() => socket.destroy())
  })

/** A request over an agent of its own; `undefined` when the connection ended without an answer. */
const request = (
  port: number,
  path: string,
  options: http.RequestOptions = {}
): Effect.Effect<
  { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly body: string } | undefined
> =>
  Effect.async((resume) => {
    const sent = http.request({ port, host: "127.0.0.1", path, agent: false, ...options }, (response) => {
      let body = ""
      response.on("data", (chunk) => (body += chunk))
      response.on("error", () => resume(Effect.succeed(undefined)))
      response.on("end", () =>
        resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, body })))
    })
    sent.on("error", () =>
      resume(Effect.succeed(undefined)))
    sent.end()
    return Effect.sync(() => sent.destroy())
  })

const route = (pattern: string, reply: () => Reply): Route<never> => ({
  method: "GET",
  pattern,
  handle: () => Effect.sync(reply)
})

const problemOf = (answer: string): { readonly status: number; readonly code: string; readonly instance: string } =>
  JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4))

describe("Server", () => {
  it.scopedLive("answers on a free port and tells where", () =>
    Effect.gen(function*() {
      const { host, port, url } = yield* Server.listen(ok, { port: 0 })
      expect(host).toBe("127.0.0.1")
      expect(url).toBe(`http://127.0.0.1:${port}`)
      expect((yield* request(port, "/"))?.body).toBe("ok")
    }))

  it.scopedLive("leaves other paths to a platform app, and serves all of one that was wrapped", () =>
    Effect.gen(function*() {
      const rest = HttpRouter.empty.pipe(
        HttpRouter.get("/other", Effect.succeed(HttpServerResponse.text("platform"))),
        Effect.catchAllCause(() => Effect.succeed(HttpServerResponse.empty({ status: 404 })))
      )
      const own = route("/own", () => ({ status: 200, headers: {}, body: "own" }))
      const app = App.make({ resources: [], routes: [own], fallthrough: rest })
      const { port } = yield* Server.serve(app, { port: 0 })
      expect((yield* request(port, "/own"))?.body).toBe("own")
      expect((yield* request(port, "/other"))?.body).toBe("platform")
      expect((yield* request(port, "/none"))?.status).toBe(404)
      const wrapped = Effect.map(app, (inner) => Effect.map(inner, HttpServerResponse.setHeader("x-wrapped", "yes")))
      const again = yield* Server.serve(wrapped, { port: 0 })
      const answer = yield* request(again.port, "/own")
      expect(answer?.body).toBe("own")
      expect(answer?.headers["x-wrapped"]).toBe("yes")
    }))

  it.scopedLive("a port that is taken is an error that says so", () =>
    Effect.gen(function*() {
      const { port } = yield* Server.listen(ok, { port: 0 })
      const error = yield* Effect.flip(Server.listen(ok, { port }))
      expect(error).toMatchObject({ _tag: "ServeError", reason: "address_in_use", port, host: "127.0.0.1" })
      expect(error.message).toContain(`127.0.0.1:${port} is taken`)
      expect(error.message).not.toContain("\n")
    }))

  it.scopedLive.each([-1, 65_536, 1.5, Number.NaN])(
    "port %s is refused before anything listens",
    (port) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Server.listen(ok, { port }))
        expect(error.reason).toBe("invalid_port")
      })
  )

  it.scopedLive("an address that is not this machine's is an error", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Server.listen(ok, { port: 0, host: "192.0.2.1" }))
      expect(error.reason).toBe("address_not_available")
    }))

  it.scopedLive.each<readonly [string, string]>([
    ["garbage", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"],
    ["a broken header", "GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n"],
    ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    [
      "length and chunks",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ],
    ["no host", "GET / HTTP/1.1\r\n\r\n"]
  ])("malformed HTTP is 400 with a problem: %s", ([, text]) =>
    Effect.gen(function*() {
      const { port } = yield* Server.listen(ok, { port: 0 })
      const answer = yield* raw(port, text)
      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
      expect(answer).toContain("application/problem+json")
      expect(answer.toLowerCase()).toContain("connection: close")
      expect(problemOf(answer)).toMatchObject({ status: 400, code: "MALFORMED_REQUEST" })
      expect((yield* request(port, "/"))?.status).toBe(200)
    }))

  it.scopedLive("headers beyond 16 KiB are 431", () =>
    Effect.gen(function*() {
      const { port } = yield* Server.listen(ok, { port: 0 })
      const answer = yield* raw(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${"a".repeat(20_000)}\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 431 /)
      expect(problemOf(answer)).toMatchObject({ status: 431, code: "HEADERS_TOO_LARGE" })
    }))

  it.scopedLive.each([9000, 30_000, 200_000])("a URL of %s bytes is 414", (size) =>
    Effect.gen(function*() {
      const { port } = yield* Server.listen(ok, { port: 0 })
      const answer = yield* raw(port, `GET /${"a".repeat(size)} HTTP/1.1\r\nHost: x\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 414 /)
      expect(problemOf(answer)).toMatchObject({ status: 414, code: "URI_TOO_LONG" })
    }))

  it.scopedLive("a head that does not come is 408 and frees the connection", () =>
    Effect.gen(function*() {
      const { port } = yield* Server.listen(ok, { port: 0, headersTimeout: 300, requestTimeout: 600 })
      const answer = yield* raw(port, "GET / HTTP/1.1\r\nHost:")
      expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    }))

  it.scopedLive("closing lets requests under way finish, then refuses new ones", () =>
    Effect.gen(function*() {
      const arrived = yield* Deferred.make<http.ServerResponse>()
      const scope = yield* Scope.make()
      const { port } = yield* Scope.extend(
        Server.listen((request, response) => {
          if (request.url === "/slow") Effect.runSync(Deferred.succeed(arrived, response))
          else response.end()
        }, { port: 0 }),
        scope
      )
      const answer = yield* Effect.fork(request(port, "/slow", { agent: new http.Agent({ keepAlive: true }) }))
      const response = yield* Deferred.await(arrived)
      const closed = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* eventually(request(port, "/new"), (answered) => answered === undefined)
      yield* pause(100)
      response.end("finished")
      const finished = yield* answer
      expect(finished?.body).toBe("finished")
      expect(finished?.headers.connection).toBe("close")
      yield* closed
    }))

  it.scopedLive("closing does not wait for idle connections that are kept alive", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { port } = yield* Scope.extend(Server.listen(ok, { port: 0 }), scope)
      const agent = new http.Agent({ keepAlive: true })
      yield* request(port, "/", { agent })
      yield* Effect.acquireRelease(
        Effect.sync(() => net.connect(port, "127.0.0.1")),
        (socket) => Effect.sync(() => socket.destroy())
      )
      const started = Date.now()
      yield* Scope.close(scope, Exit.void)
      expect(Date.now() - started).toBeLessThan(2000)
      agent.destroy()
    }))

  it.scopedLive("a request that outlives the grace period is cut off", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { port } = yield* Scope.extend(Server.listen(() => {}, { port: 0, gracePeriod: 200 }), scope)
      const answer = yield* Effect.fork(request(port, "/never"))
      yield* pause(100)
      const started = Date.now()
      yield* Scope.close(scope, Exit.void)
      expect(Date.now() - started).toBeGreaterThan(150)
      expect(Date.now() - started).toBeLessThan(3000)
      expect(yield* answer).toBeUndefined()
    }))

  it.scopedLive("health learns of the end before the server stops accepting", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const app = Effect.flatMap(Draining, (draining) =>
        App.make({
          resources: [],
          routes: [route("/", () => ({ status: draining.current ? 503 : 200, headers: {}, body: undefined }))]
        }))
      const { port } = yield* Scope.extend(Server.serve(app, { port: 0, drainDelay: 1500 }), scope)
      expect((yield* request(port, "/"))?.status).toBe(200)
      const closed = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* eventually(request(port, "/"), (answered) => answered?.status === 503, 1200)
      yield* closed
      expect(yield* request(port, "/")).toBeUndefined()
    }))

  it.scopedLive("a pipelined request that is malformed does not spoil the answer before it", () =>
    Effect.gen(function*() {
      const { port } = yield* Server.listen(
        (_, response) => {
          response.write("begun ")
          setTimeout(() => response.end("ended"), 100)
        },
        { port: 0 }
      )
      const answer = yield* raw(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n")
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
      expect(answer).toMatch(/^HTTP\/1\.1 200/)
      expect(answer).toContain("ended")
    }))

  it.scopedLive("a body that turns out malformed is 400 when the answer has not begun", () =>
    Effect.gen(function*() {
      const { port } = yield* Server.listen((request) => request.resume(), { port: 0 })
      const answer = yield* raw(port, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    }))
})
