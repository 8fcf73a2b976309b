/**
 * SQLite, by `better-sqlite3`: a file with one writer session and readers beside it (WAL), or a database in memory, which is one
 * session. Loaded when it is made, not when it is imported. It is the engine's port; programs use `Sql`.
 *
 * Statements are synchronous: a long one blocks the event loop. Scans that the repository compiles stop at the deadline;
 * handwritten ones do when `svc_deadline()` is part of their condition, else between two rows.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { SqlConfig } from "../../../Config/SqlConfig.js"
import * as DatabaseError from "../../../Database/DatabaseError.js"
import { DriverFailure } from "../../../Database/DriverFailure.js"
import type { Driver } from "../../Driver.js"
import * as SqliteDriver from "./driver.js"
import { codeOf } from "./errors.js"
import type { Library } from "./library.js"

const unusable = (failure: unknown): DatabaseError.DatabaseError =>
  new DatabaseError.CapabilityMissing({
    capability: "the package better-sqlite3 cannot be loaded",
    dialect: "sqlite",
    hint: codeOf(failure) === "ERR_MODULE_NOT_FOUND"
      ? "npm install better-sqlite3"
      : "npm rebuild better-sqlite3, with the Node version that runs the program",
    cause: new DriverFailure("sqlite", codeOf(failure), failure)
  })

const load: Effect.Effect<Library, DatabaseError.DatabaseError> = Effect.tryPromise({
  try: async () => {
    const library: Library = (await import("better-sqlite3")).default
    // The compiled part is loaded with the first database, and fails there when it was made for another Node.
    new library(":memory:", { readonly: false, fileMustExist: false, timeout: 0 }).close()
    return library
  },
  catch: unusable
})

/**
 * The engine for a configuration of dialect `sqlite`. Fails with `CapabilityMissing` when `better-sqlite3` is not installed or a
 * parameter of the URL is not understood; the file is opened by `connect`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (config: SqlConfig): Effect.Effect<Driver, DatabaseError.DatabaseError> =>
  Effect.flatMap(load, (library) => {
    const made = SqliteDriver.make(library, config)
    return "connect" in made ? Effect.succeed(made) : Effect.fail(made)
  })
