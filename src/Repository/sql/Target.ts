/**
 * A table on a database: its names quoted, its columns with all that statements need of them.
 *
 * @since 0.1.0
 */
import * as Field from "../../Database/codec/Field.js"
import type { Column } from "../../Database/Column.js"
import type { TableAny } from "../../Database/TableMetadata.js"
import type { Grammar } from "../../SqlLayer/Driver.js"
import type { Sql } from "../../SqlLayer/Sql.js"

/**
 * A column in statements.
 *
 * @since 0.1.0
 * @category models
 */
export interface Slot {
  readonly index: number
  readonly column: Column
  readonly property: string
  readonly field: Field.Field
  readonly nullable: boolean
  /** Quoted. */
  readonly name: string
  /** As it is selected. */
  readonly selected: string
  /** Wraps an expression for comparing and ordering. */
  readonly compare: (expression: string) => string
  /** The column, wrapped so. */
  readonly compared: string
  /** From the raw value to the canonical one, NULL included. */
  readonly read: (raw: unknown) => unknown
  /** From the canonical value to a parameter, NULL included. */
  readonly bind: (canonical: unknown) => unknown
  readonly placeholder: (text: string) => string
}

/**
 * A table on a database.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target {
  readonly table: TableAny
  readonly sql: Sql
  readonly grammar: Grammar
  /** Qualified and quoted. */
  readonly name: string
  readonly slots: ReadonlyArray<Slot>
  readonly bySlot: ReadonlyMap<string, Slot>
  readonly key: ReadonlyArray<Slot>
  readonly tenant: Slot | undefined
  readonly version: Slot | undefined
  readonly updatedAt: Slot | undefined
  readonly softDelete: Slot | undefined
  /** That a row lives, and that it is deleted; undefined without soft delete. */
  readonly live: string | undefined
  readonly deleted: string | undefined
}

const same = (expression: string): string => expression

const slotOf = (sql: Sql, column: Column, index: number): Slot => {
  const { grammar, values } = sql.driver
  const { kind } = column
  const name = grammar.quote(column.name)
  const compare = values.compare[kind] ?? same
  const read = values.read[kind]
  const write = values.write[kind]
  const field = Field.ofColumn(column)
  return {
    index,
    column,
    property: column.property,
    field,
    nullable: field.nullability !== "never",
    name,
    selected: values.select[kind]?.(name) ?? name,
    compare,
    compared: compare(name),
    read: read === undefined ? (raw) => raw : (raw) => raw === null ? null : read(raw),
    bind: write === undefined ? (canonical) => canonical : (canonical) => canonical === null ? null : write(canonical),
    placeholder: values.placeholder[kind] ?? same
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (table: TableAny, sql: Sql): Target => {
  const { grammar } = sql.driver
  const slots = table.columns.map((column, index) => slotOf(sql, column, index))
  const bySlot = new Map(slots.map((slot) => [slot.property, slot]))
  const optional = (property: string | undefined) => property === undefined ? undefined : bySlot.get(property)
  const softDelete = optional(table.softDelete)
  const flag = softDelete?.column.kind === "boolean"
  return {
    table,
    sql,
    grammar,
    // SQLite has no schemas: its tables are where the file is.
    name: table.schema === undefined || sql.dialect === "sqlite"
      ? grammar.quote(table.name)
      : `${grammar.quote(table.schema)}.${grammar.quote(table.name)}`,
    slots,
    bySlot,
    key: table.primaryKey.map((property) => bySlot.get(property)!),
    tenant: optional(table.tenant),
    version: optional(table.version),
    updatedAt: optional(table.updatedAt),
    softDelete,
    live: softDelete && `${softDelete.name} ${flag ? `= ${grammar.false}` : "is null"}`,
    deleted: softDelete && `${softDelete.name} ${flag ? `= ${grammar.true}` : "is not null"}`
  }
}

/**
 * Parameters of a statement in the making: answers the placeholder of each.
 *
 * @since 0.1.0
 * @category models
 */
export class Parameters {
  readonly values: Array<unknown> = []
  constructor(readonly grammar: Grammar) {}

  /** A value that is in the driver's form already. */
  add(value: unknown): string {
    this.values.push(value)
    return this.grammar.placeholder(this.values.length)
  }

  /** A canonical value of a column. */
  bind(slot: Slot, canonical: unknown): string {
    return slot.placeholder(this.add(slot.bind(canonical)))
  }
}
