/**
 * Every point in time a pool waits for - waiters, statements, attempts to connect, housekeeping - behind one timer: a binary heap
 * whose entries know their place. Deadlines of equal budgets come in order, so adding one is O(1) in practice.
 *
 * @since 0.1.0
 */
import type { Timer, Timers } from "../Timers.js"

/**
 * A point in time that is waited for.
 *
 * @since 0.1.0
 * @category models
 */
export class Deadline {
  /** In the heap; -1 outside. */
  place = -1
  constructor(
    readonly at: number,
    /** Rises with every deadline: of two at the same time the one that was added first comes first. */
    readonly order: number,
    readonly keepAlive: boolean,
    readonly callback: () => void
  ) {}
}

const before = (a: Deadline, b: Deadline): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/**
 * The deadlines of one pool.
 *
 * @since 0.1.0
 * @category models
 */
export class Deadlines {
  readonly #timers: Timers
  readonly #heap: Array<Deadline> = []
  #timer: Timer | undefined
  /** When the timer goes off; it may be too early for what is left in the heap, never too late. */
  #timerAt = Number.POSITIVE_INFINITY
  #keepingAlive = 0
  #added = 0
  #firing = false

  constructor(timers: Timers) {
    this.#timers = timers
  }

  get size(): number {
    return this.#heap.length
  }

  /** Calls back once the time has come, never before it returns. `keepAlive`: somebody waits, so the process must not end. */
  add(at: number, keepAlive: boolean, callback: () => void): Deadline {
    const deadline = new Deadline(at, this.#added++, keepAlive, callback)
    if (at === Number.POSITIVE_INFINITY) return deadline
    this.#heap.push(deadline)
    this.#rise(deadline, this.#heap.length - 1)
    if (at < this.#timerAt && !this.#firing) this.#arm()
    if (keepAlive && ++this.#keepingAlive === 1) this.#timer?.keepAlive(true)
    return deadline
  }

  /** Safe to call at any time, also for one that has called back. */
  remove(deadline: Deadline): void {
    const { place } = deadline
    if (place < 0) return
    deadline.place = -1
    const last = this.#heap.pop()
    if (last !== undefined && last !== deadline) {
      this.#rise(last, place)
      this.#sink(last, last.place)
    }
    // The timer itself stays: to clear and start one for every statement would cost more than to wake up once for nothing.
    if (deadline.keepAlive && --this.#keepingAlive === 0) this.#timer?.keepAlive(false)
  }

  #arm(): void {
    this.#timer?.clear()
    const first = this.#heap[0]
    if (first === undefined) {
      this.#timer = undefined
      this.#timerAt = Number.POSITIVE_INFINITY
      return
    }
    this.#timerAt = first.at
    this.#timer = this.#timers.start(Math.max(0, first.at - this.#timers.now()), this.#fire)
    if (this.#keepingAlive === 0) this.#timer.keepAlive(false)
  }

  readonly #fire = (): void => {
    const now = this.#timers.now()
    this.#firing = true
    try {
      for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
        this.remove(first)
        first.callback()
      }
    } finally {
      this.#firing = false
      this.#arm()
    }
  }

  #rise(deadline: Deadline, place: number): void {
    const heap = this.#heap
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || before(parent, deadline)) break
      heap[place] = parent
      parent.place = place
      place = above
    }
    heap[place] = deadline
    deadline.place = place
  }

  #sink(deadline: Deadline, place: number): void {
    const heap = this.#heap
    for (;;) {
      const left = heap[2 * place + 1]
      const right = heap[2 * place + 2]
      const child = right !== undefined && left !== undefined && before(right, left) ? right : left
      if (child === undefined || before(deadline, child)) break
      const below = child.place
      heap[place] = child
      child.place = place
      place = below
    }
    heap[place] = deadline
    deadline.place = place
  }
}
