/**
 * Opening a database: the file, and the settings of its connections.
 *
 * - WAL: readers and the writer do not wait for each other, and a reader sees what was committed before its statement began.
 * - `synchronous` is `normal` unless the URL's parameter says otherwise: with WAL the database survives any crash whole; a
 *   process that dies loses nothing that was committed, a machine that loses power may lose the last commits. `full` (one more
 *   sync for every commit) keeps those too.
 * - Foreign keys are enforced, which SQLite leaves off by default; triggers and views may not call functions of unknown effect.
 * - SQLite's blocking wait for locks is off: `busy.ts` waits instead.
 *
 * @since 0.1.0
 */
import { mkdirSync, statSync } from "node:fs"
import * as path from "node:path"
import { isBusy } from "./errors.js"
import * as Functions from "./functions.js"
import type { Database, Library } from "./library.js"

/**
 * How much of a power failure a commit survives.
 *
 * @since 0.1.0
 * @category models
 */
export type Synchronous = "off" | "normal" | "full" | "extra"

/**
 * Where the database is; undefined is memory.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  /** Absolute. */
  readonly file: string | undefined
  /** `ro`: only read, `rw`: must exist, `rwc`: made when missing, with its folder. */
  readonly mode: "ro" | "rw" | "rwc"
  readonly synchronous: Synchronous
}

/**
 * An open connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface Opened {
  readonly database: Database
  readonly clock: Functions.Clock
  readonly inPlace: () => boolean
}

const identity = (file: string): string | undefined => {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`
}

const settings = (database: Database, place: Place, access: "read" | "write"): void => {
  const set = (pragma: string) => database.pragma(pragma, { simple: true })
  if (place.file !== undefined) {
    if (access === "write") set("journal_mode = wal")
    set(`synchronous = ${place.synchronous}`)
    if (access === "read") set("query_only = on")
  }
  set("foreign_keys = on")
  set("trusted_schema = off")
  // Reads the file, so that one that is no database is found now.
  set("schema_version")
}

/** SQLite opens a write-protected file for reading and says nothing; a writer that cannot write is told of at once. */
const proveWritable = (database: Database): void => {
  try {
    database.prepare("begin immediate").run([])
    try {
      // Says READONLY where BEGIN does not; what is rolled back never reaches the file.
      database.pragma(`user_version = ${database.pragma("user_version", { simple: true })}`, { simple: true })
    } finally {
      database.prepare("rollback").run([])
    }
  } catch (failure) {
    // Locked by another writer, and therefore writable.
    if (!isBusy(failure)) throw failure
  }
}

const openOnce = (library: Library, place: Place, access: "read" | "write"): Opened => {
  const { file } = place
  const readonly = file !== undefined && (access === "read" || place.mode === "ro")
  if (file !== undefined && !readonly && place.mode === "rwc") mkdirSync(path.dirname(file), { recursive: true })
  const database = new library(file ?? ":memory:", {
    readonly,
    fileMustExist: file !== undefined && (readonly || place.mode !== "rwc"),
    timeout: 0
  })
  try {
    settings(database, place, readonly ? "read" : "write")
    if (file !== undefined && !readonly) proveWritable(database)
    const clock: Functions.Clock = { deadlineAt: Infinity }
    Functions.register(database, clock)
    const opened = file === undefined ? undefined : identity(file)
    return { database, clock, inPlace: () => file === undefined || identity(file) === opened }
  } catch (failure) {
    database.close()
    throw failure
  }
}

/**
 * Opens a connection; throws what the driver and the file system throw.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (library: Library, place: Place, access: "read" | "write"): Opened => {
  // A reader cannot make the file, and the pool may well ask for one first.
  if (access === "read" && place.mode === "rwc" && place.file !== undefined && identity(place.file) === undefined) {
    openOnce(library, place, "write").database.close()
  }
  return openOnce(library, place, access)
}
