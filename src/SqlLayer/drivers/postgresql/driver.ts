/**
 * PostgreSQL for the core.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { createSecureContext, type SecureContext } from "node:tls"
import type { SqlConfig } from "../../../Config/SqlConfig.js"
import { CapabilityMissing, type ConnectionError, type DatabaseError } from "../../../Database/DatabaseError.js"
import type { Driver } from "../../Driver.js"
import { capabilities } from "./capabilities.js"
import { connect, type Plan, type StockClient } from "./connect.js"
import { compiler, grammar, transaction } from "./dialect.js"
import * as Errors from "./errors.js"
import type { Address } from "./socket.js"
import * as Startup from "./startup.js"
import type { Parsers } from "./statement.js"
import { values } from "./values.js"

/**
 * Loads `pg`, checks what can be checked without a server, and connects nothing yet. Fails with `CapabilityMissing` when `pg`
 * is not installed or a connection parameter is not supported, with `ConnectionError` when a certificate cannot be used.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (config: SqlConfig): Effect.Effect<Driver, DatabaseError> =>
  Effect.gen(function*() {
    const startup = yield* Startup.make(config)
    const address = yield* addressOf(config)
    const context = yield* contextOf(config)
    const stock = yield* load
    const plan: Plan = { config, address, startup, context, ...stock }
    return {
      dialect: "postgresql",
      capabilities,
      compiler,
      values,
      grammar,
      transaction,
      topology: "pooled",
      connect: (_access, deadlineAt, done) => connect(plan, deadlineAt, done)
    }
  })

const addressOf = ({ location }: SqlConfig): Either.Either<Address, CapabilityMissing> => {
  switch (location._tag) {
    case "Tcp":
      return Either.right(location)
    case "SocketDirectory":
      return Either.right({ _tag: "Socket", path: `${location.directory}/.s.PGSQL.${location.port}` })
    default:
      return Either.left(
        new CapabilityMissing({
          capability: `a location of the kind ${location._tag}`,
          dialect: "postgresql",
          hint: "it is a host and port, or a socket directory"
        })
      )
  }
}

const contextOf = ({ tls }: SqlConfig): Either.Either<SecureContext | undefined, ConnectionError> =>
  Either.try({
    try: () =>
      tls.attempts.includes("tls")
        ? createSecureContext({
          minVersion: tls.minVersion,
          ...(tls.rootCert?._tag === "Pem" ? { ca: tls.rootCert.pem } : {}),
          ...(tls.cert === undefined ? {} : { cert: tls.cert }),
          ...(tls.key === undefined ? {} : { key: Redacted.value(tls.key) }),
          ...(tls.passphrase === undefined ? {} : { passphrase: Redacted.value(tls.passphrase) })
        })
        : undefined,
    catch: (error) => Errors.connectionError("connect", "tls", error)
  })

const missing = (hint: string, cause?: unknown) =>
  new CapabilityMissing({
    capability: "a connection without the package pg",
    dialect: "postgresql",
    hint,
    ...(cause === undefined ? {} : { cause: Errors.seal(cause) })
  })

const load: Effect.Effect<Pick<Plan, "newClient" | "parsers">, CapabilityMissing> = Effect.flatMap(
  Effect.tryPromise({ try: () => import("pg"), catch: (error) => missing("npm install pg", error) }),
  ({ Client, types }) => {
    // OIDs are numbers; the declared type is an enumeration of the built-in ones.
    const parsers: Parsers = (type) => types.getTypeParser(type as Parameters<typeof types.getTypeParser>[0], "text")
    const newClient: Plan["newClient"] = (stream, { database, user }, password) =>
      new Client({
        // Everything is given: what is not, `pg` takes from the environment.
        stream: () => stream,
        user,
        database,
        password,
        host: "localhost",
        port: 5432,
        ssl: false,
        sslnegotiation: "postgres",
        application_name: "effect-svc-infra",
        client_encoding: "UTF8",
        connectionTimeoutMillis: 0,
        query_timeout: 0,
        enableChannelBinding: false
        // `pg` declares neither its connection nor the start-up packet, both there since version 7.
      }) as unknown as StockClient
    return "getStartupConf" in Client.prototype
      ? Effect.succeed({ newClient, parsers })
      : Effect.fail(missing("pg-native is in its place: unset NODE_PG_FORCE_NATIVE"))
  }
)
