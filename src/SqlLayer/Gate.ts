/**
 * One at a time, in order of arrival: the lock of a lease. Statements of a transaction pass it one by one; a nested transaction
 * holds its parent's for as long as it lasts, so that nothing of the parent lands between its savepoint and its rollback.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export class Gate {
  #held = false
  readonly #waiting: Array<() => void> = []

  /** Calls `go` at once when nobody is inside, else when it is its turn. The returned function gives up waiting. */
  enter(go: () => void): () => void {
    if (!this.#held) {
      this.#held = true
      go()
      return nothing
    }
    this.#waiting.push(go)
    return () => {
      const index = this.#waiting.indexOf(go)
      if (index !== -1) this.#waiting.splice(index, 1)
    }
  }

  /** The one inside leaves; the next one goes in. */
  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#held = false
    else next()
  }
}

const nothing = (): void => {}
