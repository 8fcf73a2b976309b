import { Effect, Redacted } from "effect"
import { describe, expect, it } from "vitest"
import { Environment, SqlConfig } from "../../src/Config/index.js"

const root = "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n"
const cert = "-----BEGIN CERTIFICATE-----\nclient\n-----END CERTIFICATE-----\n"
const key = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n"
const files = {
  "/ca.pem": root,
  "/cert.pem": { text: cert, mode: 0o100644, uid: 1000 },
  "/key.pem": { text: key, mode: 0o100600, uid: 1000 },
  "/no.pem": "canary"
}

const resolve = (url: string, variables: Record<string, string> = {}, extra: object = {}) =>
  Effect.map(
    SqlConfig.resolve(Environment.make({ variables: { ...variables, SQL_URL: url }, files: { ...files, ...extra } })),
    ({ config }) => config.tls
  )

const tls = (url: string, variables: Record<string, string> = {}) => Effect.runSync(resolve(url, variables))
const refused = (url: string, variables: Record<string, string> = {}, extra: object = {}) =>
  Effect.runSync(Effect.flip(resolve(url, variables, extra)))

describe("each mode", () => {
  it.each([
    ["disable", ["plain"], "none"],
    ["allow", ["plain", "tls"], "none"],
    ["prefer", ["tls", "plain"], "none"],
    ["require", ["tls"], "none"],
    ["verify-ca", ["tls"], "ca"],
    ["verify-full", ["tls"], "full"]
  ])("%s means what libpq means by it", (mode, attempts, verify) => {
    for (const scheme of ["postgresql", "mysql"]) {
      const plan = tls(`${scheme}://db.internal/db?sslmode=${mode}`)
      expect(plan).toMatchObject({ mode, attempts, verify, minVersion: "TLSv1.2", servername: "db.internal" })
      expect(plan.rootCert).toEqual(verify === "none" ? undefined : { _tag: "System" })
    }
  })

  it.each([
    ["disable", "none"],
    ["allow", "ca"],
    ["prefer", "ca"],
    ["require", "ca"],
    ["verify-ca", "ca"],
    ["verify-full", "full"]
  ])("%s with a root certificate verifies: %s", (mode, verify) => {
    const plan = tls(`postgresql://h/db?sslmode=${mode}&sslrootcert=/ca.pem`)
    expect(plan).toMatchObject({ mode, verify })
    expect(plan.rootCert).toEqual(verify === "none" ? undefined : { _tag: "Pem", pem: root })
  })

  it.each(["sslmode=on", "sslmode=no-verify", "sslmode=canary", "ssl-mode=x", "ssl=maybe"])(
    "%s is unknown",
    (parameter) => {
      const error = refused(`postgresql://h/db?${parameter}`)
      expect(error).toMatchObject({
        _tag: "ConfigError",
        source: "SQL_URL",
        reason: "is not one of disable, allow, prefer, require, verify-ca, verify-full"
      })
      expect(error.message).not.toContain("canary")
    }
  )

  it.each([
    ["ssl-mode=REQUIRED", "require"],
    ["ssl_mode=VERIFY_IDENTITY", "verify-full"],
    ["sslmode=Verify-CA", "verify-ca"],
    ["ssl-mode=PREFERRED", "prefer"],
    ["ssl=true", "require"],
    ["ssl=0", "disable"],
    ["ssl=verify-full", "verify-full"],
    ["ssl=true&sslmode=verify-full", "verify-full"]
  ])("MySQL's and other drivers' spelling %s means %s", (parameter, mode) => {
    expect(tls(`mysql://h/db?${parameter}`).mode).toBe(mode)
  })
})

