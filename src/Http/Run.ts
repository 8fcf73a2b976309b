/**
 * Runs a server's program as the main one of its process: until SIGTERM or SIGINT, then it is interrupted and may clean up, and
 * the process ends with 0. A failure is one line on stderr and exit code 1.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as EntryPoint from "../Config/EntryPoint.js"

const signals = ["SIGINT", "SIGTERM"] as const

/** npm, and a terminal's Ctrl-C, deliver one signal several times; only a later one is meant as "at once". */
const repeated = 1000

/**
 * `NodeRuntime.runMain` ends at the second signal, which under `npm start` follows the first at once and would cut off the
 * requests under way. `name` begins the line of a failure.
 *
 * @since 0.1.0
 * @category running
 */
export const runMain = <A, E>(program: Effect.Effect<A, E>, options: { readonly name: string }): void => {
  const fiber = Effect.runFork(program)
  // A fiber that waits for ever keeps no process alive.
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1)
  let interruptedAt: number | undefined
  const onSignal = (signal: (typeof signals)[number]) => {
    if (interruptedAt === undefined) {
      interruptedAt = performance.now()
      process.stderr.write(`${options.name}: ${signal}, stopping\n`)
      fiber.unsafeInterruptAsFork(fiber.id())
    } else if (performance.now() - interruptedAt > repeated) {
      process.stderr.write(`${options.name}: ${signal} again, stopping at once\n`)
      process.exit(signal === "SIGINT" ? 130 : 143)
    }
  }
  for (const signal of signals) process.on(signal, onSignal)
  fiber.addObserver((exit) => {
    clearInterval(keepAlive)
    const failed = Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)
    if (failed) process.stderr.write(`${options.name}: ${EntryPoint.describe(exit.cause)}\n${stackOf(exit.cause)}`)
    process.exit(failed ? 1 : 0)
  })
}

/** Of a defect: a mistake in the program, which its author has to find. A failure needs none. */
const stackOf = (cause: Cause.Cause<unknown>): string => {
  const defect = Option.getOrUndefined(Cause.failureOption(cause)) === undefined ? Cause.squash(cause) : undefined
  const frames = defect instanceof Error ? defect.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [] : []
  return frames.map((frame) => `${frame}\n`).join("")
}
