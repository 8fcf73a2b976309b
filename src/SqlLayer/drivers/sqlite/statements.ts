/**
 * The prepared statements of one connection: bounded, and apart by the form of their rows, so that no setting of one use sticks
 * to another.
 *
 * @since 0.1.0
 */
import type { Database, Prepared } from "./library.js"
import { rewrite } from "./placeholders.js"

/**
 * A prepared statement with what is known of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  readonly prepared: Prepared
  readonly reader: boolean
  /** Leaves the file as it is; a control of transactions counts as such. */
  readonly readonly: boolean
  readonly order: ReadonlyArray<number> | undefined
  readonly count: number
  /** Whether the text bounds itself by the deadline guard. */
  readonly guarded: boolean
  readonly fields: () => ReadonlyArray<string>
}

/** A star is expanded anew when the schema has changed; `count(*)` has no names to expand. */
const star = /(?:^|[^(])\*/

const none: ReadonlyArray<string> = []

/**
 * Prepares; throws what the driver throws.
 *
 * @since 0.1.0
 * @category constructors
 */
export const prepare = (database: Database, sql: string, typed: boolean): Entry => {
  const { count, order, sql: text } = rewrite(sql)
  const prepared = database.prepare(text)
  const { reader } = prepared
  const guarded = sql.includes("svc_deadline()")
  const names = () => prepared.columns().map(({ name }) => name)
  if (!reader) return { prepared, reader, readonly: prepared.readonly, order, count, guarded, fields: () => none }
  prepared.raw(true)
  // Handwritten statements may read any column: whole numbers come exact, and small ones become numbers afterwards.
  prepared.safeIntegers(typed)
  let known: ReadonlyArray<string> | undefined
  const fields = typed && star.test(sql) ? names : () => known ??= names()
  return { prepared, reader, readonly: prepared.readonly, order, count, guarded, fields }
}

/**
 * The statements kept, by text.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cache {
  readonly get: (sql: string, typed: boolean) => Entry
  readonly clear: () => void
}

/**
 * Two generations: what was used since the young one began survives when it is full. A statement in use costs one look-up and
 * no bookkeeping. What is dropped is finalised by the garbage collector.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeCache = (database: Database, capacity: number): Cache => {
  const generation = Math.max(1, Math.floor(capacity / 4))
  const make = () => {
    let young = new Map<string, Entry>()
    let old = new Map<string, Entry>()
    return {
      get: (sql: string, typed: boolean): Entry => {
        const hit = young.get(sql)
        if (hit !== undefined) return hit
        const entry = old.get(sql) ?? prepare(database, sql, typed)
        if (young.size >= generation) {
          old = young
          young = new Map()
        }
        young.set(sql, entry)
        return entry
      },
      clear: () => {
        young.clear()
        old.clear()
      }
    }
  }
  const raw = make()
  const typed = make()
  return {
    get: (sql, isTyped) => (isTyped ? typed : raw).get(sql, isTyped),
    clear: () => {
      raw.clear()
      typed.clear()
    }
  }
}
