/**
 * A node:http server around a request handler: bounded in time and size, with an orderly end. Closing its scope answers health
 * with 503, stops accepting, lets requests under way finish within the grace period, then closes every connection. Provide the
 * database's layer below the server's, so that pools close after it.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import * as NodeHttp from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import * as App from "./App.js"
import { Draining } from "./Draining.js"
import * as NodeAdapter from "./NodeAdapter.js"
import * as Problem from "./Problem.js"
import { fromCode, ServeError } from "./ServeError.js"
import * as Malformed from "./server/Malformed.js"

export { Draining, ServeError }

/**
 * How to listen, how long to wait.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServeOptions {
  /** Default: 3000. 0 takes any free port. */
  readonly port?: number
  /** Name or address to listen on. Default: `127.0.0.1`; `0.0.0.0` or `::` for all interfaces. */
  readonly host?: string
  /** For requests under way when the server stops. Default: 10 seconds. */
  readonly gracePeriod?: Duration.DurationInput
  /** Between health answering 503 and the end of accepting, for load balancers to notice. Default: none. */
  readonly drainDelay?: Duration.DurationInput
  /** For the head of a request to arrive. Default: 10 seconds. */
  readonly headersTimeout?: Duration.DurationInput
  /** For a whole request to arrive. Default: 30 seconds. */
  readonly requestTimeout?: Duration.DurationInput
  /** Between two requests of a connection. Default: 65 seconds, more than the 60 of common load balancers. */
  readonly keepAliveTimeout?: Duration.DurationInput
  /** Bytes of a request's head. Default: 16 KiB. */
  readonly maxHeaderSize?: number
  /** Log each answer: method, path, status, milliseconds. Default: false. */
  readonly accessLog?: boolean
}

/**
 * A server that listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listening {
  readonly host: string
  readonly port: number
  /** Where a browser on this machine finds it: `http://127.0.0.1:3000`. */
  readonly url: string
}

const millis = (given: Duration.DurationInput | undefined, otherwise: Duration.DurationInput): number =>
  Duration.toMillis(given ?? otherwise)

/**
 * Listens until the scope closes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const listen = (
  handler: NodeAdapter.Handler,
  options: ServeOptions = {}
): Effect.Effect<Listening, ServeError, Scope.Scope> =>
  Effect.gen(function*() {
    const { host = "127.0.0.1", port = 3000 } = options
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      return yield* fromCode("ERR_SOCKET_BAD_PORT", port, host)
    }
    const runtime = yield* Effect.runtime<never>()
    const draining = yield* Draining
    const log = (effect: Effect.Effect<void>) => void Runtime.runFork(runtime)(effect)
    const connections = makeConnections(options, handler, log)
    const { server } = connections
    yield* Effect.acquireRelease(
      startListening(server, port, host),
      () =>
        Effect.gen(function*() {
          draining.current = true
          yield* Effect.sleep(options.drainDelay ?? 0)
          yield* stop(connections, millis(options.gracePeriod, "10 seconds"))
        })
    )
    server.on("error", (error) => log(Effect.logError(`http: the server reports ${error.message}`)))
    // Listening on a host and port, the address is no string (a pipe's name) and not null.
    const address = server.address() as AddressInfo
    const name = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host
    return { host, port: address.port, url: `http://${name}:${address.port}` }
  })

/**
 * Builds an application and serves it: its health route learns of this server's end. An app of `App.make` is served without the
 * platform in between; one that a middleware of the platform was put around is served by the platform, with all of it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const serve = <E, R>(
  app: Effect.Effect<HttpApp.Default, E, R>,
  options?: ServeOptions
): Effect.Effect<Listening, E | ServeError, R | Scope.Scope> =>
  Effect.suspend(() =>
    app.pipe(
      Effect.flatMap(handlerOf),
      Effect.flatMap((handler) => listen(handler, options)),
      Effect.provideService(Draining, { current: false })
    )
  )

/**
 * `serve` as a layer. Provide the database to it (`Layer.provide`), then pools close after the server.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <E, R>(
  app: Effect.Effect<HttpApp.Default, E, R>,
  options?: ServeOptions
): Layer.Layer<never, E | ServeError, Exclude<R, Scope.Scope>> => Layer.scopedDiscard(serve(app, options))

/**
 * The handler of an application for node:http, for a server of one's own.
 *
 * @since 0.1.0
 * @category conversions
 */
export const handlerOf = (app: HttpApp.Default): Effect.Effect<NodeAdapter.Handler> => {
  const parts = App.partsOf(app)
  if (parts === undefined) return platformHandler(app)
  return parts.fallthrough === undefined
    ? Effect.succeed(NodeAdapter.handler(parts.dispatcher))
    : Effect.map(platformHandler(parts.fallthrough), (rest) => NodeAdapter.handler(parts.dispatcher, rest))
}

