/**
 * The `svc-infra` command: composes the `Cli.ts` of the rooms, and loads only the one that is asked for.
 *
 * @since 0.1.0
 */
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { readFileSync } from "node:fs"
import { stripVTControlCharacters } from "node:util"
import * as DotEnv from "./Config/DotEnv.js"
import * as EntryPoint from "./Config/EntryPoint.js"

const rooms = {
  config: () => import("./Config/Cli.js")
}

const loadCommands = async (wanted: string | undefined) => {
  const loaders = Object.entries(rooms)
  const one = loaders.filter(([name]) => name === wanted)
  const loaded = await Promise.all((one.length === 0 ? loaders : one).map(([, load]) => load()))
  return loaded.map((room) => room.command)
}

// the package's root is one level up, from src and from dist alike; its version is a string
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }

const program = Effect.gen(function*() {
  const commands = yield* Effect.promise(() => loadCommands(process.argv[2]))
  if (!Arr.isNonEmptyArray(commands)) return
  const root = Command.make("svc-infra").pipe(
    Command.withDescription("Database services for Effect programs"),
    Command.withSubcommands(commands),
    // here, so that a bad .env file does not keep --help from answering
    Command.provide(DotEnv.layer())
  )
  yield* Command.run(root, { name: "svc-infra", version, executable: "svc-infra" })(process.argv)
})

// @effect/cli colours its help for pipes and files too
const plain = (stream: NodeJS.WriteStream) => (values: ReadonlyArray<unknown>) =>
  stream.isTTY && process.env["NO_COLOR"] === undefined
    ? values
    : values.map((value) => typeof value === "string" ? stripVTControlCharacters(value).trimEnd() : value)

const withPlainConsole = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.consoleWith((console: Console.Console) =>
    Effect.withConsole(effect, {
      ...console,
      log: (...values) => console.log(...plain(process.stdout)(values)),
      error: (...values) => console.error(...plain(process.stderr)(values))
    })
  )

const report = (cause: Cause.Cause<unknown>): void => {
  // the parser of the command line has said what is wrong already
  if (Option.exists(Cause.failureOption(cause), ValidationError.isValidationError)) return
  if (!Cause.isInterruptedOnly(cause)) process.stderr.write(`svc-infra: ${EntryPoint.describe(cause)}\n`)
}

/**
 * Runs the command with the arguments of the process.
 *
 * @since 0.1.0
 * @category running
 */
export const main = (): void =>
  NodeRuntime.runMain(
    program.pipe(
      Effect.provide(EntryPoint.logger),
      Effect.provide(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeTerminal.layer)),
      withPlainConsole,
      Effect.tapErrorCause((cause) => Effect.sync(() => report(cause)))
    ),
    { disableErrorReporting: true, disablePrettyLogger: true }
  )
