/**
 * A clock that stands still until a test moves it: no sleeping, no flakiness, and every moment between two timers can be looked at.
 */
import type { Timers } from "../../src/SqlLayer/Timers.js"

export interface ManualTimers extends Timers {
  /** Moves the clock and fires what falls due, in order, each at its own time. */
  readonly advance: (milliseconds: number) => void
  /** Timers that are running. */
  readonly running: () => number
  /** Timers that would keep a process alive. */
  readonly keepingAlive: () => number
}

interface Running {
  readonly at: number
  readonly callback: () => void
  keepAlive: boolean
}

export const make = (startMs = 1_000_000): ManualTimers => {
  let now = startMs
  const timers = new Set<Running>()
  const earliest = (until: number): Running | undefined => {
    let first: Running | undefined
    for (const timer of timers) if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer
    return first
  }
  return {
    now: () => now,
    start: (delayMs, callback) => {
      const timer: Running = { at: now + delayMs, callback, keepAlive: true }
      timers.add(timer)
      return {
        clear: () => void timers.delete(timer),
        keepAlive: (on) => {
          timer.keepAlive = on
        }
      }
    },
    advance: (milliseconds) => {
      const until = now + milliseconds
      for (let timer = earliest(until); timer !== undefined; timer = earliest(until)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.callback()
      }
      now = until
    },
    running: () => timers.size,
    keepingAlive: () => Array.from(timers).filter((timer) => timer.keepAlive).length
  }
}
