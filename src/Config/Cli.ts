/**
 * `svc-infra config`: shows what the environment resolves to. Loaded by the command only.
 *
 * @since 0.1.0
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigError } from "./ConfigError.js"
import * as Environment from "./Environment.js"
import * as MigratorConfig from "./MigratorConfig.js"
import * as MongoConfig from "./MongoConfig.js"
import * as RedisConfig from "./RedisConfig.js"
import * as SqlConfig from "./SqlConfig.js"
import * as SqlSource from "./SqlSource.js"

/**
 * What `config show` prints.
 *
 * @since 0.1.0
 * @category models
 */
export interface Shown {
  readonly sql: SqlConfig.Rendered | null
  readonly mongo: MongoConfig.Rendered | null
}

/**
 * Resolves everything the environment configures. Fails when that is nothing, or when any of it is wrong.
 *
 * @since 0.1.0
 * @category readers
 */
export const resolve = (environment: Environment.Environment, options: { readonly reveal: boolean }) =>
  Effect.gen(function*() {
    const sql = yield* SqlConfig.resolveOption(environment)
    const mongo = yield* MongoConfig.resolveOption(environment)
    if (Option.isNone(sql) && Option.isNone(mongo)) return yield* yield* nothing(environment)
    yield* RedisConfig.resolve(environment)
    yield* MigratorConfig.resolve(environment)
    yield* Effect.forEach(Option.toArray(sql), SqlConfig.log, { discard: true })
    yield* Effect.forEach(Option.toArray(mongo), MongoConfig.log, { discard: true })
    const shown: Shown = {
      sql: Option.match(sql, { onNone: () => null, onSome: ({ config }) => SqlConfig.render(config, options) }),
      mongo: Option.match(mongo, { onNone: () => null, onSome: ({ config }) => MongoConfig.render(config, options) })
    }
    return shown
  })

const nothing = (environment: Environment.Environment) =>
  Effect.map(SqlSource.missing(environment), (error) =>
    new ConfigError({
      ...error,
      reason: "neither a SQL database nor MongoDB is configured",
      looked: [...(error.looked ?? []), ...MongoConfig.sources, "MONGO_DB"]
    }))

const text = (shown: Shown): string =>
  Object.entries(shown).flatMap(([title, section]) => [
    title,
    ...(section === null ? ["  not configured"] : lines("", section))
  ]).join("\n")

const lines = (prefix: string, value: object): ReadonlyArray<string> =>
  Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const path = `${prefix}${name}`
    return typeof member === "object" && member !== null && Object.keys(member).length > 0
      ? lines(`${path}.`, member)
      : [`  ${path.padEnd(22)} ${cell(member)}`]
  })

const cell = (value: unknown): string =>
  value === null || (typeof value === "object" && Object.keys(value).length === 0) ? "-" : String(value)

const show = Command.make(
  "show",
  {
    json: Options.boolean("json").pipe(Options.withDescription("print JSON")),
    reveal: Options.boolean("reveal").pipe(Options.withDescription("print passwords too"))
  },
  ({ json, reveal }) =>
    Environment.current.pipe(
      Effect.flatMap((environment) => resolve(environment, { reveal })),
      Effect.flatMap((shown) => Console.log(json ? JSON.stringify(shown, null, 2) : text(shown)))
    )
).pipe(Command.withDescription("Print the configuration that the environment resolves to"))

/**
 * The command of this room.
 *
 * @since 0.1.0
 * @category commands
 */
export const command = Command.make("config").pipe(
  Command.withDescription("The resolved configuration"),
  Command.withSubcommands([show])
)
