/**
 * A connected byte stream to the server, with or without TLS. Every socket has an error listener from its birth on: no late
 * error can end the process.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as net from "node:net"
import * as tls from "node:tls"
import type { ConnectionError } from "../../../Database/DatabaseError.js"
import * as Errors from "./errors.js"
import * as Frontend from "./frontend.js"

/**
 * Where to connect.
 *
 * @since 0.1.0
 * @category models
 */
export type Address =
  | { readonly _tag: "Tcp"; readonly host: string; readonly port: number }
  | { readonly _tag: "Socket"; readonly path: string }

/**
 * TCP keepalive: milliseconds of silence before the first probe; undefined: none.
 *
 * @since 0.1.0
 * @category models
 */
export type KeepAlive = number | undefined

/**
 * How TLS is spoken; `host` is what the certificate is checked against.
 *
 * @since 0.1.0
 * @category models
 */
export interface Security {
  readonly context: tls.SecureContext
  readonly verify: "none" | "ca" | "full"
  readonly host: string
  readonly servername: string | undefined
}

/**
 * A stream that is ready for the protocol's first message, where it leads to, and whether it is encrypted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connected {
  readonly stream: net.Socket
  readonly address: Address
  readonly encrypted: boolean
}

/** Of several addresses of a host, how long one may stay silent before the next is tried, in milliseconds. */
const perAddress = 1000

const ignore = () => {}

/**
 * Connects, once, and answers once; the returned function gives up and answers with a `ConnectionError`. `orPlain`: go on
 * without TLS on the same connection when the server has none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (
  address: Address,
  security: Security | undefined,
  orPlain: boolean,
  keepAlive: KeepAlive,
  done: (exit: Exit.Exit<Connected, ConnectionError>) => void
): () => void => {
  let settled = false
  let secured: tls.TLSSocket | undefined
  const socket = new net.Socket()
  socket.on("error", ignore)

  const finish = (exit: Exit.Exit<Connected, ConnectionError>): void => {
    if (settled) return
    settled = true
    socket.off("error", failed)
    socket.off("close", hungUp)
    socket.off("data", answered)
    secured?.off("error", insecure)
    secured?.off("close", notSecured)
    if (Exit.isFailure(exit)) {
      secured?.destroy()
      socket.destroy()
    }
    done(exit)
  }
  const failed = (error: unknown): void =>
    finish(Exit.fail(secured === undefined ? Errors.classifyNetwork(error) : tlsError(error)))
  const hungUp = (): void =>
    finish(
      Exit.fail(secured === undefined ? Errors.connectionError("connect", "lost", undefined) : tlsError(undefined))
    )
  const insecure = (error: unknown): void => finish(Exit.fail(tlsError(error)))
  const notSecured = (): void => insecure(undefined)

  /** The address that was reached: a host name may lead elsewhere the next time. */
  const reached = (): Address =>
    address._tag === "Tcp" && socket.remoteAddress !== undefined
      ? { _tag: "Tcp", host: socket.remoteAddress, port: address.port }
      : address

  const answered = (chunk: Buffer): void => {
    socket.off("data", answered)
    if (security === undefined) return
    // More than one byte would be something put before the encrypted part (CVE-2021-23222).
    const word = chunk.length === 1 ? chunk[0] : undefined
    if (word === 83) return secure(security)
    if (word === 78) {
      return orPlain
        ? finish(Exit.succeed({ stream: socket, address: reached(), encrypted: false }))
        : finish(Exit.fail(Errors.connectionError("connect", "tls", new Error("the server has no TLS"))))
    }
    // An old server answers with an ErrorResponse; anything else is no PostgreSQL.
    finish(Exit.fail(Errors.connectionError("connect", chunk[0] === 69 ? "tls" : "protocol", undefined)))
  }

  const secure = ({ context, host, servername, verify }: Security): void => {
    try {
      secured = tls.connect({
        socket,
        secureContext: context,
        rejectUnauthorized: verify !== "none",
        checkServerIdentity: verify === "full"
          ? (_name, certificate) => tls.checkServerIdentity(host, certificate)
          : () => undefined,
        ...(servername === undefined ? {} : { servername })
      })
    } catch (error) {
      return insecure(error)
    }
    const stream = secured
    stream.on("error", ignore)
    stream.on("error", insecure)
    stream.on("close", notSecured)
    stream.once("secureConnect", () => finish(Exit.succeed({ stream, address: reached(), encrypted: true })))
  }

  socket.on("error", failed)
  socket.on("close", hungUp)
  socket.once("connect", () => {
    if (settled) return
    if (address._tag === "Tcp") {
      socket.setNoDelay(true)
      if (keepAlive !== undefined) socket.setKeepAlive(true, keepAlive)
    }
    if (security === undefined) return finish(Exit.succeed({ stream: socket, address: reached(), encrypted: false }))
    socket.on("data", answered)
    socket.write(Frontend.sslRequest)
  })
  try {
    socket.connect(
      address._tag === "Tcp"
        ? {
          host: address.host,
          port: address.port,
          autoSelectFamily: true,
          autoSelectFamilyAttemptTimeout: perAddress
        }
        : { path: address.path }
    )
  } catch (error) {
    failed(error)
  }
  return () => finish(Exit.fail(Errors.connectionError("connect", "closed", undefined)))
}

const tlsError = (error: unknown): ConnectionError => Errors.connectionError("connect", "tls", error)
