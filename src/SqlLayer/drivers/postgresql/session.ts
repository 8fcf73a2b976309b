/**
 * The session the core sees: functions over a `Wire`, which nothing can reach through them.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as DatabaseError from "../../../Database/DatabaseError.js"
import type { Done, Session } from "../../Driver.js"
import { cancel, type OpenBeside } from "./cancel.js"
import { busy, CursorRequest } from "./cursor.js"
import * as Errors from "./errors.js"
import { type Parsers, serialise, StatementRequest } from "./statement.js"
import { call, Ping, type Wire } from "./wire.js"

/** How long a goodbye may take, in milliseconds. */
const goodbye = 1000

/**
 * A session over a wire. `key` is undefined where the server gave none (some poolers): such a session cannot be cancelled.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  wire: Wire,
  key: { readonly processId: number; readonly secretKey: number } | undefined,
  openBeside: OpenBeside,
  parsers: Parsers
): Session => {
  const isFree = (): boolean => wire.current === undefined && wire.cancelling === undefined && !wire.dead

  /** Nothing can be sent now. While a cancel is being confirmed, one statement waits. */
  const refuse = <A, E>(retry: () => void, done: Done<A, E | DatabaseError.DatabaseError>): void => {
    if (wire.dead) return call(done, Exit.fail(Errors.connectionError("statement", "lost", undefined)))
    if (wire.cancelling === undefined || wire.waiting !== undefined) return call(done, Exit.fail(busy()))
    wire.waiting = retry
  }

  const submit: Session["submit"] = (statement, parameters, _deadlineAt, done) => {
    if (!isFree()) return refuse(() => submit(statement, parameters, undefined, done), done)
    const written = serialise(parameters)
    if (DatabaseError.isDatabaseError(written)) return call(done, Exit.fail(written))
    new StatementRequest(wire, parsers, statement, written, done).send()
  }

  const cursor: Session["cursor"] = (statement, parameters, chunk, _deadlineAt, done) => {
    if (!isFree()) return refuse(() => cursor(statement, parameters, chunk, undefined, done), done)
    const written = serialise(parameters)
    if (DatabaseError.isDatabaseError(written)) return call(done, Exit.fail(written))
    new CursorRequest(wire, parsers, statement, written, Math.max(1, Math.trunc(chunk)), done).send()
  }

  return {
    id: key?.processId ?? 0,
    submit,
    cursor,
    cancel: (graceMs, done) => {
      if (wire.dead) return call(done, false)
      if (wire.cancelling !== undefined) return wire.cancelling.join(done)
      if (wire.current?.running !== true) return call(done, true)
      if (key === undefined) {
        wire.destroy("cancel")
        return call(done, false)
      }
      cancel(wire, key, openBeside, graceMs, done)
    },
    transactionStatus: () => wire.status,
    validate: (done) => {
      if (!isFree()) return call(done, false)
      new Ping(wire, done).send()
    },
    closed: () => wire.dead,
    onClose: (listener) => wire.onDeath(listener),
    onNotification: (listener) => {
      wire.notified = listener
    },
    destroy: () => wire.destroy("statement"),
    close: (done) => wire.close(goodbye, done)
  }
}
