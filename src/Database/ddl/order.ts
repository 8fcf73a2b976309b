/**
 * Tables in the order of their foreign keys.
 *
 * @since 0.1.0
 */
import type { ForeignKey, TableAny } from "../TableMetadata.js"

/**
 * Referenced tables come first. `later` are the foreign keys that no order satisfies: those that close a circle.
 *
 * @since 0.1.0
 * @category models
 */
export interface Order {
  readonly tables: ReadonlyArray<TableAny>
  readonly later: ReadonlySet<ForeignKey>
}

/**
 * Tables keep their order where no foreign key says otherwise. A table's reference to itself is no circle.
 *
 * @since 0.1.0
 * @category constructors
 */
export const order = (tables: ReadonlyArray<TableAny>): Order => {
  const known = new Set(tables)
  const done = new Set<TableAny>()
  const open = new Set<TableAny>()
  const later = new Set<ForeignKey>()
  const visit = (table: TableAny): void => {
    if (done.has(table)) return
    open.add(table)
    for (const key of table.foreignKeys) {
      const target = key.references()
      if (target === table || !known.has(target)) continue
      if (open.has(target)) later.add(key)
      else visit(target)
    }
    open.delete(table)
    done.add(table)
  }
  tables.forEach(visit)
  return { tables: [...done], later }
}
