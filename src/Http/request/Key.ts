/**
 * Primary keys as path segments: the parts joined by `,`, each percent-encoded.
 *
 * @since 0.1.0
 */
import type { TableAny } from "../../Database/TableMetadata.js"
import * as Query from "./Query.js"
import * as Value from "./Value.js"

/**
 * Reads the raw segment; undefined for what is no key of this table (which is a 404 like any other key without a row).
 *
 * @since 0.1.0
 * @category models
 */
export type Parse = (segment: string) => unknown

/**
 * Compiles the reader of a table's keys: a value, or a record of the key's properties when there are several.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parser = (table: TableAny): Parse => {
  const parts = table.primaryKey.map((property) => {
    // Table.make has checked that the key's properties are columns.
    const column = table.byProperty.get(property)!
    return { property, read: Value.reader(column.schema, column.kind, column.options).text }
  })
  const part = (read: (text: string) => unknown, raw: string): unknown => {
    const text = Query.decodeSegment(raw)
    const value = text === undefined ? undefined : read(text)
    return value instanceof Value.Refused ? undefined : value
  }
  if (parts.length === 1) {
    const { read } = parts[0]!
    return (segment) => part(read, segment)
  }
  return (segment) => {
    const texts = segment.split(",")
    if (texts.length !== parts.length) return undefined
    const key: Record<string, unknown> = {}
    for (const [index, { property, read }] of parts.entries()) {
      const value = part(read, texts[index]!)
      if (value === undefined) return undefined
      key[property] = value
    }
    return key
  }
}

/**
 * Writes a key, of its parts' JSON texts, as a segment.
 *
 * @since 0.1.0
 * @category conversions
 */
export const print = (parts: ReadonlyArray<string>): string => parts.map(encodeURIComponent).join(",")
