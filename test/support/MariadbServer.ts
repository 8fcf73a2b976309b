/**
 * A real MariaDB server, started for a run of the tests: fast settings, loopback only.
 */
import { writeFileSync } from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { aptInstall, folderWith, freePort, run, serverAccount } from "./Machine.js"
import type { Credentials } from "./PostgresServer.js"
import * as ServerProcess from "./ServerProcess.js"

/** Everything a test may know about a server; plain data, it crosses processes. */
export interface MariadbInfo {
  readonly engine: "mariadb"
  /** As the server says it: `10.11.19`. */
  readonly version: string
  readonly host: string
  readonly port: number
  /** May do everything. */
  readonly admin: Credentials
  /** Absent when the server is somebody else's (`TEST_MARIADB_URL`). */
  readonly own: { readonly pid: number; readonly directory: string; readonly socket: string } | null
}

/** The folders of the server's programs; installs them where that is possible. */
export const programs = async (): Promise<{ readonly server: string; readonly install: string }> => {
  const find = () => {
    const [server, install] = [folderWith("mariadbd"), folderWith("mariadb-install-db", "my_print_defaults")]
    return server !== undefined && install !== undefined
      ? { server: path.join(server, "mariadbd"), install: path.join(install, "mariadb-install-db") }
      : undefined
  }
  // The "core" packages are the programs alone: no service that starts by itself.
  const found = find() ?? (await aptInstall("mariadb-server-core", "mariadb-client-core") ? find() : undefined)
  if (found === undefined) {
    throw new Error(
      "MariaDB is missing: install mariadb-server-core and mariadb-client-core, or set TEST_MARIADB_URL to a superuser's URL."
    )
  }
  return found
}

/** The version in the greeting that a server sends to whoever connects: no driver is needed to know that it is ready. */
const greeting = (host: string, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, timeout: 5000 })
    socket.once("error", reject)
    socket.once("timeout", () => socket.destroy(new Error("no greeting in 5 s")))
    socket.once("data", (packet) => {
      socket.destroy()
      // Four bytes of header and the protocol's version, then the server's version up to a zero byte.
      const text = packet.subarray(5, packet.indexOf(0, 5)).toString("latin1")
      if (packet[4] !== 10) reject(new Error(`the server refused: ${packet.subarray(7).toString("latin1")}`))
      else resolve(text.replace(/^5\.5\.5-/, "").replace(/-MariaDB.*$/, ""))
    })
  })

const waitUntilReady = async (port: number, server: ServerProcess.ServerProcess, directory: string) => {
  const until = Date.now() + 60_000
  for (;;) {
    try {
      return await greeting("127.0.0.1", port)
    } catch (error) {
      if (server.hasExited() || Date.now() > until) {
        throw new Error(`MariaDB did not start: ${String(error)}\n${ServerProcess.logTail(directory)}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Starts a server of our own. */
export const start = async (): Promise<{ readonly info: MariadbInfo; readonly dispose: () => Promise<void> }> => {
  const account = serverAccount("mysql")
  const { install, server: binary } = await programs()
  const directory = ServerProcess.makeDirectory("mariadb", account)
  let server: ServerProcess.ServerProcess | undefined
  try {
    const data = path.join(directory, "data")
    await run(install, ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal"], { account })
    const port = await freePort()
    const socket = path.join(directory, "mariadb.sock")
    const admin = { user: "admin", password: "admin" }
    const initFile = path.join(directory, "init.sql")
    writeFileSync(
      initFile,
      `create or replace user '${admin.user}'@'%' identified by '${admin.password}';\n`
        + `grant all on *.* to '${admin.user}'@'%' with grant option;\n`
    )
    server = await ServerProcess.start({
      directory,
      account,
      command: [
        ...[binary, "--no-defaults", `--datadir=${data}`, `--port=${port}`, `--socket=${socket}`],
        ...["--bind-address=127.0.0.1", "--skip-name-resolve", "--character-set-server=utf8mb4"],
        ...["--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0", "--innodb-doublewrite=0", "--max-connections=100"],
        ...["--default-time-zone=+00:00", "--innodb-buffer-pool-size=64M", `--init-file=${initFile}`]
      ]
    })
    const version = await waitUntilReady(port, server, directory)
    return {
      info: { engine: "mariadb", version, host: "127.0.0.1", port, admin, own: { pid: server.pid, directory, socket } },
      dispose: async () => {
        await server?.stop("SIGTERM")
        ServerProcess.removeDirectory(directory)
      }
    }
  } catch (error) {
    await server?.stop("SIGKILL")
    ServerProcess.removeDirectory(directory)
    throw error
  }
}

/** Uses a server of somebody else's, whose superuser's URL is given. */
export const adopt = async (
  url: string
): Promise<{ readonly info: MariadbInfo; readonly dispose: () => Promise<void> }> => {
  const { hostname, password, port: given, username } = new URL(url)
  const port = given === "" ? 3306 : Number(given)
  const admin = { user: decodeURIComponent(username), password: decodeURIComponent(password) }
  return {
    info: { engine: "mariadb", version: await greeting(hostname, port), host: hostname, port, admin, own: null },
    dispose: async () => {}
  }
}
