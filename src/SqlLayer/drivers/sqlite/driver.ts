/**
 * The driver: places, sessions, and how they are opened.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as path from "node:path"
import type { SqlConfig } from "../../../Config/SqlConfig.js"
import * as DatabaseError from "../../../Database/DatabaseError.js"
import { now } from "../../../Database/Deadline.js"
import { DriverFailure } from "../../../Database/DriverFailure.js"
import type { Driver, Session } from "../../Driver.js"
import { busy, retry } from "./busy.js"
import { capabilities } from "./capabilities.js"
import { compiler, grammar, transaction } from "./dialect.js"
import { classify, codeOf, isBusy } from "./errors.js"
import type { Library } from "./library.js"
import * as Open from "./open.js"
import * as Session_ from "./session.js"
import { values } from "./values.js"

type Failure = DatabaseError.DatabaseError

/** As SQLite's own tools wait; the URL's `busy_timeout` says otherwise. */
const defaultLockMs = 5_000

const keptStatements = 512

const refused = (parameter: string, accepted: string): Failure =>
  new DatabaseError.CapabilityMissing({
    capability: `the value of the parameter ${parameter}`,
    dialect: "sqlite",
    hint: `${parameter} is ${accepted}`
  })

const isOneOf = <A extends string>(value: string, options: ReadonlyArray<A>): value is A =>
  options.some((option) => option === value)

interface Settings {
  readonly place: Open.Place
  readonly lockMs: number
}

/**
 * Of the URL's parameters SQLite takes `mode` (`ro`, `rw`, `rwc`), `synchronous` (`off`, `normal`, `full`, `extra`) and
 * `busy_timeout` (milliseconds). Others are another driver's: not an error, for URLs that are shared with other programs.
 */
const settingsOf = (config: SqlConfig): Settings | Failure => {
  const { busy_timeout: lock = String(defaultLockMs), mode = "rwc", synchronous = "normal" } = config.parameters
  if (!isOneOf(mode, ["ro", "rw", "rwc"])) return refused("mode", "ro, rw or rwc")
  if (!isOneOf(synchronous, ["off", "normal", "full", "extra"])) {
    return refused("synchronous", "off, normal, full or extra")
  }
  if (!/^\d{1,9}$/.test(lock)) return refused("busy_timeout", "a number of milliseconds")
  // An absolute path is never taken for a URI, as `file:x?mode=memory` would be.
  const file = config.location._tag === "File" ? path.resolve(config.location.path) : undefined
  return { place: { file, mode, synchronous }, lockMs: Number(lock) }
}

/** Opening fails in the file system and in the driver, before SQLite has a code for it. */
const explain = (failure: unknown): Failure => {
  const code = codeOf(failure)
  const known = code?.startsWith("SQLITE_") === true ? classify(failure, "connect") : undefined
  if (known !== undefined) return known
  const cause = new DriverFailure("sqlite", code, failure)
  return code === "EROFS" || code === "EACCES" || code === "EPERM"
    ? new DatabaseError.ReadOnlyNode({ cause })
    : code === "ENOSPC" || code === "EDQUOT"
    ? new DatabaseError.StorageFull({ cause })
    : new DatabaseError.ConnectionError({ phase: "connect", reason: "missing", outcome: "none", cause })
}

/**
 * Makes the driver for a file or for memory; opens nothing yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (library: Library, config: SqlConfig): Driver | Failure => {
  const settings = settingsOf(config)
  if (!("place" in settings)) return settings
  const { lockMs, place } = settings

  const open = (access: "read" | "write"): Exit.Exit<Session, Failure> | typeof busy => {
    try {
      const { clock, database, inPlace } = Open.open(library, place, access)
      return Exit.succeed(Session_.make(database, clock, { lockMs, statements: keptStatements, inPlace }))
    } catch (failure) {
      return isBusy(failure) ? busy : Exit.fail(explain(failure))
    }
  }

  const connect: Driver["connect"] = (access, deadlineAt, done) => {
    const first = open(access)
    if (first !== busy) {
      done(first)
      return () => {}
    }
    let answered = false
    const answer = (exit: Exit.Exit<Session, Failure>) => {
      answered = true
      done(exit)
    }
    const stop = retry(
      () => open(access),
      Math.min(deadlineAt, now() + lockMs),
      answer,
      () => answer(Exit.fail(new DatabaseError.LockTimeoutError({})))
    )
    return () => {
      if (answered) return
      stop()
      answer(Exit.fail(new DatabaseError.ConnectionError({ phase: "connect", reason: "closed", outcome: "none" })))
    }
  }

  return {
    dialect: "sqlite",
    capabilities,
    compiler,
    values,
    grammar,
    transaction,
    topology: place.file === undefined ? "single" : "writer-readers",
    connect
  }
}
