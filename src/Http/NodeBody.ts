/**
 * Reads bodies from node:http itself: counted while they arrive, bounded in time, and never by destroying the socket before the
 * answer is out.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { IncomingMessage } from "node:http"
import { BodyError } from "./Route.js"

const defaultTimeout = 15_000

/**
 * The body, at most this many bytes within this many milliseconds.
 *
 * @since 0.1.0
 * @category readers
 */
export const read = (
  source: IncomingMessage,
  maxBytes: number,
  timeoutMillis: number = defaultTimeout
): Effect.Effect<Uint8Array, BodyError> =>
  Effect.async<Uint8Array, BodyError>((resume) => {
    if (Number(source.headers["content-length"] ?? 0) > maxBytes) {
      resume(Effect.fail(new BodyError({ status: 413 })))
      return
    }
    if (source.destroyed && !source.readableEnded) {
      resume(Effect.fail(new BodyError({ status: 400 })))
      return
    }
    const chunks: Array<Buffer> = []
    let size = 0
    const done = (effect: Effect.Effect<Uint8Array, BodyError>) => {
      stop()
      resume(effect)
    }
    const fail = (status: 400 | 408 | 413) => done(Effect.fail(new BodyError({ status })))
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) fail(413)
      else chunks.push(chunk)
    }
    const onEnd = () => done(Effect.succeed(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
    const onError = () => fail(400)
    const timer = setTimeout(() => fail(408), timeoutMillis)
    const stop = () => {
      clearTimeout(timer)
      source.off("data", onData).off("end", onEnd).off("error", onError).off("close", onError)
      // A stream without any listener of its errors would throw them.
      source.on("error", ignore)
      source.pause()
    }
    source.on("data", onData).on("end", onEnd).on("error", onError).on("close", onError)
    return Effect.sync(stop)
  })

const ignore = () => {}

/**
 * Calls back when the client has sent the rest, has gone, or has had its time: an answer to a body that is still on its way is lost
 * when the connection is closed under it (the kernel resets it).
 *
 * @since 0.1.0
 * @category readers
 */
export const drained = (source: IncomingMessage, millis: number, then: () => void): void => {
  if (source.complete || source.destroyed) {
    then()
    return
  }
  const done = () => {
    clearTimeout(timer)
    source.off("end", done).off("close", done)
    then()
  }
  const timer = setTimeout(done, millis)
  source.on("end", done).on("close", done).resume()
}
