/**
 * `npm start`: serves users on embedded SQLite, or on the database that `SQL_URL` and its kin name. Honours `PORT`, `HOST` and a
 * `.env` file. Stops on SIGTERM and SIGINT: requests under way are finished, then the pools are closed.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { EntryPoint } from "effect-svc-infra/Config"
import { Address, runMain, serve } from "effect-svc-infra/Http"
import * as Effect from "effect/Effect"
import { app } from "./api.js"
import * as Database from "./database.js"
import { users } from "./User.js"

const program = Effect.gen(function*() {
  const { url } = yield* serve(app, yield* Address.fromEnv)
  yield* Effect.logInfo(`listening on ${url}`)
  yield* Effect.logInfo(`documentation at ${url}/docs`)
  return yield* Effect.never
}).pipe(
  Effect.scoped,
  // below the server: pools close when it has ended
  Effect.provide(Database.layer([users], "sqlite:///./data/users.db")),
  Effect.provide(EntryPoint.layer),
  Effect.provide(NodeFileSystem.layer)
)

runMain(program, { name: "users-api" })