describe("the default", () => {
  it.each([
    ["postgresql://db.internal/db", "require"],
    ["mysql://db.internal/db", "require"],
    ["postgresql://10.0.0.1/db", "require"],
    ["postgresql://localhost.example/db", "require"],
    ["postgresql://localhost/db", "prefer"],
    ["postgresql://LOCALHOST./db", "prefer"],
    ["postgresql://db.localhost/db", "prefer"],
    ["postgresql://127.8.0.1/db", "prefer"],
    ["postgresql://[::1]/db", "prefer"],
    ["postgresql://[::ffff:127.0.0.1]/db", "prefer"],
    ["postgresql:///db?host=/run/pg", "prefer"],
    ["mysql://%2Frun%2Fmy.sock/db", "prefer"],
    ["mssql://localhost/db", "verify-full"],
    ["snowflake://u@acc/db", "verify-full"],
    ["sqlite://", "disable"]
  ])("of %s is %s", (url, mode) => {
    expect(tls(url).mode).toBe(mode)
  })

  it("is DB_SSLMODE_DEFAULT, then PGSSLMODE, when the URL says nothing", () => {
    const url = "postgresql://h/db"
    expect(tls(url, { DB_SSLMODE_DEFAULT: "verify-ca", PGSSLMODE: "disable" }).mode).toBe("verify-ca")
    expect(tls(url, { DB_SSLMODE_DEFAULT: " ", PGSSLMODE: "disable" }).mode).toBe("disable")
    expect(tls("postgresql://localhost/db", { PGSSLMODE: "require" }).mode).toBe("require")
    expect(tls("mysql://h/db", { DB_SSLMODE_DEFAULT: "prefer" }).mode).toBe("prefer")
    expect(tls("mysql://h/db", { PGSSLMODE: "disable" }).mode).toBe("require")
    expect(tls(`${url}?sslmode=allow`, { DB_SSLMODE_DEFAULT: "verify-ca" }).mode).toBe("allow")
    expect(tls(`${url}?sslmode=`, { DB_SSLMODE_DEFAULT: "verify-ca" }).mode).toBe("verify-ca")
    expect(refused(url, { DB_SSLMODE_DEFAULT: "canary" })).toMatchObject({ variable: "DB_SSLMODE_DEFAULT" })
    expect(refused(url, { PGSSLMODE: "on" })).toMatchObject({ variable: "PGSSLMODE" })
  })
})

describe("over a socket", () => {
  it("there is no TLS, as in libpq", () => {
    expect(tls("postgresql://%2Frun%2Fpg/db?sslmode=verify-full")).toMatchObject({
      mode: "verify-full",
      attempts: ["plain"],
      verify: "none",
      servername: undefined
    })
  })
})

describe("the name to send", () => {
  it("is none for addresses, nor when sslsni is off", () => {
    expect(tls("postgresql://10.0.0.1/db").servername).toBeUndefined()
    expect(tls("postgresql://[2001:db8::1]/db").servername).toBeUndefined()
    expect(tls("postgresql://h/db?sslsni=0").servername).toBeUndefined()
    expect(tls("postgresql://1.2.3.4.5/db").servername).toBe("1.2.3.4.5")
  })
})

