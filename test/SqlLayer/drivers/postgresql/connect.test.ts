import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { inspect } from "node:util"
import { DriverFailure } from "../../../../src/Database/DriverFailure.js"
import * as Engines from "../../../support/Engines.js"
import { eventually, pause } from "../../../support/Eventually.js"
import * as FaultProxy from "../../../support/FaultProxy.js"
import * as TestPostgres from "../../../support/TestPostgres.js"
import { attempt, connect, driverOf, engines, run, session, strayErrors } from "./Sessions.js"

/** How the session of a URL is protected, or why there is none. */
const protection = (url: string) =>
  Effect.scoped(Effect.gen(function*() {
    const made = yield* connect(url)
    const [row] = yield* run(made, "select ssl from pg_stat_ssl where pid = pg_backend_pid()")
    return row?.[0] === "t" ? "tls" : "plain"
  })).pipe(Effect.catchAll((error) => Effect.succeed("reason" in error ? `${error._tag} ${error.reason}` : error._tag)))

describe("TLS modes", () => {
  it.scoped("against a server with TLS, each mode does what libpq does", () =>
    Effect.gen(function*() {
      const server = yield* Engines.postgresql
      const tls = server.tls ?? (yield* Effect.dieMessage("this server has TLS"))
      const url = (parameters: Record<string, string>, host = "localhost") =>
        TestPostgres.urlOf(server, { host, parameters })
      const ca = { sslrootcert: tls.ca }
      const otherCa = { sslrootcert: tls.otherCa }
      const cases: ReadonlyArray<readonly [string, Record<string, string>, string?]> = [
        ["plain", { sslmode: "disable" }],
        ["plain", { sslmode: "allow" }],
        ["tls", { sslmode: "prefer" }],
        ["tls", { sslmode: "require" }],
        ["tls", { sslmode: "require", ...ca }],
        ["ConnectionError tls", { sslmode: "require", ...otherCa }],
        ["tls", { sslmode: "verify-ca", ...ca }],
        ["tls", { sslmode: "verify-ca", ...ca }, "127.0.0.1"],
        ["ConnectionError tls", { sslmode: "verify-ca", ...otherCa }],
        ["ConnectionError tls", { sslmode: "verify-ca" }],
        ["tls", { sslmode: "verify-full", ...ca }],
        ["ConnectionError tls", { sslmode: "verify-full", ...ca }, "127.0.0.1"],
        ["ConnectionError tls", { sslmode: "verify-full", ...otherCa }],
        ["ConnectionError tls", { sslrootcert: "system", sslmode: "verify-full" }],
        // As in libpq: a certificate that fails in prefer leads to the plain attempt.
        ["plain", { sslmode: "prefer", ...otherCa }]
      ]
      for (const [expected, parameters, host] of cases) {
        expect([parameters, host, yield* protection(url(parameters, host))]).toEqual([parameters, host, expected])
      }
    }))

  it.scoped("against a server without TLS, only the modes that allow it connect", () =>
    Effect.gen(function*() {
      const server = yield* Engines.postgresql18
      const outcomes = yield* Effect.forEach(
        ["disable", "allow", "prefer", "require"],
        (sslmode) => protection(TestPostgres.urlOf(server, { parameters: { sslmode } }))
      )
      expect(outcomes).toEqual(["plain", "plain", "plain", "ConnectionError tls"])
    }))

  it.scoped("a role that needs TLS gets it in allow, and is refused without", () =>
    Effect.gen(function*() {
      const server = yield* Engines.postgresql
      const tls = server.tls ?? (yield* Effect.dieMessage("this server has TLS"))
      const url = (sslmode: string) => TestPostgres.urlOf(server, { as: tls.encryptedRole, parameters: { sslmode } })
      expect(yield* protection(url("allow"))).toBe("tls")
      expect(yield* protection(url("disable"))).toBe("AuthenticationError")
    }))

  it.scoped("a client certificate is the credential of a role that has no password", () =>
    Effect.gen(function*() {
      const server = yield* Engines.postgresql
      const tls = server.tls ?? (yield* Effect.dieMessage("this server has TLS"))
      const as = { user: tls.certifiedRole, password: "" }
      const url = (parameters: Record<string, string>) =>
        TestPostgres.urlOf(server, { as, parameters: { sslmode: "require", ...parameters } })
      expect(yield* protection(url({ sslcert: tls.clientCertificate, sslkey: tls.clientKey }))).toBe("tls")
      expect(yield* protection(url({}))).toBe("AuthenticationError")
    }))

  it.scoped("more than one byte before the encrypted part is refused", () =>
    Effect.gen(function*() {
      const server = yield* FaultProxy.answeringServer("SX")
      expect(yield* protection(`postgresql://u@127.0.0.1:${server.port}/d?sslmode=require`))
        .toBe("ConnectionError protocol")
    }))
})

