/**
 * One server process in a temporary directory, which neither outlives us nor leaves files behind - whatever we die of.
 *
 * A small shell stands between: it holds the read end of a pipe of ours. When we are gone, however that happened, the
 * pipe closes, and the shell ends the server and removes its directory.
 */
import { spawn } from "node:child_process"
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { Account } from "./Machine.js"

const guard = `
directory=$1 log=$2; shift 2
exec 3<&0
"$@" >>"$log" 2>&1 </dev/null 3<&- &
server=$!
echo $server
{
  cat <&3 >/dev/null
  trap '' TERM
  kill -QUIT $server 2>/dev/null
  while kill -0 $server 2>/dev/null; do sleep 0.1; done
  rm -rf "$directory"
} >/dev/null 2>&1 &
guardian=$!
exec 3<&-
wait $server
code=$?
kill $guardian 2>/dev/null
exit $code
`

/** A running server process. */
export interface ServerProcess {
  readonly pid: number
  /** Ends when the process has. */
  readonly exited: Promise<void>
  readonly hasExited: () => boolean
  /** Signals the process by its pid and waits for its end; after ten seconds it is killed. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>
}

/** Makes the directory of a server, owned by its account. */
export const makeDirectory = (name: string, account: Account | undefined): string => {
  const directory = mkdtempSync(path.join(os.tmpdir(), `${name}-`))
  if (account !== undefined) chownSync(directory, account.uid, account.gid)
  return directory
}

/** Removes the directory of a server. */
export const removeDirectory = (directory: string): void => rmSync(directory, { recursive: true, force: true })

/** Starts a server; its output goes to `server.log` in its directory. */
export const start = async (options: {
  readonly directory: string
  readonly command: ReadonlyArray<string>
  readonly account?: Account | undefined
}): Promise<ServerProcess> => {
  const log = path.join(options.directory, "server.log")
  const shell = spawn("sh", ["-c", guard, "sh", options.directory, log, ...options.command], {
    cwd: "/",
    env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", TZ: "UTC" },
    stdio: ["pipe", "pipe", "ignore"],
    // Not in the terminal's process group: an interrupt there is for vitest, which then stops us in order.
    detached: true,
    ...options.account
  })
  let ended = false
  const exited = new Promise<void>((resolve) =>
    shell.once("exit", () => {
      ended = true
      resolve()
    })
  )
  const pid = await new Promise<number>((resolve, reject) => {
    shell.once("error", reject)
    shell.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString())))
    void exited.then(() => reject(new Error(`${options.command[0]} did not start`)))
  })
  shell.stdin.on("error", () => {})
  shell.unref()
  return {
    pid,
    exited,
    hasExited: () => ended,
    stop: async (signal) => {
      if (ended) return
      process.kill(pid, signal)
      const force = setTimeout(() => process.kill(pid, "SIGKILL"), 10_000)
      await exited
      clearTimeout(force)
    }
  }
}

/** The last lines of a server's log, for the message of a failure. */
export const logTail = (directory: string): string => {
  try {
    return readFileSync(path.join(directory, "server.log"), "utf8").split("\n").slice(-20).join("\n")
  } catch {
    return "(no log)"
  }
}
