/**
 * Waiting for something that must not get lost. A fiber can be interrupted between the moment a thing is handed to it and the
 * moment it sees it: whatever arrived is then given back.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/**
 * What `Effect.uninterruptibleMask` hands out.
 *
 * @since 0.1.0
 * @category models
 */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Waits, interruptibly, inside an uninterruptible region. Succeeds with the exit of the waiting; on failure and interruption
 * nothing is held.
 *
 * @since 0.1.0
 * @category waiting
 */
export const wait = <A, E>(
  register: (arrived: (exit: Exit.Exit<A, E>) => void) => () => void,
  giveBack: (value: A) => void,
  restore: Restore
): Effect.Effect<Exit.Exit<A, E>> =>
  Effect.suspend(() => {
    let arrival: Exit.Exit<A, E> | undefined
    const waiting = Effect.async<A, E>((resume) => {
      const giveUp = register((exit) => {
        arrival = exit
        resume(exit)
      })
      return Effect.sync(giveUp)
    })
    return Effect.map(Effect.exit(restore(waiting)), (exit) => {
      if (Exit.isFailure(exit) && arrival !== undefined && Exit.isSuccess(arrival)) giveBack(arrival.value)
      return exit
    })
  })
