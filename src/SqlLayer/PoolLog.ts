/**
 * What a pool tells its operator, as lines of the log.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { PoolEvent } from "./Pool.js"

/**
 * One line for one event. No host, no secret, no statement.
 *
 * @since 0.1.0
 * @category logging
 */
export const log = (event: PoolEvent): Effect.Effect<void> => {
  switch (event._tag) {
    case "ConnectFailed":
      return event.failures === 1
        ? Effect.logWarning(`SQL pool: cannot connect: ${event.error.message}`)
        : Effect.logDebug(`SQL pool: ${event.failures} attempts to connect have failed in a row`)
    case "SessionLost":
      return Effect.logDebug(`SQL pool: session ${event.sessionId} was lost${event.leased ? " while in use" : ""}`)
    case "ValidationFailed":
      return Effect.logDebug(
        `SQL pool: session ${event.sessionId} was dead after ${Math.round(event.idleMs)} ms at rest: replaced`
      )
    case "CancelUnconfirmed":
      return Effect.logWarning(`SQL pool: the server did not confirm a cancel of session ${event.sessionId}: replaced`)
    case "UncleanRelease":
      return Effect.logWarning(
        `SQL pool: session ${event.sessionId} was given back inside an open transaction${by(event.borrower)}: replaced`
      )
    case "LeaseLeaked":
      return Effect.logWarning(
        `SQL pool: session ${event.sessionId} has been held for ${Math.round(event.heldMs)} ms${by(event.borrower)}`
      )
  }
}

const by = (borrower: string | undefined): string => (borrower === undefined ? "" : ` by ${borrower}`)