describe("connect", () => {
  for (const engine of engines) {
    it.scoped(`${engine}: a session knows its backend, and its own settings win`, () =>
      Effect.gen(function*() {
        const database = yield* TestPostgres.freshDatabase({
          on: engine,
          parameters: {
            options: "-c timezone=Asia/Kolkata -c datestyle=german -c lock_timeout=1",
            lock_timeout: "4711",
            statement_timeout: "61000"
          }
        })
        // A URL's plus is a plus.
        const made = yield* connect(database.url.replaceAll("+", "%20"))
        const [row] = yield* run(
          made,
          `select pg_backend_pid(), current_setting('application_name'), current_setting('statement_timeout'),
             current_setting('lock_timeout'), current_setting('timezone'), current_setting('datestyle'),
             current_setting('client_encoding'), current_setting('standard_conforming_strings')`
        )
        expect(row).toEqual([
          String(made.id),
          "effect-svc-infra",
          "61s",
          "4711ms",
          "Asia/Kolkata",
          "ISO, DMY",
          "UTF8",
          "on"
        ])
        expect(made.transactionStatus()).toBe("idle")
      }))
  }

  it.scoped("through a Unix socket", () =>
    Effect.gen(function*() {
      const server = yield* Engines.postgresql
      const directory = server.own?.socketDirectory ?? (yield* Effect.dieMessage("this server is ours"))
      const url = (port: number) =>
        TestPostgres.urlOf(server, { host: "placeholder", parameters: { host: directory, port: String(port) } })
          .replace("sslmode=disable&", "")
      expect(yield* protection(url(server.port))).toBe("plain")
      expect(yield* protection(url(1))).toBe("ConnectionError refused")
    }))

  it.scoped("nothing is taken from the environment", () =>
    Effect.gen(function*() {
      const wrong = {
        PGUSER: "nobody",
        PGPASSWORD: "nothing",
        PGDATABASE: "nowhere",
        PGHOST: "192.0.2.1",
        PGPORT: "1",
        PGOPTIONS: "-c no_such_setting=1",
        PGAPPNAME: "not ours",
        PGSSLMODE: "verify-full",
        PGSSLNEGOTIATION: "direct",
        PGCLIENTENCODING: "LATIN1",
        PGREPLICATION: "database"
      }
      const database = yield* TestPostgres.freshDatabase()
      yield* database.witness("select 1")
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          const before = { ...process.env }
          Object.assign(process.env, wrong)
          return before
        }),
        (before) =>
          Effect.sync(() => {
            for (const name of Object.keys(wrong)) delete process.env[name]
            Object.assign(process.env, before)
          })
      )
      const made = yield* connect(database.url)
      expect(yield* run(made, "select current_database(), current_setting('application_name')"))
        .toEqual([[database.name, "effect-svc-infra"]])
      // A missing password is missing: no file is looked at, no variable.
      expect(yield* protection(database.url.replace(/:[^:@]*@/, "@"))).toBe("AuthenticationError")
    }))

  it.scoped("why there is no session is told by type", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const at = (port: number) => `postgresql://u:p@127.0.0.1:${port}/d?sslmode=disable`
      expect(yield* protection(database.urlWith({ as: { user: "app", password: "wrong" } }))).toBe(
        "AuthenticationError"
      )
      expect(yield* protection(database.urlWith({ as: { user: "nobody", password: "x" } }))).toBe("AuthenticationError")
      expect(yield* protection(database.urlWith({ database: "no_such_database" }))).toBe("ConnectionError missing")
      expect(yield* protection(database.urlWith({ parameters: { options: "-cno_such_setting=1" } })))
        .toBe("SqlSyntaxError unknown_object")
      expect(yield* protection(at(1))).toBe("ConnectionError refused")
      expect(yield* protection("postgresql://u:p@no-such-host.invalid/d?sslmode=disable"))
        .toBe("ConnectionError unresolved")
      yield* database.witness(`revoke connect on database ${database.name} from public`)
      yield* database.witness(`revoke connect on database ${database.name} from app`)
      expect(yield* protection(database.url)).toBe("AuthorizationError")
      for (const greeting of ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH\r\n", new Uint8Array(64).fill(82)]) {
        const server = yield* FaultProxy.answeringServer(greeting)
        expect(yield* protection(at(server.port)).pipe(Effect.timeout(5000))).toBe("ConnectionError protocol")
      }
      const rude = yield* FaultProxy.hangingUpServer
      expect(yield* protection(at(rude.port))).toBe("ConnectionError lost")
      expect(yield* protection(at(rude.port).replace("disable", "require"))).toBe("ConnectionError lost")
    }), 60_000)

  it.scoped("a server that is full or starting up is told apart", () =>
    Effect.gen(function*() {
      const server = yield* TestPostgres.ownServer({
        settings: ["max_connections=4", "superuser_reserved_connections=3"]
      })
      const url = TestPostgres.urlOf(server.info)
      yield* connect(url)
      expect(yield* protection(url)).toBe("ConnectionError too_many")
      const starting = yield* FaultProxy.answeringServer(
        Buffer.from("E\0\0\0\x27SFATAL\0VFATAL\0C57P03\0Mstarting up\0\0\0", "latin1")
      )
      expect(yield* protection(`postgresql://u:p@127.0.0.1:${starting.port}/d?sslmode=disable`))
        .toBe("ConnectionError shutting_down")
    }), 60_000)

  for (const sslmode of ["disable", "require"]) {
    it.scoped(`a server that never answers ends in ConnectTimeout at the budget (${sslmode})`, () =>
      Effect.gen(function*() {
        const server = yield* FaultProxy.silentServer
        const driver = yield* driverOf(`postgresql://u:p@127.0.0.1:${server.port}/d?sslmode=${sslmode}`)
        const before = performance.now()
        const error = yield* Effect.flip(attempt(driver, 300))
        const elapsed = performance.now() - before
        expect(error).toMatchObject({ _tag: "ConnectTimeout", isRetryable: true })
        expect(elapsed).toBeGreaterThan(290)
        expect(elapsed).toBeLessThan(800)
        yield* eventually(server.open, (open) => open === 0)
      }))
  }

  it.scoped("the configuration's connect_timeout bounds an attempt that may take longer", () =>
    Effect.gen(function*() {
      const server = yield* FaultProxy.silentServer
      const driver = yield* driverOf(`postgresql://u:p@127.0.0.1:${server.port}/d?sslmode=disable&connect_timeout=1`)
      expect(yield* Effect.flip(attempt(driver, 60_000))).toMatchObject({ _tag: "ConnectTimeout", budgetMs: 1000 })
    }))

  it.scoped("giving up at any moment leaves no connection behind and answers once", () =>
    Effect.gen(function*() {
      const strays = yield* strayErrors
      const database = yield* TestPostgres.freshDatabase()
      const proxy = yield* FaultProxy.make(database.server)
      for (const sslmode of ["disable", "require"]) {
        const driver = yield* driverOf(proxy.through(database.urlWith({ parameters: { sslmode } })))
        for (let after = 0; after < 40; after++) {
          const fiber = yield* Effect.fork(Effect.flatMap(attempt(driver), (made) => Effect.sync(made.destroy)))
          yield* pause(after / 2)
          yield* Fiber.interrupt(fiber)
        }
        const answers: Array<unknown> = []
        const giveUp = driver.connect("write", performance.now() + 1000, (exit) => void answers.push(exit._tag))
        giveUp()
        giveUp()
        expect(answers).toEqual(["Failure"])
      }
      yield* eventually(proxy.open, (open) => open === 0)
      yield* eventually(TestPostgres.sessionsOf(database), (sessions) => sessions.length === 0)
      expect(strays).toEqual([])
    }), 60_000)
})

