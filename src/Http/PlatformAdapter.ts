/**
 * Serves an application through `@effect/platform`: for mounting in an existing one, with its middleware. The answers are the same
 * as those of the node adapter.
 *
 * @since 0.1.0
 */
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import { IncomingMessage } from "node:http"
import * as Dispatcher from "./Dispatcher.js"
import * as NodeAdapter from "./NodeAdapter.js"
import * as NodeBody from "./NodeBody.js"
import * as Conditions from "./request/Conditions.js"
import { BodyError, type Reply, type Request } from "./Route.js"

const defaultTimeout = 15_000
const lingerMillis = 500

const requestOf = (source: HttpServerRequest.HttpServerRequest): Request => {
  const header = (name: string): string | undefined => source.headers[name]
  const node = source.source instanceof IncomingMessage ? source.source : undefined
  return {
    id: Conditions.requestId(header("x-request-id")) ?? randomUUID(),
    method: source.method,
    ...NodeAdapter.target(source.url),
    header,
    body: (maxBytes, timeoutMillis = defaultTimeout) =>
      node === undefined ? readStream(source, maxBytes, timeoutMillis) : NodeBody.read(node, maxBytes, timeoutMillis)
  }
}

const readStream = (
  source: HttpServerRequest.HttpServerRequest,
  maxBytes: number,
  timeoutMillis: number
): Effect.Effect<Uint8Array, BodyError> =>
  Stream.runFoldEffect(
    source.stream,
    { chunks: [] as ReadonlyArray<Uint8Array>, size: 0 },
    ({ chunks, size }, chunk) =>
      size + chunk.length > maxBytes
        ? Effect.fail(new BodyError({ status: 413 }))
        : Effect.succeed({ chunks: [...chunks, chunk], size: size + chunk.length })
  ).pipe(
    Effect.map(({ chunks, size }) => Buffer.concat(chunks, size)),
    Effect.mapError((error) => error._tag === "BodyError" ? error : new BodyError({ status: 400 })),
    Effect.timeoutFail({ duration: timeoutMillis, onTimeout: () => new BodyError({ status: 408 }) })
  )

const responseOf = (request: Request, reply: Reply): HttpServerResponse.HttpServerResponse => {
  const options = { status: reply.status, headers: Dispatcher.headersOf(request, reply) }
  const { body } = reply
  return body === undefined
    ? HttpServerResponse.empty(options)
    : typeof body === "string" || body instanceof Uint8Array
    ? HttpServerResponse.raw(body, options)
    : HttpServerResponse.stream(body, options)
}

/** What the client still sends is read before the platform closes the connection: see `NodeBody.drained`. */
const lingering = (
  source: unknown,
  reply: Reply,
  response: HttpServerResponse.HttpServerResponse
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  reply.headers["connection"] === "close" && source instanceof IncomingMessage
    ? Effect.async((resume) => NodeBody.drained(source, lingerMillis, () => resume(Effect.succeed(response))))
    : Effect.succeed(response)

/**
 * The application as an effect of the platform. Paths that are not its own go to `otherwise`, if there is one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const app = <E, R>(
  dispatcher: Dispatcher.Dispatcher,
  otherwise?: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (source) => {
    const request = requestOf(source)
    const found = dispatcher.dispatch(request)
    if (found === undefined) {
      return otherwise ?? Effect.succeed(responseOf(request, dispatcher.notFound(request)))
    }
    return found.pipe(
      Effect.timeoutOption(dispatcher.timeout),
      // The platform runs its handlers uninterruptibly: neither a client that leaves nor the time could stop them.
      Effect.interruptible,
      Effect.map(Option.getOrElse(() => dispatcher.timedOut(request))),
      Effect.catchAllCause((cause) => {
        if (Cause.isInterruptedOnly(cause)) return Effect.failCause(cause)
        const { log, reply } = dispatcher.failed(request, cause)
        return Effect.as(log, reply)
      }),
      Effect.provide(dispatcher.runtime().context),
      Effect.flatMap((reply) => lingering(source.source, reply, responseOf(request, reply)))
    )
  })
