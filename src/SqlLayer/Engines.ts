/**
 * From a dialect to its driver. Each engine's folder is loaded when it is first needed: a SQLite program never loads `pg`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { SqlConfig } from "../Config/SqlConfig.js"
import * as DatabaseError from "../Database/DatabaseError.js"
import type { Driver } from "./Driver.js"

/**
 * The driver of a configuration.
 *
 * @since 0.1.0
 * @category constructors
 */
export const driver = (config: SqlConfig): Effect.Effect<Driver, DatabaseError.DatabaseError> => {
  switch (config.dialect) {
    case "postgresql":
      return load(() => import("./drivers/postgresql/driver.js"), config)
    case "sqlite":
      return load(() => import("./drivers/sqlite/load.js"), config)
    default:
      return Effect.fail(
        new DatabaseError.CapabilityMissing({
          capability: "connections",
          dialect: config.dialect,
          hint: "this version connects to postgresql and sqlite"
        })
      )
  }
}

interface Engine {
  readonly make: (config: SqlConfig) => Effect.Effect<Driver, DatabaseError.DatabaseError>
}

const load = (
  engine: () => Promise<Engine>,
  config: SqlConfig
): Effect.Effect<Driver, DatabaseError.DatabaseError> =>
  // The folder is part of this package: that it cannot be loaded is a defect. Its driver's package is the folder's own concern.
  Effect.flatMap(Effect.promise(engine), ({ make }) => make(config))
