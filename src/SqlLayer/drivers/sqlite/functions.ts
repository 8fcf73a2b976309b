/**
 * The SQL functions that this engine adds to every connection: the deadline guard, the case-insensitive LIKE,
 * and bytes as text.
 *
 * @since 0.1.0
 */
import { now } from "../../../Database/Deadline.js"
import type { Database } from "./library.js"
import * as Like from "./like.js"

/**
 * The deadline of the statement under way, on the clock of `Deadline.now`; infinite for none. One per connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface Clock {
  deadlineAt: number
}

/**
 * What the guard throws: no stack, one object, recognised by identity.
 *
 * @since 0.1.0
 * @category functions
 */
export const timeIsOver: Error = Object.assign(new Error("the deadline has passed"), { stack: "" })

/**
 * The clock is read once in so many calls or rows: it costs a fifth of a call.
 *
 * @since 0.1.0
 * @category functions
 */
export const clockEvery = 16

const maxPatterns = 64

/**
 * `svc_deadline()` is always 1 and throws when the time is over; `svc_like(text, pattern)` is `like.ts`; `svc_plain(pattern)`
 * says whether SQLite's own LIKE will do; `svc_base64(bytes)` is what JSON shows of bytes.
 *
 * @since 0.1.0
 * @category functions
 */
export const register = (database: Database, clock: Clock): void => {
  database.function(
    "svc_base64",
    { deterministic: true, directOnly: true },
    (bytes) => bytes instanceof Uint8Array ? Buffer.from(bytes).toString("base64") : null
  )
  let calls = 0
  database.function("svc_deadline", { deterministic: false, directOnly: true }, () => {
    if (++calls % clockEvery === 0 && now() > clock.deadlineAt) throw timeIsOver
    return 1
  })
  const matchers = new Map<string, (text: string) => boolean>()
  let lastPattern: string | undefined
  let last: (text: string) => boolean = () => false
  database.function("svc_like", { deterministic: true, directOnly: true }, (text, pattern) => {
    if (text === null || pattern === null) return null
    const key = String(pattern)
    if (key !== lastPattern) {
      let made = matchers.get(key)
      if (made === undefined) {
        if (matchers.size >= maxPatterns) matchers.clear()
        made = Like.matcher(key)
        matchers.set(key, made)
      }
      lastPattern = key
      last = made
    }
    return last(String(text)) ? 1 : 0
  })
  database.function(
    "svc_plain",
    { deterministic: true, directOnly: true },
    (pattern) => typeof pattern === "string" && Like.isPlain(pattern) ? 1 : 0
  )
}
