/**
 * Waiting for a lock of another process without blocking the event loop: SQLite's own busy wait sleeps in the thread, so it is
 * off, and the statement is run again after a pause instead.
 *
 * @since 0.1.0
 */
import { now } from "../../../Database/Deadline.js"

/**
 * Answered by a run that found the lock taken; it changed nothing.
 *
 * @since 0.1.0
 * @category waiting
 */
export const busy: unique symbol = Symbol.for("effect-svc-infra/sqlite/busy")

/** Of SQLite's own busy handler, in milliseconds; the last one repeats. */
const pauses = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100]

/**
 * Runs again until something else than `busy` comes out, or until `limitAt` (clock of `Deadline.now`), when `exhausted` is
 * called. The returned function gives up silently.
 *
 * @since 0.1.0
 * @category waiting
 */
export const retry = <A>(
  run: () => A | typeof busy,
  limitAt: number,
  answer: (result: A) => void,
  exhausted: () => void
): () => void => {
  let attempt = 0
  let timer: ReturnType<typeof setTimeout>
  const again = () => {
    const left = limitAt - now()
    if (left <= 0) return exhausted()
    const pause = pauses[Math.min(attempt++, pauses.length - 1)]!
    // Half of it at random: processes that wait for the same lock should not meet again and again.
    timer = setTimeout(() => {
      const result = run()
      if (result === busy) again()
      else answer(result)
    }, Math.min(left, pause * (0.5 + Math.random() / 2)))
  }
  again()
  return () => clearTimeout(timer)
}
