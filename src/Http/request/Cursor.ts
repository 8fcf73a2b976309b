/**
 * Cursors: where a page ended and what it was a page of. They grant nothing (every statement still carries its tenant and its
 * filters); with a key they are signed, and without one everything in them is validated all the same.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import type * as Column from "../../Database/Column.js"
import type { TableAny } from "../../Database/TableMetadata.js"
import type { Keyset } from "../../Repository/Repository.js"

/**
 * Where to go on: behind a row, or, where that row's texts are too long for a cursor, at a position.
 *
 * @since 0.1.0
 * @category models
 */
export interface Position {
  readonly after: Keyset | undefined
  /** Rows before it. */
  readonly passed: number
}

/**
 * What a cursor belongs to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Scope {
  readonly resource: string
  /** Properties, `-` before for descending; without the primary key. */
  readonly order: ReadonlyArray<string>
  /** Text that is the same for the same filters. */
  readonly filters: string
  /** Text that is the same for the same tenant. */
  readonly tenant: string
}

const version = 1
const macBytes = 16

/**
 * A short hash of a text: 128 bits, base64url.
 *
 * @since 0.1.0
 * @category hashing
 */
export const hash = (text: string): string =>
  createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url")

const mac = (key: Redacted.Redacted, payload: string): Buffer =>
  createHmac("sha256", Redacted.value(key)).update(payload).digest().subarray(0, macBytes)

const scopeHash = (scope: Scope): string =>
  hash(JSON.stringify([scope.resource, scope.order, scope.filters, scope.tenant]))

/**
 * Writes a cursor of at most `maxBytes`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const print = (
  scope: Scope,
  position: Position,
  key: Redacted.Redacted | undefined,
  maxBytes: number
): string => {
  const write = (after: Keyset | null): string => {
    const payload = Buffer.from(JSON.stringify([version, scopeHash(scope), position.passed, after])).toString(
      "base64url"
    )
    return key === undefined ? payload : `${payload}.${mac(key, payload).toString("base64url")}`
  }
  const cursor = write(position.after ?? null)
  return cursor.length <= maxBytes ? cursor : write(null)
}

/**
 * Reads a cursor; undefined for one that is not ours or belongs to something else.
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (
  cursor: string,
  scope: Scope,
  table: TableAny,
  key: Redacted.Redacted | undefined,
  maxBytes: number
): Position | undefined => {
  if (cursor.length === 0 || cursor.length > maxBytes) return undefined
  const [payload = "", signature, ...rest] = cursor.split(".")
  if (rest.length > 0 || !/^[A-Za-z0-9_-]+$/.test(payload)) return undefined
  if ((key === undefined) !== (signature === undefined)) return undefined
  if (key !== undefined) {
    const given = Buffer.from(signature ?? "", "base64url")
    const expected = mac(key, payload)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  }
  const content = parseJson(Buffer.from(payload, "base64url").toString("utf8"))
  if (!Array.isArray(content) || content.length !== 4) return undefined
  const [given, ofScope, passed, after] = content as ReadonlyArray<unknown>
  if (given !== version || ofScope !== scopeHash(scope)) return undefined
  if (typeof passed !== "number" || !Number.isSafeInteger(passed) || passed < 0) return undefined
  if (after === null) return { after: undefined, passed }
  return isKeyset(after, columnsOf(scope.order, table)) ? { after, passed } : undefined
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The order's columns, and those of the primary key that it does not name. */
const columnsOf = (order: ReadonlyArray<string>, table: TableAny): ReadonlyArray<Column.Column> => {
  const properties = order.map((property) => property.replace(/^-/, ""))
  const all = [...properties, ...table.primaryKey.filter((property) => !properties.includes(property))]
  return all.flatMap((property) => table.byProperty.get(property) ?? [])
}

const isKeyset = (value: unknown, columns: ReadonlyArray<Column.Column>): value is Keyset =>
  Array.isArray(value) && value.length === columns.length &&
  columns.every((column, index) => isText(value[index], column))

// The database's own texts: engines write them differently, so each form is any engine's.
const forms: Readonly<Record<Column.Kind, RegExp>> = {
  text: /^[^\0\p{Cs}]*$/u,
  json: /^[^\0\p{Cs}]*$/u,
  integer: /^-?\d{1,10}$/,
  bigint: /^-?\d{1,19}$/,
  double: /^-?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|Infinity|NaN)$/,
  decimal: /^-?\d+(?:\.\d+)?$/,
  boolean: /^(?:t|f|true|false|0|1)$/,
  timestamp: /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d(?::?\d\d)?)?$/,
  date: /^\d{4}-\d\d-\d\d$/,
  bytes: /^(?:\\x)?[0-9A-Za-z+/=]*$/,
  uuid: /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/
}

const isText = (value: unknown, column: Column.Column): boolean =>
  value === null ? column.nullable : typeof value === "string" && forms[column.kind].test(value)
