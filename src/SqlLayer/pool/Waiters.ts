/**
 * Who waits for a session, in the order of arrival: a doubly linked list, so that giving up costs the same at any place.
 *
 * @since 0.1.0
 */
import type { Done } from "../Driver.js"
import type { Deadline } from "./Deadlines.js"
import type { Lease } from "./Roster.js"

/**
 * A borrower in the queue.
 *
 * @since 0.1.0
 * @category models
 */
export class Waiter {
  previous: Waiter | undefined
  next: Waiter | undefined
  waiting = false
  deadline: Deadline | undefined

  constructor(
    /** Rises with every arrival and every attempt to connect. */
    readonly ticket: number,
    readonly since: number,
    readonly deadlineAt: number,
    /** Whether the pool's own timeout is the earlier bound. */
    readonly ownTimeout: boolean,
    readonly held: number,
    readonly borrower: (() => string | undefined) | undefined,
    readonly done: Done<Lease>
  ) {}
}

/**
 * First come, first served.
 *
 * @since 0.1.0
 * @category models
 */
export class Waiters implements Iterable<Waiter> {
  size = 0
  #first: Waiter | undefined
  #last: Waiter | undefined

  push(waiter: Waiter): void {
    waiter.waiting = true
    waiter.previous = this.#last
    if (this.#last === undefined) this.#first = waiter
    else this.#last.next = waiter
    this.#last = waiter
    this.size++
  }

  shift(): Waiter | undefined {
    const first = this.#first
    if (first !== undefined) this.remove(first)
    return first
  }

  /** False: it was out already. */
  remove(waiter: Waiter): boolean {
    if (!waiter.waiting) return false
    const { next, previous } = waiter
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    waiter.waiting = false
    waiter.previous = undefined
    waiter.next = undefined
    this.size--
    return true
  }

  *[Symbol.iterator](): Iterator<Waiter> {
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.next) yield waiter
  }
}
