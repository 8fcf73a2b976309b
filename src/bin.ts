#!/usr/bin/env node
/**
 * The `svc-infra` command. What it is made of (`Cli.ts`) needs two optional peers, and says so where they are missing.
 *
 * @since 0.1.0
 */
const needs = "@effect/cli @effect/platform-node @effect/printer @effect/printer-ansi @effect/typeclass"

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND" && /@effect\//.test(error.message)

try {
  const { main } = await import("./Cli.js")
  main()
} catch (error) {
  if (!isMissing(error)) throw error
  process.stderr.write(`svc-infra: the command needs packages that are not installed: npm install ${needs}\n`)
  process.exitCode = 1
}
