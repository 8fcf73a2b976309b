/**
 * The clock and the timers that the pool lives on: a port, so that tests decide what time it is. The live ones are those of
 * `Deadline.now`; a pool on any other clock takes deadlines of that clock.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Deadline from "../Database/Deadline.js"

/**
 * A timer that was started.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timer {
  readonly clear: () => void
  /** Whether the process stays alive for it; it does until told otherwise. */
  readonly keepAlive: (on: boolean) => void
}

/**
 * Milliseconds throughout.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timers {
  /** Monotonic. */
  readonly now: () => number
  /** Calls back once, not before the delay is over, and never before it returns. */
  readonly start: (delayMs: number, callback: () => void) => Timer
}

/** Node takes a longer delay for 1 ms. */
const longestMs = 2 ** 31 - 1

/**
 * `performance.now` and `setTimeout`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const live: Timers = {
  now: Deadline.now,
  start: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(Math.ceil(delayMs), longestMs))
    return {
      clear: () => clearTimeout(timer),
      keepAlive: (on) => void (on ? timer.ref() : timer.unref())
    }
  }
}

/**
 * The `Clock` of the running fiber, so that `TestClock.adjust` moves a pool.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromClock: Effect.Effect<Timers> = Effect.flatMap(
  Effect.runtime(),
  (runtime) =>
    Effect.clockWith((clock) => {
      const fork = Runtime.runFork(runtime)
      return Effect.succeed<Timers>({
        now: () => clock.unsafeCurrentTimeMillis(),
        start: (delayMs, callback) => {
          const fiber = fork(Effect.zipRight(clock.sleep(Duration.millis(delayMs)), Effect.sync(callback)))
          return { clear: () => fiber.unsafeInterruptAsFork(fiber.id()), keepAlive: () => {} }
        }
      })
    })
)