describe("connection parameters", () => {
  const refused = (parameters: string) =>
    Effect.map(
      Effect.flip(driverOf(`postgresql://u:p@localhost/d?${parameters}`)),
      (error) => "capability" in error ? error.capability : error._tag
    )

  it.effect("one that is not known or not supported is an error that names it, never the value", () =>
    Effect.gen(function*() {
      expect(yield* refused("serch_path=x")).toBe("connection parameter serch_path")
      expect(yield* refused("replication=database")).toBe("connection parameter replication")
      expect(yield* refused("channel_binding=require")).toBe("connection parameter channel_binding")
      expect(yield* refused("target_session_attrs=read-write")).toBe("connection parameter target_session_attrs")
      expect(yield* refused("keepalives_idle=soon")).toBe("connection parameter keepalives_idle")
      const error = yield* Effect.flip(driverOf("postgresql://u:p@localhost/d?nonsense=canary-value"))
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("canary-value")
    }))

  it.effect("those that ask for what is done anyway are accepted", () =>
    driverOf(
      "postgresql://u:p@localhost/d?application_name=a&keepalives=1&keepalives_idle=10&client_encoding=UTF8"
        + "&target_session_attrs=any&gssencmode=prefer&channel_binding=prefer"
    ))
})

describe("secrets", () => {
  const canary = "canary-5c5d1f"
  const printed = (value: unknown) =>
    `${inspect(value, { depth: Infinity, showHidden: true, getters: true })} ${JSON.stringify(value)} ${String(value)}`

  it.scoped("the password is in nothing that can be inspected", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const role = `role_${database.name}`
      yield* Effect.acquireRelease(
        database.witness(`create role ${role} login password '${canary}'`),
        () => database.witness(`drop role ${role}`)
      )
      const driver = yield* driverOf(database.urlWith({ as: { user: role, password: canary } }))
      const made = yield* session(driver)
      expect(printed(driver)).not.toContain(canary)
      expect(printed(made)).not.toContain(canary)
      expect(printed(yield* Effect.flip(run(made, `select '${canary}' + 1, $1::int`, [canary])))).not.toContain(canary)
      for (
        const url of [
          database.urlWith({ as: { user: "nobody", password: canary } }),
          `postgresql://u:${canary}@127.0.0.1:1/d?sslmode=disable`,
          `postgresql://u:${canary}@no-such-host.invalid/d?sslmode=disable`
        ]
      ) {
        const error = yield* Effect.flip(Effect.flatMap(driverOf(url), attempt))
        expect(error.cause).toBeInstanceOf(DriverFailure)
        expect(printed(error)).not.toContain(canary)
      }
    }))
})
