/**
 * Stopping a statement from outside: CancelRequest on a connection of its own. The request names a session, not a statement, so
 * the session counts as quiet only after the request's socket is closed (the signal was sent), the statement has answered, and
 * an empty statement has come back.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import type { Duplex } from "node:stream"
import type { DatabaseError } from "../../../Database/DatabaseError.js"
import * as Frontend from "./frontend.js"
import { call, Ping, type Wire } from "./wire.js"

/**
 * Opens a connection to where the session is connected, with TLS if it has TLS; the returned function gives up.
 *
 * @since 0.1.0
 * @category models
 */
export type OpenBeside = (done: (exit: Exit.Exit<Duplex, DatabaseError>) => void) => () => void

/** A request can overtake its statement and find nothing to cancel: it is repeated. In milliseconds. */
const firstPause = 20
const longestPause = 250

/**
 * Cancels what the wire is doing; `key` are process and secret of BackendKeyData.
 *
 * @since 0.1.0
 * @category cancelling
 */
export const cancel = (
  wire: Wire,
  key: { readonly processId: number; readonly secretKey: number },
  openBeside: OpenBeside,
  graceMs: number,
  done: (clean: boolean) => void
): void => {
  const callbacks = [done]
  let quiet = false
  let sent = false
  let pause = firstPause
  let again: NodeJS.Timeout | undefined
  /** Gives up the attempt under way; only while it has sent nothing. */
  let giveUp: (() => void) | undefined
  let socket: Duplex | undefined

  const finish = (clean: boolean): void => {
    if (wire.cancelling !== self) return
    wire.cancelling = undefined
    clearTimeout(grace)
    clearTimeout(again)
    giveUp?.()
    socket?.destroy()
    for (const callback of callbacks) call(callback, clean)
    const { waiting } = wire
    wire.waiting = undefined
    waiting?.()
  }

  const barrier = (): void => {
    if (!sent || wire.current !== undefined) return finish(true)
    new Ping(wire, () => finish(!wire.dead)).send()
  }

  const attempt = (): void => {
    again = undefined
    const abandon = openBeside((exit) => {
      giveUp = undefined
      if (wire.cancelling !== self) return Exit.isSuccess(exit) ? void exit.value.destroy() : undefined
      if (Exit.isFailure(exit)) return attempted()
      socket = exit.value
      socket.once("close", () => {
        socket = undefined
        attempted()
      })
      if (quiet) return void socket.destroy()
      sent = true
      socket.resume()
      socket.write(Frontend.cancelRequest(key.processId, key.secretKey))
    })
    if (socket === undefined && again === undefined && wire.cancelling === self) giveUp = abandon
  }

  const attempted = (): void => {
    if (wire.cancelling !== self) return
    if (quiet) return barrier()
    again = setTimeout(attempt, pause)
    pause = Math.min(pause * 2, longestPause)
  }

  const self = {
    onQuiet: () => {
      if (quiet) return
      quiet = true
      if (again !== undefined) {
        clearTimeout(again)
        again = undefined
        return barrier()
      }
      if (giveUp !== undefined) {
        const abandon = giveUp
        giveUp = undefined
        abandon()
      }
    },
    onLost: () => finish(false),
    sent: () => sent,
    join: (callback: (clean: boolean) => void) => void callbacks.push(callback)
  }

  const grace = setTimeout(() => wire.destroy("cancel"), graceMs)
  wire.cancelling = self
  attempt()
}
