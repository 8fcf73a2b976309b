/**
 * The messages a client sends (PostgreSQL manual, "Message Formats"), written one after the other into one buffer, so that a
 * statement is one write to the socket. A batch is `begin`, the messages, `take`; nothing of the caller's runs in between.
 *
 * @since 0.1.0
 */
import type { Wire } from "./parameter.js"

/** A value that no text of the protocol can hold. */
class Unwritable extends TypeError {}

/**
 * A message beyond the server's limit of one gigabyte.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooLarge extends RangeError {}

const largest = 0x3fffffff

const initialSize = 16 * 1024
let scratch = Buffer.allocUnsafeSlow(initialSize)
let offset = 0

const reserve = (bytes: number): void => {
  const needed = offset + bytes
  if (needed <= scratch.length) return
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, scratch.length * 2))
  scratch.copy(larger, 0, 0, offset)
  scratch = larger
}

const int16 = (value: number): void => {
  scratch[offset++] = value >>> 8
  scratch[offset++] = value
}

const int32 = (value: number): void => {
  scratch[offset++] = value >>> 24
  scratch[offset++] = value >>> 16
  scratch[offset++] = value >>> 8
  scratch[offset++] = value
}

const int32At = (value: number, at: number): void => {
  scratch[at] = value >>> 24
  scratch[at + 1] = value >>> 16
  scratch[at + 2] = value >>> 8
  scratch[at + 3] = value
}

/** Below this many characters a loop beats the call into the engine. */
const shortText = 48

/** A text without its length; room for three bytes a character is reserved here. */
const text = (value: string): void => {
  const { length } = value
  reserve(length * 3 + 16)
  if (length <= shortText) {
    const start = offset
    let at = start
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code >= 128) {
        at = -1
        break
      }
      scratch[at++] = code
    }
    if (at !== -1) {
      offset = at
      return
    }
  }
  // Node would write U+FFFD for half a surrogate pair. The method is in every Node that runs this, not yet in our `lib`.
  if (!(value as string & { isWellFormed: () => boolean }).isWellFormed()) {
    throw new Unwritable("a text with half a surrogate pair")
  }
  offset += scratch.write(value, offset, "utf8")
}

const cstring = (value: string): void => {
  if (value.includes("\0")) throw new Unwritable("a zero byte in the statement's text")
  text(value)
  scratch[offset++] = 0
}

const open = (code: number): number => {
  reserve(64)
  scratch[offset++] = code
  const at = offset
  offset += 4
  return at
}

const close = (at: number): void => {
  if (offset - at > largest) throw new TooLarge()
  int32At(offset - at, at)
}

const P = 80
const B = 66
const C = 67
const D = 68
const E = 69
const F = 102
const H = 72
const Q = 81
const S = 83
const X = 88

/**
 * Forgets what a batch that was given up has left.
 *
 * @since 0.1.0
 * @category batches
 */
export const begin = (): void => {
  offset = 0
}

/**
 * The batch. Small ones are copied (the socket may keep what it is given), large ones handed over.
 *
 * @since 0.1.0
 * @category batches
 */
export const take = (): Uint8Array => {
  const batch = scratch.subarray(0, offset)
  offset = 0
  if (scratch.length <= initialSize) return Buffer.from(batch)
  scratch = Buffer.allocUnsafeSlow(initialSize)
  return batch
}

/**
 * Parse; the server infers the types of the parameters.
 *
 * @since 0.1.0
 * @category messages
 */
export const parse = (name: string, sql: string): void => {
  const at = open(P)
  cstring(name)
  cstring(sql)
  reserve(2)
  int16(0)
  close(at)
}

/**
 * What Bind begins with: the unnamed portal and the statement's name.
 *
 * @since 0.1.0
 * @category messages
 */
export const target = (name: string): Uint8Array => Buffer.from(`\0${name}\0`, "latin1")