describe("certificates", () => {
  it("sslrootcert=system means verify-full, and refuses anything weaker", () => {
    const plan = { mode: "verify-full", verify: "full", rootCert: { _tag: "System" } }
    expect(tls("postgresql://h/db?sslrootcert=system")).toMatchObject(plan)
    expect(tls("postgresql://localhost/db?sslrootcert=system", { PGSSLMODE: "prefer" })).toMatchObject(plan)
    expect(refused("postgresql://h/db?sslrootcert=system&sslmode=require").message).toMatch(
      /too weak for sslrootcert=system/
    )
  })

  it("of the client come as a pair", () => {
    const plan = tls("postgresql://h/db?sslmode=require&sslcert=/cert.pem&sslkey=/key.pem&sslpassword=canary")
    expect(plan.cert).toBe(cert)
    expect(Redacted.value(plan.key!)).toBe(key)
    expect(Redacted.value(plan.passphrase!)).toBe("canary")
    expect(tls("mysql://h/db?ssl-cert=/cert.pem&ssl_key=/key.pem&ssl-ca=/ca.pem")).toMatchObject({ cert, verify: "ca" })
    expect(refused("postgresql://h/db?sslcert=/cert.pem").message).toMatch(/sslcert .*without sslkey/)
    expect(refused("postgresql://h/db?sslkey=/key.pem").message).toMatch(/sslkey .*without sslcert/)
  })

  it.each([
    [0o600, 1000, true],
    [0o400, 1000, true],
    [0o640, 1000, false],
    [0o604, 1000, false],
    [0o644, 0, false],
    [0o660, 0, false],
    [0o640, 0, true]
  ])("a key with mode %o of user %i: accepted %s", (mode, uid, accepted) => {
    const exit = Effect.runSyncExit(
      resolve("postgresql://h/db?sslcert=/cert.pem&sslkey=/k", {}, { "/k": { text: key, mode: 0o100000 | mode, uid } })
    )
    expect(exit._tag).toBe(accepted ? "Success" : "Failure")
    expect(String(exit).includes("can be read by others")).toBe(!accepted)
  })

  it.each([
    ["sslrootcert=/gone", /^sslrootcert \(in SQL_URL\): the file "\/gone" does not exist$/],
    ["sslrootcert=/no.pem", /not in PEM form/],
    ["sslmode=verify-ca&sslrootcert=/gone", /does not exist/],
    ["sslcert=/no.pem&sslkey=/key.pem", /sslcert.*not in PEM form/],
    ["sslcert=/cert.pem&sslkey=/cert.pem", /sslkey.*not in PEM form/],
    ["ssl_min_protocol_version=TLSv1.1", /neither TLSv1.2 nor TLSv1.3/],
    ["sslcrl=/canary", /not known or not supported/],
    ["sslnegotiation=direct", /only postgres/],
    ["sslmode=require&ssl-mode=disable", /two spellings/],
    ["sslmode=disable&ssl=true", /contradicts sslmode/],
    ["sslsni=x", /neither true nor false/]
  ])("%s is an error", (parameters, message) => {
    const error = refused(`postgresql://h/db?${parameters}`)
    expect(error._tag).toBe("ConfigError")
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain("canary")
  })

  it("are not read without TLS", () => {
    expect(tls("postgresql://h/db?sslmode=disable&sslrootcert=/gone").mode).toBe("disable")
  })

  it("may be larger than 64 KiB", () => {
    const pem = root.repeat(5_000)
    const plan = Effect.runSync(resolve("postgresql://h/db?sslrootcert=/big", {}, { "/big": pem }))
    expect(plan.rootCert).toEqual({ _tag: "Pem", pem })
  })
})

describe("what reaches a driver", () => {
  it("is never an ssl parameter, and TLS 1.3 may be asked for", () => {
    const config = Effect.runSync(SqlConfig.fromUrl(
      "postgresql://h/db?sslmode=require&sslcompression=0&sslnegotiation=postgres&ssl_min_protocol_version=TLSv1.3&SSLSNI=1&application_name=x"
    ))
    expect(config.parameters).toEqual({ application_name: "x" })
    expect(config.tls.minVersion).toBe("TLSv1.3")
  })

  it("is SQL Server's encrypt as a decision", () => {
    expect(tls("mssql://h/db?encrypt=true")).toMatchObject({ mode: "verify-full", verify: "full" })
    expect(tls("mssql://h/db?Encrypt=strict")).toMatchObject({ mode: "verify-full" })
    expect(tls("mssql://h/db?encrypt=no")).toMatchObject({ mode: "disable", attempts: ["plain"] })
    expect(tls("mssql://h/db?TrustServerCertificate=yes")).toMatchObject({ mode: "require", verify: "none" })
    expect(refused("mssql://h/db?encrypt=canary").message).toMatch(/encrypt \(in SQL_URL\): is neither true nor false/)
  })

  it("is verified for Snowflake, always", () => {
    expect(refused("snowflake://u@acc/db?sslmode=require").message).toMatch(/verify-full for Snowflake/)
  })
})
