// Completes package-lock.json with the optional packages of other platforms.
//
// A registry mirror may carry the native packages of one platform only. `npm install` then writes a lock file without
// the others, and `npm ci`, which compares the lock file with what package.json asks for, refuses it - on the same
// machine too. This adds the missing entries (version from the range that asks for them, platform from the name), which
// npm skips on a platform that is not theirs. Run it after `npm install`: `npm run lockfile`.
import { readFileSync, writeFileSync } from "node:fs"

const systems = {
  aix: "aix",
  android: "android",
  darwin: "darwin",
  freebsd: "freebsd",
  linux: "linux",
  netbsd: "netbsd",
  openbsd: "openbsd",
  openharmony: "openharmony",
  sunos: "sunos",
  win32: "win32",
  windows: "win32"
}
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"]
const libraries = { glibc: "glibc", gnu: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" }

const file = "package-lock.json"
const lock = JSON.parse(readFileSync(file, "utf8"))
const added = []
for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    // Where node would find it: beside the package, or in a folder above.
    const found = place.split("/node_modules/").some((_, index, parts) => {
      const folder = parts.slice(0, index + 1).join("/node_modules/")
      return lock.packages[`${folder}/node_modules/${name}`] !== undefined
    })
    if (found || lock.packages[`node_modules/${name}`] !== undefined) continue
    const words = name.split("/").at(-1).split("-")
    const os = words.map((word) => systems[word]).find((system) => system !== undefined)
    const cpu = processors.find((processor) => words.includes(processor))
    const libc = words.map((word) => libraries[word]).find((library) => library !== undefined)
    if (os === undefined && cpu === undefined) {
      process.stderr.write(`lockfile: ${name} (optional, of ${place}) is missing and its name says no platform\n`)
      process.exitCode = 1
      continue
    }
    const { dev, devOptional } = entry
    lock.packages[`node_modules/${name}`] = {
      version: range.replace(/^[\^~=v]+/, ""),
      ...(cpu === undefined ? {} : { cpu: [cpu] }),
      ...(dev === undefined ? {} : { dev }),
      ...(devOptional === undefined ? {} : { devOptional }),
      ...(libc === undefined ? {} : { libc: [libc] }),
      optional: true,
      ...(os === undefined ? {} : { os: [os] })
    }
    added.push(`${name}@${range}`)
  }
}
if (added.length > 0) {
  const [root, ...others] = Object.entries(lock.packages)
  lock.packages = Object.fromEntries([root, ...others.sort(([a], [b]) => a.localeCompare(b, "en"))])
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
}
process.stderr.write(`lockfile: ${added.length} packages of other platforms added\n`)
