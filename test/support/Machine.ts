/**
 * What the servers of the tests need from the machine: programs, an account that is not root, free ports, packages.
 *
 * Plain promises, not Effects: the host of the engines runs in vitest's main process, outside of any test.
 */
import { spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import * as net from "node:net"
import * as path from "node:path"

/** The account that owns a server's process and files: PostgreSQL refuses to run as root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Says something to the person at the terminal, past vitest's capture of the console. */
export const announce = (message: string): void => void process.stderr.write(`[test servers] ${message}\n`)

/** Fails with the program's whole output: what a failing initdb says must not be lost. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  options: { readonly account?: Account | undefined; readonly env?: NodeJS.ProcessEnv } = {}
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: "/",
      env: { ...process.env, LC_ALL: "C.UTF-8", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      ...options.account
    })
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()))
    child.once("error", reject)
    child.once("close", (code, signal) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`${command} ${args.join(" ")} ended with ${signal ?? code}:\n${output}`)))
  })

const idOf = (user: string): Account | undefined => {
  const uid = spawnSync("id", ["-u", user], { encoding: "utf8" })
  const gid = spawnSync("id", ["-g", user], { encoding: "utf8" })
  return uid.status === 0 && gid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined
}

/** Whose name servers run under: our own, unless we are root. */
export const serverAccount = (preferred: string): Account | undefined =>
  process.getuid?.() === 0 ? idOf(preferred) ?? idOf("nobody") : undefined

/** Whether the account may execute the program: a clone below `/root`, say, is closed to it. */
export const canRun = (program: string, account: Account | undefined): boolean =>
  spawnSync(program, ["--version"], { cwd: "/", stdio: "ignore", ...account }).status === 0

/** A port of the loopback interface that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      // A listening TCP server's address is never a pipe name or null.
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })

/** The folders of the machine that may hold a program of a database server. */
export const programFolders = (): ReadonlyArray<string> => {
  const versions = "/usr/lib/postgresql"
  const debian = existsSync(versions)
    ? readdirSync(versions)
      .sort((a, b) => Number(a) - Number(b))
      .map((version) => path.join(versions, version, "bin"))
    : []
  return [...debian, ...(process.env["PATH"] ?? "").split(path.delimiter), "/usr/sbin", "/usr/local/sbin"]
}

/** The first folder that holds all these programs. */
export const folderWith = (...programs: ReadonlyArray<string>): string | undefined =>
  programFolders().find((folder) =>
    folder !== "" && programs.every((program) => existsSync(path.join(folder, program)))
  )

/** Installs a package by `apt-get` where that is possible (Debian, as root); says whether it was. */
export const aptInstall = async (...packages: ReadonlyArray<string>): Promise<boolean> => {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false
  announce(`installing ${packages.join(", ")} by apt-get`)
  const env = { DEBIAN_FRONTEND: "noninteractive" }
  const lock = ["-o", "DPkg::Lock::Timeout=300", "-q"]
  try {
    // Another process may hold the lock of the lists: what it fetched serves us as well.
    await run("apt-get", [...lock, "update"], { env }).catch((error: unknown) => announce(String(error)))
    await run("apt-get", [...lock, "install", "-y", "--no-install-recommends", ...packages], { env })
    return true
  } catch (error) {
    announce(String(error))
    return false
  }
}
