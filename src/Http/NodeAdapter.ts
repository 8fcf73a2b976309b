/**
 * Serves an application on node:http, without `@effect/platform` in between: one fiber, one `writeHead`, one `end` per request.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Dispatcher from "./Dispatcher.js"
import * as NodeBody from "./NodeBody.js"
import * as Conditions from "./request/Conditions.js"
import type { BodyError, Reply, Request } from "./Route.js"

/**
 * Answers a request of node:http.
 *
 * @since 0.1.0
 * @category models
 */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void

const lingerMillis = 1000

/**
 * The path and the query of a request target, which may be a whole URL (RFC 9112, 3.2.2).
 *
 * @since 0.1.0
 * @category decoding
 */
export const target = (url: string): { readonly path: string; readonly query: string } => {
  const local = url.startsWith("/") ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "")
  const mark = local.indexOf("?")
  return mark === -1 ? { path: local, query: "" } : { path: local.slice(0, mark), query: local.slice(mark + 1) }
}

class NodeRequest implements Request {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly query: string
  constructor(readonly source: IncomingMessage) {
    this.id = Conditions.requestId(this.header("x-request-id")) ?? randomUUID()
    this.method = source.method ?? "GET"
    const { path, query } = target(source.url ?? "/")
    this.path = path
    this.query = query
  }
  header(name: string): string | undefined {
    const value = this.source.headers[name]
    return typeof value === "string" ? value : value?.join(", ")
  }
  body(maxBytes: number, timeoutMillis?: number): Effect.Effect<Uint8Array, BodyError> {
    return NodeBody.read(this.source, maxBytes, timeoutMillis)
  }
}

/**
 * The handler of an application. Paths that are not its own go to `otherwise`, if there is one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const handler = (dispatcher: Dispatcher.Dispatcher, otherwise?: Handler): Handler => (source, response) => {
  const request = new NodeRequest(source)
  const effect = dispatcher.dispatch(request)
  if (effect === undefined) {
    if (otherwise !== undefined) otherwise(source, response)
    else write(request, dispatcher.notFound(request), response, Runtime.defaultRuntime)
    return
  }
  if (Exit.isExit(effect) && Exit.isSuccess(effect)) {
    // Answered without any work: no fiber. The exit is the effect itself, so its value is the reply.
    write(request, effect.value as Reply, response, Runtime.defaultRuntime)
    return
  }
  const runtime = dispatcher.runtime()
  const fiber = Runtime.runFork(runtime, effect)
  let late = false
  const timer = setTimeout(() => {
    late = true
    fiber.unsafeInterruptAsFork(FiberId.none)
  }, dispatcher.timeout)
  const onClose = () => fiber.unsafeInterruptAsFork(FiberId.none)
  response.on("close", onClose)
  fiber.addObserver((exit) => {
    clearTimeout(timer)
    response.off("close", onClose)
    if (Exit.isSuccess(exit)) write(request, exit.value, response, runtime)
    else if (late) write(request, dispatcher.timedOut(request), response, runtime)
    else if (!(Cause.isInterruptedOnly(exit.cause) && response.destroyed)) {
      const { log, reply } = dispatcher.failed(request, exit.cause)
      Runtime.runFork(runtime, log)
      write(request, reply, response, runtime)
    }
  })
}

const write = (
  request: NodeRequest,
  reply: Reply,
  response: ServerResponse,
  runtime: Runtime.Runtime<never>
): void => {
  if (response.destroyed || response.headersSent) return
  response.writeHead(reply.status, Dispatcher.headersOf(request, reply))
  const { body } = reply
  if (body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array)) {
    if (request.method === "HEAD") response.end()
    else writeStream(body, response, runtime)
    return
  }
  const content = request.method === "HEAD" ? undefined : body
  if (reply.headers["connection"] !== "close" || request.source.complete) {
    response.end(content)
    return
  }
  response.write(content ?? "")
  NodeBody.drained(request.source, lingerMillis, () => response.end())
}

/** A stream that fails after the head is out can only cut the connection. */
const writeStream = (
  body: Stream.Stream<Uint8Array>,
  response: ServerResponse,
  runtime: Runtime.Runtime<never>
): void => {
  const fiber = Runtime.runFork(
    runtime,
    Stream.runForEach(body, (chunk) =>
      Effect.async<void>((resume) => {
        if (response.write(chunk)) {
          resume(Effect.void)
          return
        }
        const onDrain = () => resume(Effect.void)
        response.once("drain", onDrain)
        return Effect.sync(() => response.off("drain", onDrain))
      }))
  )
  response.on("close", () => fiber.unsafeInterruptAsFork(FiberId.none))
  fiber.addObserver((exit) => Exit.isSuccess(exit) ? response.end() : response.destroy())
}
