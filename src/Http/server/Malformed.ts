/**
 * Answers to what is no HTTP request, and to heads that are too large: written to the socket, for there is no response to use.
 *
 * @since 0.1.0
 */
import { randomUUID } from "node:crypto"
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"

/**
 * The longest request target: path and query, in bytes.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxUrl = 8 * 1024

/**
 * What is wrong with a request before anybody looks at its meaning.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = 400 | 408 | 414 | 431

/**
 * The answer's body for a fault, as a problem object.
 *
 * @since 0.1.0
 * @category models
 */
export type Describe = (fault: Fault, requestId: string) => string

interface ParseError extends Error {
  readonly code?: string
  readonly rawPacket?: Uint8Array
}

const linger = 500

const faultOf = (error: ParseError): Fault => {
  switch (error.code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return 408
    case "HPE_HEADER_OVERFLOW":
      return startsWithLongTarget(error.rawPacket) ? 414 : 431
    default:
      return 400
  }
}

/** Whether the head overflowed in its first line: `GET /...` without an end of line within the bound of a URL. */
const startsWithLongTarget = (packet: Uint8Array | undefined): boolean => {
  if (packet === undefined) return false
  const start = Buffer.from(packet.buffer, packet.byteOffset, Math.min(packet.byteLength, maxUrl + 64)).toString(
    "latin1"
  )
  return start.length > maxUrl && /^[A-Z-]{3,32} \S*$/.test(start)
}

const head = (fault: Fault, length: number, requestId: string): string =>
  [
    `HTTP/1.1 ${fault} ${STATUS_CODES[fault]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${length}`,
    "Cache-Control: no-store",
    `X-Request-Id: ${requestId}`,
    "X-Content-Type-Options: nosniff",
    "Connection: close",
    "",
    ""
  ].join("\r\n")

/**
 * A request that is being answered on a socket.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/**
 * Handles the server's `clientError`: one clean answer, then the connection ends. When the malformed bytes come behind a complete
 * request, that one is answered first and alone, for anything else would be read as its answer; when the answer has begun while
 * its own body turned out malformed, the connection is only closed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const onClientError = (
  describe: Describe,
  underWay: (socket: Duplex) => Exchange | undefined
): (error: Error, socket: Duplex) => void => {
  const answered = new WeakSet<Duplex>()
  return (error, socket) => {
    // What follows a malformed request on the wire is reported again and again.
    if (answered.has(socket)) return
    answered.add(socket)
    socket.on("error", () => {})
    const current = underWay(socket)
    if (current?.request.complete === true) {
      if (!current.response.headersSent) current.response.shouldKeepAlive = false
      current.response.once("close", () => socket.end())
      return
    }
    if (!socket.writable || current?.response.headersSent === true) {
      socket.destroy()
      return
    }
    const fault = faultOf(error)
    const requestId = randomUUID()
    const body = describe(fault, requestId)
    // Closing at once would reset the connection under a client that is still sending, and lose the answer.
    const timer = setTimeout(() => socket.destroy(), linger)
    socket.once("close", () => clearTimeout(timer))
    socket.end(head(fault, Buffer.byteLength(body), requestId) + body)
  }
}

/**
 * What Node's parser lets pass and should not be: a URL beyond the bound, HTTP/1.1 without a Host (RFC 9112, 3.2).
 *
 * @since 0.1.0
 * @category predicates
 */
export const faultOfRequest = (request: IncomingMessage): 400 | 414 | undefined => {
  if ((request.url ?? "").length > maxUrl) return 414
  return request.httpVersion === "1.1" && request.headers.host === undefined ? 400 : undefined
}
