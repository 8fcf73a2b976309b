/**
 * From a configuration to a session: socket, TLS, then start-up and authentication by `pg`, which is let go afterwards. One
 * deadline over everything; giving up leaves nothing behind.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import type { EventEmitter } from "node:events"
import type { Duplex } from "node:stream"
import type { SecureContext } from "node:tls"
import type { SqlConfig } from "../../../Config/SqlConfig.js"
import * as DatabaseError from "../../../Database/DatabaseError.js"
import { now } from "../../../Database/Deadline.js"
import type { Done, Session as DriverSession } from "../../Driver.js"
import * as Errors from "./errors.js"
import * as Session from "./session.js"
import * as Socket from "./socket.js"
import type { Startup } from "./startup.js"
import type { Parsers } from "./statement.js"
import { Wire } from "./wire.js"

/**
 * What is used of a `pg.Client`.
 *
 * @since 0.1.0
 * @category models
 */
export interface StockClient {
  readonly connection: EventEmitter
  readonly processID: number | null
  readonly secretKey: number | null
  getStartupConf: () => Readonly<Record<string, string>>
  readonly connect: (callback: (error: unknown) => void) => void
  readonly on: (event: "error", listener: (error: unknown) => void) => unknown
}

/**
 * Everything that is the same for every session of a configuration.
 *
 * @since 0.1.0
 * @category models
 */
export interface Plan {
  readonly config: SqlConfig
  readonly address: Socket.Address
  readonly startup: Startup
  /** Undefined when TLS is never tried. */
  readonly context: SecureContext | undefined
  readonly parsers: Parsers
  readonly newClient: (stream: Duplex, startup: Startup, password: () => string) => StockClient
}

type Attempt<A> = (exit: Exit.Exit<A, DatabaseError.DatabaseError>) => void

/** The failure of an exit; there are no defects here. */
const failureOf = (exit: Exit.Failure<unknown, DatabaseError.DatabaseError>): DatabaseError.DatabaseError =>
  exit.cause._tag === "Fail" ? exit.cause.error : new DatabaseError.UnknownDatabaseError({ cause: exit.cause })

/**
 * Makes one session, trying what the TLS mode lists, in order.
 *
 * @since 0.1.0
 * @category constructors
 */
export const connect = (plan: Plan, deadlineAt: number, done: Done<DriverSession>): () => void => {
  const { attempts } = plan.config.tls
  const startedAt = now()
  const budgetMs = Math.max(0, Math.min(deadlineAt - startedAt, plan.config.connectTimeoutMs))
  let settled = false
  let abandon: (() => void) | undefined

  const finish = (exit: Exit.Exit<DriverSession, DatabaseError.DatabaseError>): void => {
    if (settled) return
    settled = true
    clearTimeout(timer)
    abandon?.()
    done(exit)
  }

  const next = (index: number, error: DatabaseError.DatabaseError): void => {
    if (settled) return
    if (index < attempts.length && isRefusal(error)) attempt(index)
    else finish(Exit.fail(error))
  }

  const attempt = (index: number): void => {
    const encrypted = attempts[index] === "tls"
    const orPlain = encrypted && attempts[index + 1] === "plain"
    abandon = undefined
    const abandonSocket = Socket.open(
      plan.address,
      encrypted ? securityOf(plan) : undefined,
      orPlain,
      plan.startup.keepAlive,
      (opened) => {
        abandon = undefined
        if (Exit.isFailure(opened)) return next(index + 1, failureOf(opened))
        if (settled) return void opened.value.stream.destroy()
        // A server without TLS has taken the plain attempt along.
        const following = opened.value.encrypted === encrypted ? index + 1 : index + 2
        abandon = authenticate(plan, opened.value, (exit) => {
          abandon = undefined
          if (Exit.isFailure(exit)) next(following, failureOf(exit))
          else if (settled) exit.value.destroy()
          else finish(exit)
        })
      }
    )
    abandon ??= abandonSocket
  }

  const timer = setTimeout(
    () => finish(Exit.fail(new DatabaseError.ConnectTimeout({ budgetMs, elapsedMs: now() - startedAt }))),
    budgetMs
  )
  attempt(0)
  return () => finish(Exit.fail(Errors.connectionError("connect", "closed", undefined)))
}

/** As libpq: another attempt after a failed TLS negotiation, or when the server's access rules turn this one away. */
const isRefusal = (error: DatabaseError.DatabaseError): boolean =>
  error._tag === "ConnectionError" ? error.reason === "tls" : Errors.codeOf(error.cause) === "28000"

