/**
 * LISTEN and NOTIFY (PostgreSQL): a stream with a session of its own, outside the pool, that survives the death of that session.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import * as DatabaseError from "../Database/DatabaseError.js"
import * as Deadline from "../Database/Deadline.js"
import * as Arrival from "./Arrival.js"
import * as Command from "./Command.js"
import type { Driver, Session } from "./Driver.js"

type Failed = DatabaseError.DatabaseError

/**
 * `NOTIFY` takes no parameters; this function does.
 *
 * @since 0.1.0
 * @category statements
 */
export const notify = Command.make("select pg_notify($1, $2)", {
  operation: "sql.notify",
  access: "write",
  lane: "exclusive",
  prepare: true
})

/**
 * @since 0.1.0
 * @category errors
 */
export const missing = (driver: Driver): Failed =>
  new DatabaseError.CapabilityMissing({ capability: "LISTEN and NOTIFY", dialect: driver.dialect })

/** Pauses between attempts to come back: from 50 ms up to 5 s, jittered. */
const comingBack = Schedule.exponential("50 millis").pipe(
  Schedule.union(Schedule.spaced("5 seconds")),
  Schedule.jittered
)

const session = (driver: Driver, connectTimeoutMs: number): Effect.Effect<Session, Failed, Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(
      Arrival.wait<Session, Failed>(
        (arrived) => driver.connect("write", Deadline.now() + connectTimeoutMs, arrived),
        (lost) => lost.destroy(),
        restore
      ),
      (exit) =>
        Exit.isFailure(exit)
          ? Effect.failCause(exit.cause)
          : Effect.as(Effect.addFinalizer(() => Effect.sync(() => exit.value.destroy())), exit.value)
    )
  )

/** Listens until the session dies. */
const listening = (
  driver: Driver,
  connectTimeoutMs: number,
  channel: string,
  emit: (payload: string) => void,
  started: Effect.Effect<void>
): Effect.Effect<never, Failed> =>
  Effect.scoped(Effect.gen(function*() {
    const listener = yield* session(driver, connectTimeoutMs)
    if (listener.onNotification === undefined) return yield* Effect.fail(missing(driver))
    const died = Effect.async<never, Failed>((resume) => {
      listener.onClose((error) => resume(Effect.fail(error)))
    })
    listener.onNotification((notification) => {
      if (notification.channel === channel) emit(notification.payload)
    })
    const listen = Command.make(`listen ${driver.grammar.quote(channel)}`, {
      operation: "sql.listen",
      access: "write",
      lane: "exclusive",
      prepare: false
    })
    yield* Effect.timeoutFail(
      Effect.async<unknown, Failed>((resume) => listener.submit(listen, [], undefined, resume)),
      {
        duration: Duration.millis(connectTimeoutMs),
        onTimeout: () => new DatabaseError.ConnectTimeout({ budgetMs: connectTimeoutMs, elapsedMs: connectTimeoutMs })
      }
    )
    yield* started
    return yield* died
  }))

/**
 * The payloads notified on a channel. The channel's name is taken as it is: case matters.
 *
 * @since 0.1.0
 * @category streams
 */
export const listen = (
  driver: Driver,
  connectTimeoutMs: number,
  channel: string
): Stream.Stream<string, Failed> => {
  if (driver.dialect !== "postgresql") return Stream.fail(missing(driver))
  return Stream.asyncPush<string, Failed>((emit) =>
    Effect.gen(function*() {
      let everListened = false
      const started = Effect.sync(() => {
        everListened = true
      })
      const once = listening(driver, connectTimeoutMs, channel, (payload) => emit.single(payload), started)
      yield* Effect.retry(once, {
        schedule: comingBack,
        while: (error) => everListened && error.isRetryable
      }).pipe(
        Effect.catchAll((error) => Effect.sync(() => emit.fail(error))),
        Effect.forkScoped
      )
    }), { bufferSize: "unbounded" })
}
