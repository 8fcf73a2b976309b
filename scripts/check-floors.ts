/**
 * Prints every import in src that breaks a rule of `Floors.ts`, and fails if there is one.
 */
import { fileURLToPath } from "node:url"
import { check } from "./Floors.js"

const { files, problems } = check(fileURLToPath(new URL("..", import.meta.url)))
for (const { at, message, rule } of problems) process.stdout.write(`${at}: ${rule}: ${message}\n`)
process.stdout.write(
  problems.length === 0
    ? `floors: ${files} files, imports go down only\n`
    : `floors: ${problems.length} problems in ${files} files\n`
)
process.exitCode = problems.length === 0 ? 0 : 1
