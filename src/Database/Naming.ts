/**
 * Names of constraints and indexes, as PostgreSQL itself would choose them.
 *
 * @since 0.1.0
 */

/** PostgreSQL cuts identifiers at 63 bytes silently, MySQL refuses more than 64 characters. */
const maxBytes = 63

const bytes = (text: string): number => new TextEncoder().encode(text).length

/** FNV-1a, 32 bits: enough to tell the long names of one schema apart. */
const hash = (text: string): string => {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193)
  return (value >>> 0).toString(16).padStart(8, "0")
}

/**
 * An identifier of at most 63 bytes: the text itself, or its beginning and a hash of the whole.
 *
 * @since 0.1.0
 * @category naming
 */
export const bounded = (text: string): string => {
  if (bytes(text) <= maxBytes) return text
  let head = text
  while (bytes(head) > maxBytes - 9) head = head.slice(0, -1)
  return `${head}_${hash(text)}`
}

/**
 * `table_column_key` and the like.
 *
 * @since 0.1.0
 * @category naming
 */
export const constraint = (table: string, columns: ReadonlyArray<string>, suffix: string): string =>
  bounded([table, ...columns, suffix].join("_"))
