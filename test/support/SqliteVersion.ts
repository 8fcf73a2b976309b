/**
 * Which SQLite the tests run on: the one inside better-sqlite3.
 */
import Sqlite from "better-sqlite3"

/** The version of the library, such as `3.53.2`. */
export const sqliteVersion = (): string => {
  const database = new Sqlite(":memory:")
  try {
    return String(database.prepare("select sqlite_version()").pluck().get())
  } finally {
    database.close()
  }
}
