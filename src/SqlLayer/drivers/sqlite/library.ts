/**
 * What this engine uses of `better-sqlite3`, in words of its own: none of the package's types shows anywhere else, and a program
 * that uses another engine never loads it.
 *
 * @since 0.1.0
 */

/**
 * A prepared statement.
 *
 * @since 0.1.0
 * @category models
 */
export interface Prepared {
  /** Whether it answers rows. */
  readonly reader: boolean
  /** Whether it leaves the database file as it is, as SQLite itself says. */
  readonly readonly: boolean
  readonly run: (parameters: ReadonlyArray<unknown>) => { readonly changes: number }
  readonly all: (parameters: ReadonlyArray<unknown>) => Array<unknown>
  readonly iterate: (parameters: ReadonlyArray<unknown>) => IterableIterator<unknown>
  readonly raw: (toggle: boolean) => unknown
  readonly safeIntegers: (toggle: boolean) => unknown
  readonly columns: () => ReadonlyArray<{ readonly name: string }>
}

/**
 * An open database.
 *
 * @since 0.1.0
 * @category models
 */
export interface Database {
  readonly open: boolean
  readonly inTransaction: boolean
  readonly prepare: (sql: string) => Prepared
  readonly pragma: (source: string, options: { readonly simple: boolean }) => unknown
  readonly function: (
    name: string,
    options: { readonly deterministic: boolean; readonly directOnly: boolean },
    implementation: (...values: Array<unknown>) => unknown
  ) => unknown
  readonly close: () => unknown
}

/**
 * How a file is opened. `timeout` is SQLite's own, blocking wait for locks, in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenOptions {
  readonly readonly: boolean
  readonly fileMustExist: boolean
  readonly timeout: number
}

/**
 * The package.
 *
 * @since 0.1.0
 * @category models
 */
export type Library = new(path: string, options: OpenOptions) => Database
