/**
 * How a pool gets its sessions: through the driver, and when the server refuses the credentials and they came from a file,
 * through the file's new content, a bounded number of times (rotated passwords).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { SqlConfig } from "../Config/SqlConfig.js"
import type { DatabaseError } from "../Database/DatabaseError.js"
import type { Driver, Session } from "./Driver.js"
import * as Engines from "./Engines.js"

/** Reloads of one attempt to connect. */
const maxReloads = 2

/**
 * A driver's `connect`, with reloading.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (first: Driver, config: SqlConfig): Driver["connect"] => {
  const { reload } = config
  if (reload === undefined) return first.connect
  let current = first
  let waiting: Array<(fresh: boolean) => void> | undefined

  /** Concurrent attempts share one reload; true when there is a driver with other credentials. */
  const again = (then: (fresh: boolean) => void): void => {
    if (waiting !== undefined) return void waiting.push(then)
    const all = waiting = [then]
    Effect.runCallback(Effect.flatMap(reload, Engines.driver), {
      onExit: (exit) => {
        waiting = undefined
        if (Exit.isSuccess(exit)) current = exit.value
        all.forEach((one) => one(Exit.isSuccess(exit)))
      }
    })
  }

  return (access, deadlineAt, done) => {
    let given = false
    let abort = (): void => {}
    const attempt = (reloads: number): void => {
      abort = current.connect(access, deadlineAt, (exit) => {
        if (given || !refused(exit) || reloads >= maxReloads) return done(exit)
        again((fresh) => {
          if (fresh && !given) attempt(reloads + 1)
          else done(exit)
        })
      })
    }
    attempt(0)
    return () => {
      given = true
      abort()
    }
  }
}

const refused = (exit: Exit.Exit<Session, DatabaseError>): boolean =>
  Exit.isFailure(exit) &&
  Option.exists(Cause.failureOption(exit.cause), (error) => error._tag === "AuthenticationError")
