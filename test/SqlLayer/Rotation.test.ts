/**
 * A password in a file that changes while the program runs.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as SqlConfig from "../../src/Config/SqlConfig.js"
import * as SqlLayer from "../../src/SqlLayer/Layer.js"
import * as TestPostgres from "../support/TestPostgres.js"

describe("credentials from a file", () => {
  it.scopedLive("a rotated password is read again when the server refuses the old one", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const role = `rotating_${database.name}`
      yield* database.witness(`create role ${role} login password 'first'`)
      yield* Effect.addFinalizer(() => database.witness(`drop role ${role}`))
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(path.join(os.tmpdir(), "rotation-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true }))
      )
      const file = path.join(directory, "url")
      const store = (password: string) =>
        Effect.sync(() => writeFileSync(file, database.urlWith({ as: { user: role, password } })))
      yield* store("first")
      const config = yield* SqlConfig.fromEnv.pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["SQL_URL_FILE", file]]))),
        Effect.provide(NodeFileSystem.layer)
      )
      yield* Effect.scoped(Effect.gen(function*() {
        const sql = yield* SqlLayer.make(config)
        yield* database.witness(`alter role ${role} password 'second'`)
        yield* store("second")
        yield* TestPostgres.killBackends(database)
        yield* Effect.retry(sql.ping, { times: 3 })
        yield* database.witness(`alter role ${role} password 'third'`)
        yield* TestPostgres.killBackends(database)
        yield* Effect.ignore(sql.ping)
        const error = yield* Effect.flip(sql.ping)
        assert.strictEqual(error._tag, "AuthenticationError")
      }))
    }))
})
