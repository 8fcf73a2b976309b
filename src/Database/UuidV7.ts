/**
 * UUIDs of version 7 (RFC 9562): milliseconds in front, so that new keys sort behind old ones and land on one page of the index.
 *
 * Keys of one generator grow strictly, also within a millisecond and when the clock goes back: 12 bits are a counter (method 1 of
 * section 6.2) that begins at random in its lower half, 62 bits are random.
 *
 * @since 0.1.0
 */

/**
 * Makes the next UUID at a time in epoch milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export type Generator = (nowMillis: number) => string

const hex: ReadonlyArray<string> = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

/** Bytes of randomness fetched at once: a call costs half a microsecond whatever its size. */
const batch = 1024
/** 2 for the counter's beginning, 8 for the tail. */
const needed = 10

const maxCounter = 0xfff
const maxMillis = 0xffff_ffff_ffff

/**
 * A generator of its own state.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): Generator => {
  const random = new Uint8Array(batch)
  let position = batch
  let millis = -1
  let counter = 0
  return (nowMillis) => {
    if (position + needed > batch) {
      crypto.getRandomValues(random)
      position = 0
    }
    const at = position
    position += needed
    const now = Math.min(maxMillis, Math.max(0, Math.floor(nowMillis)))
    if (now > millis) {
      millis = now
      counter = ((random[at]! << 8) | random[at + 1]!) & 0x7ff
    } else if (++counter > maxCounter) {
      millis += 1
      counter = ((random[at]! << 8) | random[at + 1]!) & 0x7ff
    }
    const time = millis.toString(16).padStart(12, "0")
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}-${
      hex[(random[at + 2]! & 0x3f) | 0x80]
    }${hex[random[at + 3]!]}-${hex[random[at + 4]!]}${hex[random[at + 5]!]}${hex[random[at + 6]!]}${
      hex[random[at + 7]!]
    }${hex[random[at + 8]!]}${hex[random[at + 9]!]}`
  }
}
