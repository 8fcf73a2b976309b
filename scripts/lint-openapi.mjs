// Runs redocly (recommended rules) and spectral (spectral:oas) on an OpenAPI document: a file, or the address of a served one.
// Errors and warnings fail. Usage: node scripts/lint-openapi.mjs http://127.0.0.1:3000/openapi.json
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"

const [source] = process.argv.slice(2)
if (source === undefined) {
  process.stderr.write("usage: node scripts/lint-openapi.mjs <file or URL of an OpenAPI document>\n")
  process.exit(2)
}

const read = async (from) => {
  if (!/^https?:/.test(from)) return readFileSync(from, "utf8")
  const response = await fetch(from)
  if (!response.ok) throw new Error(`${from} answered ${response.status}`)
  return response.text()
}

const require = createRequire(import.meta.url)
const binary = (name, command) => {
  const path = require.resolve(`${name}/package.json`)
  const { bin } = JSON.parse(readFileSync(path, "utf8"))
  return resolve(dirname(path), typeof bin === "string" ? bin : bin[command])
}

const directory = mkdtempSync(join(tmpdir(), "openapi-"))
try {
  const document = join(directory, "openapi.json")
  const ruleset = join(directory, "spectral.json")
  writeFileSync(document, await read(source))
  writeFileSync(ruleset, JSON.stringify({ extends: ["spectral:oas"] }))
  const run = (title, file, args) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [file, ...args], {
      cwd: directory,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" }
    })
    // Both print a JSON report; redocly's exit code tells of errors only, spectral's of warnings too.
    const report = stdout.slice(stdout.search(/[[{]/))
    const passed = status === 0 && (title !== "redocly" || JSON.parse(report).totals.warnings === 0)
    process.stderr.write(`${title}: ${passed ? "passed" : `failed\n${stdout}${stderr}`}\n`)
    return passed
  }
  const spectral = ["lint", "--fail-severity=warn", "--format=json", "-r", ruleset, document]
  const passed = [
    run("redocly", binary("@redocly/cli", "redocly"), ["lint", "--extends=recommended", "--format=json", document]),
    run("spectral", binary("@stoplight/spectral-cli", "spectral"), spectral)
  ]
  process.exitCode = passed.includes(false) ? 1 : 0
} finally {
  rmSync(directory, { recursive: true, force: true })
}
