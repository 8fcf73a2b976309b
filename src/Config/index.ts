/**
 * Configuration: from variables and files to validated, sealed and redacted values, through Effect's `ConfigProvider` and
 * `FileSystem`. Use `SqlConfig.fromEnv` and `MongoConfig.fromEnv` in a program, `fromUrl` and `make` for a second database.
 * It opens no connection, loads no `.env` file by itself and never writes to the environment.
 *
 * @since 0.1.0
 */
export { ConfigError, InvalidDatabaseUrl } from "./ConfigError.js"
/** @since 0.1.0 */
export * as DatabaseUrl from "./DatabaseUrl.js"
/** @since 0.1.0 */
export * as DotEnv from "./DotEnv.js"
/** @since 0.1.0 */
export * as EntryPoint from "./EntryPoint.js"
/** @since 0.1.0 */
export * as Environment from "./Environment.js"
/** @since 0.1.0 */
export * as MigratorConfig from "./MigratorConfig.js"
/** @since 0.1.0 */
export * as MongoConfig from "./MongoConfig.js"
/** @since 0.1.0 */
export * as RedisConfig from "./RedisConfig.js"
/** @since 0.1.0 */
export * as SqlConfig from "./SqlConfig.js"
/** @since 0.1.0 */
export * as Tls from "./Tls.js"
