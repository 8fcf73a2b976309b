/**
 * SQLite by better-sqlite3, in memory or in a file.
 *
 * @since 0.1.0
 */
export { make } from "./load.js"