/** Loaded only where it is needed: with its HTTP client and web sockets the module costs a third of a second. */
const platformHandler = (app: HttpApp.Default): Effect.Effect<NodeAdapter.Handler> =>
  Effect.flatMap(
    Effect.promise(() => import("@effect/platform-node/NodeHttpServer")),
    (NodeHttpServer) => NodeHttpServer.makeHandler(app)
  )

// ── the server ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface Connections {
  readonly server: NodeHttp.Server
  /** Answers under way. */
  readonly open: Set<NodeHttp.ServerResponse>
}

const makeConnections = (
  options: ServeOptions,
  handler: NodeAdapter.Handler,
  log: (effect: Effect.Effect<void>) => void
): Connections => {
  const open = new Set<NodeHttp.ServerResponse>()
  const latest = new WeakMap<Duplex, Malformed.Exchange>()
  const server = NodeHttp.createServer({
    maxHeaderSize: options.maxHeaderSize ?? 16 * 1024,
    headersTimeout: millis(options.headersTimeout, "10 seconds"),
    requestTimeout: millis(options.requestTimeout, "30 seconds"),
    keepAliveTimeout: millis(options.keepAliveTimeout, "65 seconds"),
    // Node looks at both timeouts every 30 s by default, so that 10 s would be 40.
    connectionsCheckingInterval: 1000,
    // Node's own answer to a missing Host has no body; see faultOfRequest.
    requireHostHeader: false
  })
  server.on("request", (request, response) => {
    open.add(response)
    latest.set(request.socket, { request, response })
    response.once("close", () => open.delete(response))
    if (!server.listening) response.shouldKeepAlive = false
    if (options.accessLog === true) logAccess(request, response, log)
    const fault = Malformed.faultOfRequest(request)
    if (fault !== undefined) return refuse(response, fault)
    handler(request, response)
  })
  server.on(
    "clientError",
    Malformed.onClientError(describe, (socket) => {
      const exchange = latest.get(socket)
      return exchange?.response.writableFinished === false ? exchange : undefined
    })
  )
  return { server, open }
}

const describe: Malformed.Describe = (fault, requestId) => Problem.text(Problem.ofStatus(fault), requestId)

const refuse = (response: NodeHttp.ServerResponse, fault: 400 | 414): void => {
  const requestId = randomUUID()
  const body = describe(fault, requestId)
  response.writeHead(fault, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-request-id": requestId,
    "x-content-type-options": "nosniff",
    connection: "close"
  })
  response.end(body)
}

const logAccess = (
  request: NodeHttp.IncomingMessage,
  response: NodeHttp.ServerResponse,
  log: (effect: Effect.Effect<void>) => void
): void => {
  const started = performance.now()
  // The query is left out: it may hold what people search for.
  const path = (request.url ?? "").split("?", 1)[0] ?? ""
  response.once("close", () => {
    const status = response.writableFinished ? response.statusCode : 499
    const took = Math.round(performance.now() - started)
    log(
      Effect.logInfo(`${request.method} ${path} ${status} ${took} ms`).pipe(
        Effect.annotateLogs("request_id", String(response.getHeader("x-request-id") ?? ""))
      )
    )
  })
}

const startListening = (server: NodeHttp.Server, port: number, host: string): Effect.Effect<void, ServeError> =>
  Effect.async((resume) => {
    const onError = (error: NodeJS.ErrnoException) => resume(Effect.fail(fromCode(error.code, port, host)))
    server.once("error", onError)
    server.listen({ port, host }, () => {
      server.off("error", onError)
      resume(Effect.void)
    })
    return Effect.sync(() => {
      server.on("error", () => {})
      server.close()
    })
  })

/** How long connections that are neither idle nor answering (a head half sent) may hold up the end. */
const straggle = 250

const stop = ({ open, server }: Connections, graceMs: number): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const timers: Array<NodeJS.Timeout> = []
    const destroy = () => server.closeAllConnections()
    server.close(() => {
      timers.forEach(clearTimeout)
      resume(Effect.void)
    })
    for (const response of open) if (!response.headersSent) response.shouldKeepAlive = false
    // Interval: an answer that had begun before keeps its connection alive.
    const sweep = setInterval(() => {
      if (open.size > 0) return server.closeIdleConnections()
      clearInterval(sweep)
      server.closeIdleConnections()
      timers.push(setTimeout(destroy, straggle))
    }, 20)
    timers.push(sweep, setTimeout(destroy, graceMs))
  })
