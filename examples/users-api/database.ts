/**
 * An example's database: the one the environment configures, else a SQLite file. What is missing is created.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import type { SqlClient } from "@effect/sql/SqlClient"
import { ConfigError, Environment, type InvalidDatabaseUrl, SqlConfig } from "effect-svc-infra/Config"
import { DatabaseError, Table } from "effect-svc-infra/Database"
import { layer as sqlLayer, Sql } from "effect-svc-infra/SqlLayer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { dirname } from "node:path"

/** Every source of the configuration counts; only when none is set, it is as if `SQL_URL` were the default. */
const config = (
  defaultUrl: string
): Effect.Effect<SqlConfig.SqlConfig, ConfigError | InvalidDatabaseUrl, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const environment = yield* Environment.current
    const found = yield* SqlConfig.resolveOption(environment)
    const resolved = Option.isSome(found) ? found.value : yield* SqlConfig.resolve({
      ...environment,
      variable: (name) => name === "SQL_URL" ? Effect.succeed(Redacted.make(defaultUrl)) : environment.variable(name)
    })
    yield* SqlConfig.log(resolved)
    return resolved.config
  })

/** The folder of a SQLite file; the file itself is made when it is opened. */
const createFolder = ({ location, source }: SqlConfig.SqlConfig) =>
  location._tag !== "File" ?
    Effect.void :
    Effect.flatMap(FileSystem.FileSystem, (fileSystem) =>
      fileSystem.makeDirectory(dirname(location.path), { recursive: true })).pipe(
        Effect.mapError(() =>
          new ConfigError({ variable: source, reason: "the folder of its file cannot be made" })
        )
      )

/** One process at a time: `if not exists` does not keep two from making the same table at once. */
const lock = 7_305_128

const createTables = (tables: ReadonlyArray<Table.TableAny>) =>
  Effect.gen(function*() {
    const { client, dialect, transaction } = yield* Sql.Default
    if (dialect !== "postgresql" && dialect !== "sqlite") {
      return yield* new ConfigError({ variable: "SQL_URL", reason: `this example has no tables for ${dialect}` })
    }
    yield* transaction(
      Effect.gen(function*() {
        if (dialect === "postgresql") yield* client`select pg_advisory_xact_lock(${lock})`
        for (const statement of Table.createAllStatements(tables, { ifNotExists: true })[dialect]) {
          yield* client.unsafe(statement)
        }
      }).pipe(Effect.mapError(DatabaseError.fromUnknown))
    )
  })

/** A database with these tables; at the default URL where the environment names none. */
export const layer = (
  tables: ReadonlyArray<Table.TableAny>,
  defaultUrl: string
): Layer.Layer<
  Sql.Default | SqlClient,
  ConfigError | InvalidDatabaseUrl | DatabaseError.DatabaseError,
  FileSystem.FileSystem
> =>
  Layer.effectDiscard(createTables(tables)).pipe(
    Layer.provideMerge(sqlLayer(Effect.tap(config(defaultUrl), createFolder)))
  )
