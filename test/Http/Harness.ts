// An application on real sockets, by both adapters, and clients that send what they are told to.
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as NodeHttp from "node:http"
import type { AddressInfo } from "node:net"
import * as Net from "node:net"
import * as App from "../../src/Http/App.js"
import * as NodeAdapter from "../../src/Http/NodeAdapter.js"

export interface Served {
  readonly node: number
  readonly platform: number
}

const listen = (handler: NodeAdapter.Handler): Effect.Effect<number, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<NodeHttp.Server>((resume) => {
        const server = NodeHttp.createServer({ maxHeaderSize: 16 * 1024, keepAliveTimeout: 65_000 }, handler)
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    ),
    (server) => (server.address() as AddressInfo).port
  )

export const serve = (app: App.App): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.gen(function*() {
    const parts = App.partsOf(app)!
    const otherwise = parts.fallthrough === undefined
      ? undefined
      : yield* NodeHttpServer.makeHandler(parts.fallthrough)
    const node = yield* listen(NodeAdapter.handler(parts.dispatcher, otherwise))
    const platform = yield* listen(yield* NodeHttpServer.makeHandler(app))
    return { node, platform }
  })

export interface Sent {
  readonly method?: string
  readonly path: string
  readonly headers?: NodeHttp.OutgoingHttpHeaders
  readonly body?: string | Uint8Array
}

export interface Received {
  readonly status: number
  readonly headers: NodeHttp.IncomingHttpHeaders
  readonly text: string
}

/** Any body of ours: a page, an item or a problem. */
export interface Content {
  readonly [property: string]: unknown
  readonly items: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly next: string | null
  readonly errors?: ReadonlyArray<Readonly<Record<string, string>>>
}

export const json = (received: Received): Content => JSON.parse(received.text)

export const send = (port: number, sent: Sent): Effect.Effect<Received> =>
  Effect.async<Received>((resume) => {
    const request = NodeHttp.request({
      host: "127.0.0.1",
      port,
      method: sent.method ?? "GET",
      path: sent.path,
      headers: {
        ...(sent.body === undefined || sent.headers?.["transfer-encoding"] !== undefined
          ? {}
          : { "content-length": Buffer.byteLength(sent.body) }),
        ...sent.headers
      },
      agent: false
    })
    let answered = false
    request.on("response", (response) => {
      answered = true
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () =>
        resume(Effect.succeed({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8")
        })))
      response.on("error", (error) => resume(Effect.die(error)))
    })
    request.on("error", (error) => {
      if (!answered) resume(Effect.die(error))
    })
    request.end(sent.body)
    return Effect.sync(() => request.destroy())
  })

/** A JSON body of this media type. */
export const body = (value: unknown, type = "application/json") => ({
  headers: { "content-type": type },
  body: JSON.stringify(value)
})

/** Bytes on a socket, and all that comes back until the other side closes or nothing comes for a while. */
export const raw = (port: number, bytes: string | Uint8Array, quietMillis = 300): Effect.Effect<string> =>
  Effect.async<string>((resume) => {
    const socket = Net.connect(port, "127.0.0.1")
    const chunks: Array<Buffer> = []
    const done = () => {
      socket.destroy()
      resume(Effect.succeed(Buffer.concat(chunks).toString("latin1")))
    }
    socket.setTimeout(quietMillis, done)
    socket.on("connect", () => socket.write(bytes))
    socket.on("data", (chunk) => chunks.push(chunk))
    socket.on("close", done)
    socket.on("error", done)
  })

/** The same request to both adapters, each with an application of its own; what they answer must be the same, byte for byte. */
export const pair = (
  make: () => Effect.Effect<App.App>
): Effect.Effect<(sent: Sent) => Effect.Effect<Received>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { node } = yield* serve(yield* make())
    const { platform } = yield* serve(yield* make())
    return (sent) =>
      Effect.gen(function*() {
        const same = { ...sent, headers: { "x-request-id": "0b8f1c2e-0000-4000-8000-000000000000", ...sent.headers } }
        const one = yield* send(node, same)
        const other = yield* send(platform, same)
        const { date: _, ...headers } = one.headers
        const { date: __, ...otherHeaders } = other.headers
        expect({ ...other, headers: otherHeaders }).toStrictEqual({ ...one, headers })
        return one
      })
  })

/** One application: reads go to both adapters and must agree, writes take turns. */
export const shared = (app: App.App): Effect.Effect<(sent: Sent) => Effect.Effect<Received>, never, Scope.Scope> =>
  Effect.map(serve(app), ({ node, platform }) => {
    let turn = 0
    return (sent) =>
      Effect.gen(function*() {
        if (sent.method !== undefined && sent.method !== "GET")
          return yield* send(turn++ % 2 === 0 ? node : platform, sent)
        const same = { ...sent, headers: { "x-request-id": "one", ...sent.headers } }
        const one = yield* send(node, same)
        const other = yield* send(platform, same)
        expect(other.text).toBe(one.text)
        return one
      })
  })
