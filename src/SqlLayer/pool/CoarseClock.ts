/**
 * A clock for the hot path. To read the real one costs more than all the rest of an acquire (0.1 to 0.3 microseconds, twice per
 * statement), and what the pool decides by it - idle for a second, alive for an hour - needs no such precision. So it is read at
 * most once per interval, by whoever comes first.
 *
 * @since 0.1.0
 */
import type { Timers } from "../Timers.js"
import type { Deadlines } from "./Deadlines.js"

/** Milliseconds for which a reading is good enough. */
const intervalMs = 50

/**
 * Never ahead of the real clock.
 *
 * @since 0.1.0
 * @category models
 */
export class CoarseClock {
  readonly #timers: Timers
  readonly #deadlines: Deadlines
  #reading = 0
  #good = false

  constructor(timers: Timers, deadlines: Deadlines) {
    this.#timers = timers
    this.#deadlines = deadlines
  }

  now(): number {
    return this.#good ? this.#reading : this.#read()
  }

  #read(): number {
    this.#good = true
    this.#reading = this.#timers.now()
    this.#deadlines.add(this.#reading + intervalMs, false, this.#expire)
    return this.#reading
  }

  readonly #expire = (): void => {
    this.#good = false
  }
}
