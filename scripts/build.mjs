// Compiles src to dist. Prints on stderr only: `npm pack --json` and friends read stdout of lifecycle scripts.
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, rmSync } from "node:fs"
import { createRequire } from "node:module"

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")
rmSync("dist", { recursive: true, force: true })
const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { encoding: "utf8" })
if (stdout !== "") process.stderr.write(stdout)
if (existsSync("dist/bin.js")) chmodSync("dist/bin.js", 0o755)
process.exitCode = status ?? 1
