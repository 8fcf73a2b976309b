// Installs the packed package into an empty project, as a user does, and uses it there: every entry of `exports` loads,
// a small program compiles and runs on SQLite, and the command answers.
//
// Nothing is fetched that the installed project does not have in npm's cache, and better-sqlite3 is not compiled again.
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"))
const { devDependencies, exports, peerDependencies, peerDependenciesMeta, version } = manifest

/** The optional peers that the program needs: the others must not be missed. */
const optional = ["better-sqlite3", "@effect/sql-sqlite-node", "@effect/cli", "@effect/platform-node"]
const required = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)

/** Entries that need an optional peer which is not installed here. */
const engineEntries = { "./SqlLayer/postgresql": "pg" }

const project = mkdtempSync(path.join(os.tmpdir(), "smoke-"))

const run = (title, command, args, cwd = project) => {
  const started = Date.now()
  const { error, signal, status, stderr, stdout } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, npm_config_update_notifier: "false", npm_config_yes: "false" },
    timeout: 600_000,
    maxBuffer: 64 * 1024 * 1024
  })
  if (status !== 0) {
    process.stdout.write(
      `${stdout}${stderr}\nsmoke: ${title} failed (${error?.message ?? signal ?? `exit ${status}`})\n`
    )
    throw new Error(title)
  }
  process.stdout.write(`smoke: ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`)
  return stdout
}

const expect = (what, condition) => {
  if (condition) return
  process.stdout.write(`smoke: ${what}\n`)
  throw new Error(what)
}

try {
  const [packed] = JSON.parse(run("npm pack", "npm", ["pack", "--json", "--pack-destination", project], root))
  const names = packed.files.map((file) => file.path)
  expect("the package has no dist/index.js", names.includes("dist/index.js"))
  expect("the package carries tests", !names.some((name) => /\.test\.|^test\//.test(name)))

  writeFileSync(path.join(project, "package.json"), JSON.stringify({ name: "smoke", private: true, type: "module" }))
  const versions = [...required, ...optional, "@types/node"].map((name) => `${name}@${devDependencies[name]}`)
  run("install", "npm", [
    ...["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"],
    ...[`./${packed.filename}`, ...versions]
  ])
  cpSync(
    path.join(root, "node_modules/better-sqlite3/build"),
    path.join(project, "node_modules/better-sqlite3/build"),
    { recursive: true }
  )

  const entries = Object.keys(exports).filter((entry) => entry !== "./package.json" && !(entry in engineEntries))
  writeFileSync(
    path.join(project, "entries.js"),
    entries.map((entry) => `await import(${JSON.stringify(`effect-svc-infra${entry.slice(1)}`)})`).join("\n")
  )
  run(`load ${entries.length} entries without the peers of other engines`, process.execPath, ["entries.js"])

  cpSync(path.join(root, "scripts/smoke/program.ts"), path.join(project, "program.ts"))
  writeFileSync(
    path.join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        module: "NodeNext",
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        types: ["node"]
      },
      files: ["program.ts"]
    })
  )
  run("compile the program", process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "."])
  process.stdout.write(run("run the program", process.execPath, ["program.js"]))

  const printed = run("npx svc-infra --version", "npx", ["--no-install", "svc-infra", "--version"]).trim()
  expect(`svc-infra --version printed ${JSON.stringify(printed)}, not ${version}`, printed === version)
  process.stdout.write("smoke: the packed package works in an empty project\n")
} catch {
  process.exitCode = 1
} finally {
  rmSync(project, { recursive: true, force: true })
}
