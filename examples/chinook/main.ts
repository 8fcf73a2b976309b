/**
 * `npm run example:chinook`: imports the music store into embedded SQLite, or into the database that `SQL_URL` and its kin name,
 * unless it is there already; then serves it. Honours `PORT`, `HOST` and a `.env` file. Stops on SIGTERM and SIGINT: requests
 * under way are finished, then the pools are closed.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { EntryPoint } from "effect-svc-infra/Config"
import { Address, runMain, serve } from "effect-svc-infra/Http"
import * as Effect from "effect/Effect"
import * as Database from "../users-api/database.js"
import { app } from "./App.js"
import * as Import from "./Import.js"
import * as Source from "./Source.js"
import * as Tables from "./Tables.js"

const program = Effect.gen(function*() {
  const address = yield* Address.fromEnv
  const imported = yield* Import.run(yield* Source.read)
  yield* Effect.logInfo(imported === 0 ? "the store is filled already" : `imported ${imported} rows`)
  const { url } = yield* serve(app, address)
  yield* Effect.logInfo(`listening on ${url}`)
  yield* Effect.logInfo(`documentation at ${url}/docs`)
  return yield* Effect.never
}).pipe(
  Effect.scoped,
  // below the server: pools close when it has ended
  Effect.provide(Database.layer(Tables.all, "sqlite:///./data/chinook.db")),
  Effect.provide(EntryPoint.layer),
  Effect.provide(NodeFileSystem.layer)
)

runMain(program, { name: "chinook" })
