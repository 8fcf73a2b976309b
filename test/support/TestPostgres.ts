/**
 * PostgreSQL for one test: a fresh database, an independent witness of what is really in it, and the means to hurt it.
 *
 * @example
 * const database = yield* TestPostgres.freshDatabase()
 * const sql = yield* Sql.make({ url: database.url })
 * ...
 * expect(yield* database.witness("select count(*)::int as n from users")).toEqual([{ n: 1 }])
 * expect(yield* TestPostgres.sessionsOf(database)).toHaveLength(0)
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import pg from "pg"
import * as Engines from "./Engines.js"
import { type Credentials, execute, type PostgresInfo } from "./PostgresServer.js"
import * as PostgresServer from "./PostgresServer.js"

/** Where a URL may differ from the plain one. */
export interface UrlOptions {
  /** Default: the owner of the database, an ordinary role. */
  readonly as?: Credentials | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly database?: string | undefined
  /** Default: `sslmode=disable`, unless `sslmode` is given. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
}

/** A database of one test's own. */
export interface TestDatabase {
  readonly name: string
  readonly server: PostgresInfo
  /** For the owner, over plain TCP: `postgresql://app:...@127.0.0.1:5432/name?sslmode=disable`. */
  readonly url: string
  readonly urlWith: (options: UrlOptions) => string
  /** Runs SQL as the superuser by the raw driver, on a connection (`application_name` "witness") that nothing else uses. */
  readonly witness: <Row extends Record<string, unknown> = Record<string, unknown>>(
    sql: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<Row>>
}

/** A session of the server, as `pg_stat_activity` shows it. */
export interface ServerSession {
  readonly pid: number
  readonly user: string
  readonly applicationName: string
  /** `active`, `idle`, `idle in transaction`, ... */
  readonly state: string | null
  readonly waitEvent: string | null
  readonly query: string
}

/** The URL of a database of a server. */
export const urlOf = (server: PostgresInfo, options: UrlOptions = {}): string => {
  const { password, user } = options.as ?? server.app
  const parameters = new URLSearchParams({ sslmode: "disable", ...options.parameters })
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${options.host ?? server.host}:${
    options.port ?? server.port
  }/${options.database ?? "postgres"}?${parameters}`
}

const connectionOf = (server: PostgresInfo, database: string): pg.ClientConfig => ({
  host: server.host,
  port: server.port,
  ...server.admin,
  database,
  application_name: "witness"
})

let made = 0
const freshName = () => `t_${process.pid}_${++made}_${randomBytes(4).toString("hex")}`

/** A database that exists until the scope closes; the sessions still in it are then ended by the server. */
export const freshDatabase = (
  options: {
    /** Default: `postgresql`. */
    readonly on?: "postgresql" | "postgresql18" | PostgresInfo | undefined
    /** Added to `url`. */
    readonly parameters?: Readonly<Record<string, string>> | undefined
  } = {}
): Effect.Effect<TestDatabase, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { on = "postgresql" } = options
    const server = typeof on === "string" ? yield* Engines.get(on) : on
    const name = freshName()
    const control = connectionOf(server, "postgres")
    yield* Effect.acquireRelease(
      Effect.promise(() => execute(control, `create database ${name} owner ${pg.escapeIdentifier(server.app.user)}`)),
      () => Effect.promise(() => execute(control, `drop database ${name} with (force)`))
    )
    const witness = yield* makeWitness(connectionOf(server, name))
    const urlWith = (given: UrlOptions) => urlOf(server, { database: name, ...given })
    return { name, server, url: urlWith({ parameters: options.parameters }), urlWith, witness }
  })

const makeWitness = (connection: pg.ClientConfig): Effect.Effect<TestDatabase["witness"], never, Scope.Scope> =>
  Effect.gen(function*() {
    let open: Promise<pg.Client> | undefined
    const client = () =>
      open ??= (async () => {
        const fresh = new pg.Client(connection)
        // A server that is killed takes the witness along; the next question asks on a new connection.
        fresh.on("error", () => (open = undefined))
        await fresh.connect()
        return fresh
      })()
    yield* Effect.addFinalizer(() => Effect.promise(async () => (await open?.catch(() => undefined))?.end()))
    return <Row extends Record<string, unknown>>(sql: string, parameters: ReadonlyArray<unknown> = []) =>
      Effect.promise(async () => {
        const asked = client()
        try {
          return (await (await asked).query<Row>(sql, [...parameters])).rows
        } catch (error) {
          if (open === asked && !(error instanceof pg.DatabaseError)) open = undefined
          throw error
        }
      })
  })

/** The sessions in the database but the witness's own, oldest first. */
export const sessionsOf = (
  database: TestDatabase,
  applicationName?: string
): Effect.Effect<ReadonlyArray<ServerSession>> =>
  Effect.map(
    database.witness<{ [K in keyof ServerSession]: ServerSession[K] }>(
      `select pid, usename as "user", application_name as "applicationName", state, wait_event as "waitEvent", query
         from pg_stat_activity
        where datname = $1 and backend_type = 'client backend' and pid <> pg_backend_pid()
        order by backend_start`,
      [database.name]
    ),
    (rows) => applicationName === undefined ? rows : rows.filter((row) => row.applicationName === applicationName)
  )

/** Ends all sessions in the database but the witness's, by `pg_terminate_backend`; says how many. */
export const killBackends = (database: TestDatabase): Effect.Effect<number> =>
  Effect.map(
    database.witness(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = $1 and backend_type = 'client backend' and pid <> pg_backend_pid()`,
      [database.name]
    ),
    (rows) => rows.length
  )

/** A server of the test's own, for what would hurt other tests: killing processes, restarts, other settings. */
export interface OwnServer {
  readonly info: PostgresInfo
  /** `kill -9` of one backend: the server then ends all sessions and recovers. */
  readonly kill9: (backendPid: number) => Effect.Effect<void>
  /** Stops the server: `smart` waits for clients, `fast` ends their sessions, `immediate` is a crash, `kill9` is `kill -9`. */
  readonly stop: (how: "fast" | "immediate" | "kill9") => Effect.Effect<void>
  /** Starts it again on the same port and data. */
  readonly restart: Effect.Effect<void>
}

/** Starts a server for this scope alone (about two seconds). */
export const ownServer = (
  options: {
    readonly engine?: PostgresInfo["engine"] | undefined
    readonly tls?: boolean | undefined
    /** `name=value`, as of postgresql.conf. */
    readonly settings?: ReadonlyArray<string> | undefined
  } = {}
): Effect.Effect<OwnServer, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() =>
        PostgresServer.start(options.engine ?? "postgresql", {
          tls: options.tls ?? false,
          settings: options.settings ?? []
        })
      ),
      (server) => Effect.promise(() => server.dispose())
    ),
    (server): OwnServer => ({
      info: server.info,
      kill9: (backendPid) => Effect.sync(() => void process.kill(backendPid, "SIGKILL")),
      stop: (how) =>
        Effect.promise(() =>
          server.process().stop(how === "fast" ? "SIGINT" : how === "immediate" ? "SIGQUIT" : "SIGKILL")
        ),
      restart: Effect.promise(() => server.restart())
    })
  )

/** A server that speaks TLS and has a Unix socket: the machine's, or one of the test's own where that is somebody else's. */
export const tlsServer: Effect.Effect<
  PostgresInfo & { readonly own: NonNullable<PostgresInfo["own"]>; readonly tls: NonNullable<PostgresInfo["tls"]> },
  never,
  Scope.Scope
> = Effect.gen(function*() {
  const shared = yield* Engines.postgresql
  const info = shared.tls === null ? (yield* ownServer({ tls: true })).info : shared
  const { own, tls } = info
  if (own === null || tls === null) return yield* Effect.die(new Error("a server of ours has both"))
  return { ...info, own, tls }
})