/**
 * Target of the unnamed statement.
 *
 * @since 0.1.0
 * @category messages
 */
export const unnamed: Uint8Array = target("")

/**
 * Bind, with all results as text. At most 65 535 parameters: their number would wrap.
 *
 * @since 0.1.0
 * @category messages
 */
export const bind = (head: Uint8Array, parameters: ReadonlyArray<Wire>): void => {
  const count = parameters.length
  const at = open(B)
  reserve(head.length + 16 + count * 2)
  scratch.set(head, offset)
  offset += head.length
  let binary = false
  for (let i = 0; i < count; i++) {
    if (parameters[i] instanceof Uint8Array) {
      binary = true
      break
    }
  }
  if (binary) {
    int16(count)
    for (let i = 0; i < count; i++) int16(parameters[i] instanceof Uint8Array ? 1 : 0)
  } else {
    int16(0)
  }
  int16(count)
  for (let i = 0; i < count; i++) value(parameters[i])
  reserve(2)
  int16(0)
  close(at)
}

const value = (given: Wire): void => {
  reserve(4)
  if (given === null || given === undefined) return int32(-1)
  const at = offset
  offset += 4
  if (typeof given === "string") text(given)
  else if (given instanceof Uint8Array) {
    reserve(given.length)
    scratch.set(given, offset)
    offset += given.length
  } else if (typeof given === "object") {
    throw new Unwritable("an object")
  } else if (typeof given === "symbol" || typeof given === "function") {
    throw new Unwritable("a symbol or a function")
  } else {
    // String(-0) is "0".
    text(Object.is(given, -0) ? "-0" : String(given))
  }
  int32At(offset - at - 4, at)
}

/**
 * Describe for the unnamed portal.
 *
 * @since 0.1.0
 * @category messages
 */
export const describe = (): void => {
  const at = open(D)
  scratch[offset++] = P
  scratch[offset++] = 0
  close(at)
}

/**
 * Execute for the unnamed portal; 0 rows are all.
 *
 * @since 0.1.0
 * @category messages
 */
export const execute = (rows: number): void => {
  const at = open(E)
  scratch[offset++] = 0
  int32(rows)
  close(at)
}

/**
 * Close for a named statement.
 *
 * @since 0.1.0
 * @category messages
 */
export const closeStatement = (name: string): void => {
  const at = open(C)
  scratch[offset++] = S
  cstring(name)
  close(at)
}

/**
 * Close for the unnamed portal.
 *
 * @since 0.1.0
 * @category messages
 */
export const closePortal = (): void => {
  const at = open(C)
  scratch[offset++] = P
  scratch[offset++] = 0
  close(at)
}

/**
 * Sync.
 *
 * @since 0.1.0
 * @category messages
 */
export const sync = (): void => close(open(S))

/**
 * Flush.
 *
 * @since 0.1.0
 * @category messages
 */
export const flush = (): void => close(open(H))

/**
 * A simple Query: one or several statements without parameters.
 *
 * @since 0.1.0
 * @category messages
 */
export const query = (sql: string): void => {
  const at = open(Q)
  cstring(sql)
  close(at)
}

/**
 * CopyFail.
 *
 * @since 0.1.0
 * @category messages
 */
export const copyFail = (reason: string): void => {
  const at = open(F)
  cstring(reason)
  close(at)
}

/**
 * Terminate.
 *
 * @since 0.1.0
 * @category messages
 */
export const terminate = (): void => close(open(X))

/**
 * SSLRequest, which comes before everything else on a connection.
 *
 * @since 0.1.0
 * @category messages
 */
export const sslRequest: Uint8Array = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47)

/**
 * CancelRequest, the only message of its connection.
 *
 * @since 0.1.0
 * @category messages
 */
export const cancelRequest = (processId: number, secretKey: number): Uint8Array => {
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(80_877_102, 4)
  message.writeInt32BE(processId, 8)
  message.writeInt32BE(secretKey, 12)
  return message
}
