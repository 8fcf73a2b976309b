/**
 * What a session is started with, and which of libpq's connection parameters mean something here. Nothing is taken from the
 * environment or from a password file: the configuration has read what there is to read.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { userInfo } from "node:os"
import type { SqlConfig } from "../../../Config/SqlConfig.js"
import { CapabilityMissing } from "../../../Database/DatabaseError.js"
import type { KeepAlive } from "./socket.js"

/**
 * The start-up packet and the socket's settings.
 *
 * @since 0.1.0
 * @category models
 */
export interface Startup {
  readonly user: string
  readonly database: string
  readonly packet: Readonly<Record<string, string>>
  readonly keepAlive: KeepAlive
}

const refuse = (name: string, hint: string): CapabilityMissing =>
  new CapabilityMissing({ capability: `connection parameter ${name}`, dialect: "postgresql", hint })

const off = ["0", "false", "off", "no"]

/** Parameters that may stand there as long as they ask for what is done anyway. */
const onlyAs: Readonly<Record<string, ReadonlyArray<string>>> = {
  channel_binding: ["disable", "prefer"],
  client_encoding: ["utf8", "utf-8", "unicode", "auto"],
  gssencmode: ["disable", "prefer"],
  load_balance_hosts: ["disable"],
  max_protocol_version: ["3.0", "3.2", "latest"],
  min_protocol_version: ["3.0"],
  replication: off,
  target_session_attrs: ["any"]
}

/** Sent to the server under their own name. */
const sent = ["options", "lock_timeout", "idle_in_transaction_session_timeout"]

const read = ["application_name", "fallback_application_name", "keepalives", "keepalives_idle"]

/** Half a minute of silence: shorter than what firewalls forget after. */
const defaultKeepAlive = 30_000

/**
 * Decides on every parameter; one that is not known, or asks for what is not done, is an error that names it, as in libpq.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (config: SqlConfig): Either.Either<Startup, CapabilityMissing> => {
  const { parameters } = config
  for (const name of Object.keys(config.secretParameters)) return Either.left(refuse(name, "it is not supported"))
  for (const [name, value] of Object.entries(parameters)) {
    const accepted = onlyAs[name]
    if (accepted !== undefined) {
      if (!accepted.includes(value.toLowerCase())) {
        return Either.left(refuse(name, `only ${accepted.join(", ")} can be asked for`))
      }
    } else if (!sent.includes(name) && !read.includes(name)) {
      return Either.left(refuse(name, `a setting of the server is written options=-c ${name}=value`))
    }
  }
  const idle = parameters["keepalives_idle"]
  if (idle !== undefined && !/^\d{1,6}$/.test(idle)) {
    return Either.left(refuse("keepalives_idle", "it is a number of seconds"))
  }
  const user = config.user ?? userInfo().username
  const database = config.database === "" ? user : config.database
  return Either.right({
    user,
    database,
    keepAlive: off.includes(parameters["keepalives"] ?? "1")
      ? undefined
      : idle === undefined || Number(idle) === 0
      ? defaultKeepAlive
      : Number(idle) * 1000,
    packet: {
      user,
      database,
      application_name: parameters["application_name"] ?? parameters["fallback_application_name"] ?? "effect-svc-infra",
      ...Object.fromEntries(sent.flatMap((name) => name in parameters ? [[name, String(parameters[name])]] : [])),
      ...(config.statementTimeoutMs === undefined
        ? {}
        : { statement_timeout: String(Math.max(1, Math.ceil(config.statementTimeoutMs))) }),
      // What the readers of values and our string literals rely on; a role's or database's own setting loses against these.
      DateStyle: "ISO",
      standard_conforming_strings: "on"
    }
  })
}
