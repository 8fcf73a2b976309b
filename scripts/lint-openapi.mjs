// Runs redocly (recommended rules) and spectral (spectral:oas) on an OpenAPI document: a file, or the address of a served one.
// Errors and warnings fail. Without an argument it is the document of the users example, served for the purpose.
// Usage: npm run lint:openapi [-- http://127.0.0.1:3000/openapi.json]
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"

const serveExample = () =>
  new Promise((resolve, reject) => {
    const program = spawn(process.execPath, ["--import", "tsx", "examples/users-api/main.ts"], {
      env: { ...process.env, SQL_URL: "sqlite://", PORT: "0", HOST: "127.0.0.1" },
      stdio: ["ignore", "inherit", "pipe"]
    })
    let said = ""
    program.stderr.on("data", (chunk) => {
      said += chunk
      const [, url] = /documentation at (http:\S+)\/docs/.exec(said) ?? []
      if (url !== undefined) resolve({ source: `${url}/openapi.json`, stop: () => program.kill() })
    })
    program.on("exit", () => reject(new Error(`the example did not start: ${said}`)))
  })

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
  const given = process.argv[2]
  const { source, stop } = given === undefined ? await serveExample() : { source: given, stop: () => {} }
  try {
    writeFileSync(document, await read(source))
  } finally {
    stop()
  }
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
