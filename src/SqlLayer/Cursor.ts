/**
 * Rows as a stream, a chunk at a time, in constant memory. The session is the stream's own until it ends; inside a transaction it
 * is the transaction's, whose other statements wait until the stream has ended.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import type { DatabaseError } from "../Database/DatabaseError.js"
import * as Arrival from "./Arrival.js"
import type { Cursor, Done } from "./Driver.js"
import type { Place } from "./Place.js"
import type { Lent } from "./Pool.js"
import type { Statement } from "./Statement.js"

/** Rows fetched at a time. */
const chunkSize = 256

/** What is being awaited from the session; stopping it means stopping the session's statement. */
const answer = <A>(
  place: Place,
  lent: Lent,
  state: State,
  deadlineAt: number | undefined,
  start: (done: Done<A>) => void
): Effect.Effect<A, DatabaseError> =>
  Effect.async((resume) => {
    let waiting = true
    const stop = (done: () => void): void => {
      if (!waiting || state.stopped) return done()
      state.stopped = true
      place.stop(lent, done)
    }
    const forget = deadlineAt === undefined ? undefined : place.at(deadlineAt, () => stop(() => {}))
    start((exit) => {
      waiting = false
      forget?.()
      resume(exit)
    })
    return Effect.async<void>((stopped) => stop(() => stopped(Effect.void)))
  })

interface State {
  /** The place has taken the session back after a stop. */
  stopped: boolean
}

/**
 * A session for the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const borrow = (
  place: Place,
  deadlineAt: number | undefined,
  state: { readonly stopped: boolean }
): Effect.Effect<Lent, DatabaseError, Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(
      Arrival.wait<Lent, DatabaseError>(
        (arrived) =>
          place.enter(deadlineAt, {
            entered: (lent) => arrived(Exit.succeed(lent)),
            refused: (error) => arrived(Exit.fail(error))
          }),
        place.leave,
        restore
      ),
      (exit) =>
        Exit.isFailure(exit)
          ? Effect.failCause(exit.cause)
          : Effect.as(
            Effect.addFinalizer(() => Effect.sync(() => state.stopped ? undefined : place.leave(exit.value))),
            exit.value
          )
    )
  )

/**
 * Streams the rows of a statement.
 *
 * @since 0.1.0
 * @category constructors
 */
export const stream = <A>(
  place: Place,
  statement: Statement<ReadonlyArray<A>>,
  parameters: ReadonlyArray<unknown>,
  deadlineAt: number | undefined
): Stream.Stream<A, DatabaseError> =>
  Stream.fromPull(Effect.catchAll(
    pull(place, statement, parameters, deadlineAt),
    (error) => Effect.succeed(Effect.fail(Option.some(error)))
  ))

const pull = <A>(
  place: Place,
  statement: Statement<ReadonlyArray<A>>,
  parameters: ReadonlyArray<unknown>,
  deadlineAt: number | undefined
): Effect.Effect<Effect.Effect<Chunk.Chunk<A>, Option.Option<DatabaseError>>, DatabaseError, Scope> =>
  Effect.gen(function*() {
    const state: State = { stopped: false }
    const lent = yield* borrow(place, deadlineAt, state)
    const cursor = yield* answer<Cursor<A>>(
      place,
      lent,
      state,
      deadlineAt,
      (done) => lent.session.cursor(statement, parameters, chunkSize, deadlineAt, done)
    )
    yield* Effect.addFinalizer(() =>
      state.stopped ? Effect.void : Effect.async<void>((resume) => cursor.close(() => resume(Effect.void)))
    )
    const next = answer<ReadonlyArray<A>>(place, lent, state, deadlineAt, (done) => cursor.next(deadlineAt, done))
    return Effect.flatMap(
      Effect.mapError(next, Option.some),
      (rows) => rows.length === 0 ? Effect.fail(Option.none()) : Effect.succeed(Chunk.unsafeFromArray(rows))
    )
  })
