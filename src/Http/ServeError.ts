/**
 * Why a server could not start to listen.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const hints = {
  address_in_use: "another program listens there: stop it, or choose another port",
  permission_denied: "ports below 1024 need a privilege: choose a higher one, or grant it",
  address_not_available: "this machine has no such address: choose another host",
  host_unknown: "the host's name could not be resolved: check its spelling",
  invalid_port: "a port is a whole number from 0 to 65535, where 0 takes any free one",
  other: "see the cause"
} as const

const said = {
  address_in_use: "is taken",
  permission_denied: "may not be used",
  address_not_available: "cannot be listened on",
  host_unknown: "cannot be listened on",
  invalid_port: "is no port",
  other: "cannot be listened on"
} as const

/**
 * The server does not listen. The message says where, why and what to do, in one line.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServeError extends Schema.TaggedError<ServeError>()("ServeError", {
  reason: Schema.Literal(
    "address_in_use",
    "permission_denied",
    "address_not_available",
    "host_unknown",
    "invalid_port",
    "other"
  ),
  port: Schema.Number,
  host: Schema.String,
  hint: Schema.String,
  /** The system's code, such as `EADDRINUSE`. */
  code: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const code = this.code === undefined ? "" : ` (${this.code})`
    return `${this.host}:${this.port} ${said[this.reason]}${code}: ${this.hint}`
  }
}

const reasons: Readonly<Record<string, keyof typeof hints>> = {
  EADDRINUSE: "address_in_use",
  EACCES: "permission_denied",
  EPERM: "permission_denied",
  EADDRNOTAVAIL: "address_not_available",
  EAFNOSUPPORT: "address_not_available",
  ENOTFOUND: "host_unknown",
  EAI_AGAIN: "host_unknown",
  ERR_SOCKET_BAD_PORT: "invalid_port"
}

/**
 * Classifies the error of `listen`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromCode = (code: string | undefined, port: number, host: string): ServeError => {
  const reason = reasons[code ?? ""] ?? "other"
  return new ServeError({ reason, port, host, hint: hints[reason], ...(code === undefined ? {} : { code }) })
}
