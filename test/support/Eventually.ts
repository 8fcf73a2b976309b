/**
 * Waits, in real time whatever clock the test has, for something outside of our process to become so.
 */
import * as Effect from "effect/Effect"
import { inspect } from "node:util"

/** Repeats an observation every 10 ms until the predicate holds; a defect with the last observation after `within` ms. */
export const eventually = <A, E, R>(
  observe: Effect.Effect<A, E, R>,
  predicate: (value: A) => boolean,
  within = 5000
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const until = Date.now() + within
    const attempt: Effect.Effect<A, E, R> = Effect.flatMap(observe, (value) => {
      if (predicate(value)) return Effect.succeed(value)
      if (Date.now() > until) {
        return Effect.die(new Error(`not so after ${within} ms; last seen: ${inspect(value)}`))
      }
      return Effect.zipRight(pause(10), attempt)
    })
    return attempt
  })

/** Sleeps in real time, under a test clock too. */
export const pause = (milliseconds: number): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), milliseconds)
    return Effect.sync(() => clearTimeout(timer))
  })