const securityOf = ({ address, config, context }: Plan): Socket.Security | undefined =>
  context === undefined
    ? undefined
    : {
      context,
      verify: config.tls.verify,
      host: address._tag === "Tcp" ? address.host : "",
      servername: config.tls.servername
    }

/** Messages a server may begin with: Authentication, ErrorResponse, NoticeResponse, NegotiateProtocolVersion. */
const beginnings = new Set([82, 69, 78, 118])

/** As libpq: a first message that claims to be longer is text of another protocol. */
const longestBeginning = 30_000

const isPostgres = (chunk: Buffer): boolean =>
  beginnings.has(chunk[0] ?? 0) && (chunk.length < 5 || chunk.readUInt32BE(1) <= longestBeginning)

const authenticate = (
  plan: Plan,
  { address, encrypted, stream }: Socket.Connected,
  done: Attempt<DriverSession>
): () => void => {
  let settled = false
  const finish = (exit: Exit.Exit<DriverSession, DatabaseError.DatabaseError>): void => {
    if (settled) return
    settled = true
    if (Exit.isFailure(exit)) stream.destroy()
    done(exit)
  }
  const failed = (error: unknown): void => finish(Exit.fail(classify(error)))

  const { password } = plan.config
  const client = plan.newClient(
    alreadyConnected(stream),
    plan.startup,
    () => password === undefined ? "" : Redacted.value(password)
  )
  client.getStartupConf = () => plan.startup.packet
  client.on("error", failed)
  client.connect((error) => {
    if (settled) return
    if (error !== null && error !== undefined) return failed(error)
    const { processID, secretKey } = client
    const wire = new Wire(client.connection, stream)
    const session = Session.make(
      wire,
      processID === null || secretKey === null ? undefined : { processId: processID, secretKey },
      (opened) =>
        Socket.open(
          address,
          encrypted ? securityOf(plan) : undefined,
          false,
          plan.startup.keepAlive,
          (exit) => opened(Exit.map(exit, ({ stream }) => stream))
        ),
      plan.parsers
    )
    finish(Exit.succeed(session))
  })
  guardParser(stream, client.connection)
  return () => finish(Exit.fail(Errors.connectionError("connect", "closed", undefined)))
}

/** What `pg` reports while connecting: the server's ErrorResponse, Node's errors, or its own about the authentication. */
const classify = (error: unknown): DatabaseError.DatabaseError => {
  if (error instanceof NotPostgres) return Errors.connectionError("connect", "protocol", error)
  const code = Errors.codeOf(error)
  if (code === undefined) {
    // An ErrorResponse always has a code; this is what the parser makes of a message it does not know.
    if (error instanceof Error && error.name === "error") return Errors.connectionError("connect", "protocol", error)
    // Its own errors have no code: a password that is missing, a server that does not prove to know it, a method not known.
    return error instanceof Error && error.message.startsWith("Connection terminated")
      ? Errors.connectionError("connect", "lost", error)
      : new DatabaseError.AuthenticationError({ cause: Errors.seal(error) })
  }
  // SQLSTATE has five characters, and so have some of Node's names.
  return /^[0-9A-Z]{5}$/.test(code) && !code.startsWith("E")
    // The fields of an ErrorResponse are properties of `pg`'s error.
    ? Errors.classify(error as Errors.Report, Errors.duringConnect)
    : Errors.classifyNetwork(error)
}

class NotPostgres extends Error {}

/** `pg` connects the stream it is given: ours is connected already. */
const alreadyConnected = (stream: Socket.Connected["stream"]): Duplex =>
  Object.defineProperty(stream, "connect", {
    configurable: true,
    value: () => {
      process.nextTick(() => stream.emit("connect"))
      return stream
    }
  })

/** The parser throws on what is not the protocol, out of the socket's event: that must not reach the process. */
const guardParser = (stream: Duplex, connection: EventEmitter): void => {
  let begun = false
  for (const parse of stream.listeners("data")) {
    // Listeners of "data" are functions of one chunk.
    const listener = parse as (chunk: Buffer) => void
    stream.removeListener("data", listener)
    stream.on("data", (chunk: Buffer) => {
      try {
        if (!begun) {
          begun = true
          if (!isPostgres(chunk)) throw new NotPostgres()
        }
        listener(chunk)
      } catch (error) {
        connection.emit("error", error instanceof NotPostgres ? error : new NotPostgres("unreadable", { cause: error }))
        stream.destroy()
      }
    })
  }
}
