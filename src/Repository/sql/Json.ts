/**
 * The operations that answer JSON text: the same statements, printed by a generated writer, no instance in between.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Codec from "../../Database/Codec.js"
import type { DatabaseError } from "../../Database/DatabaseError.js"
import * as Issue from "../../Database/Issue.js"
import type { InvalidInput } from "../../Database/RepositoryError.js"
import type { JsonItem, JsonPage, Keyset } from "../Contract.js"
import * as Compiled from "./Compiled.js"
import * as Lru from "./Lru.js"
import * as Order from "./Order.js"
import { byKey } from "./Reads.js"
import * as Rows from "./Rows.js"
import * as Run from "./Run.js"
import * as Select from "./Select.js"
import { Parameters, type Slot, type Target } from "./Target.js"
import * as Where from "./Where.js"
import * as Writes from "./Writes.js"

type Failure = DatabaseError | InvalidInput

/**
 * What a page is asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageOptions extends Select.Selection {
  readonly limit: number
  readonly offset?: number | undefined
  readonly after?: Keyset | undefined
  readonly count: boolean
  readonly fields?: ReadonlyArray<string> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Json<R> extends Writes.Writes<JsonItem> {
  readonly find: (key: unknown, fields?: ReadonlyArray<string>) => Effect.Effect<Option.Option<JsonItem>, Failure>
  readonly page: (options: PageOptions) => Effect.Effect<JsonPage, Failure>
  readonly print: (row: R) => JsonItem
}

/** The fields a caller may choose from. Throws `Refused`. */
const chosen = (target: Target, fields: ReadonlyArray<string> | undefined): ReadonlySet<string> | undefined => {
  if (fields === undefined) return undefined
  for (const field of fields) {
    const column = target.bySlot.get(field)?.column
    if (column === undefined || !column.variants.has("json") || column.options.sensitive === true) {
      throw Where.refused(["fields"], Issue.faults.unknownField)
    }
  }
  return new Set(fields)
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(context: Writes.Context, options: Codec.Options): Json<R> => {
  const { target } = context
  const { grammar, sql, table } = target
  const all = Rows.json(target, undefined, [], options)
  const shapes = Lru.make<Rows.Shape<JsonItem>>(64)
  const shapeOf = (fields: ReadonlyArray<string> | undefined, ordered: ReadonlyArray<Slot>): Rows.Shape<JsonItem> => {
    const only = chosen(target, fields)
    if (only === undefined && ordered.every((slot) => all.slots.includes(slot))) return all
    const key = JSON.stringify([only && [...only].sort(), ordered.map((slot) => slot.index)])
    return shapes.get(key, () => Rows.json(target, only, ordered, options))
  }

  const absent = Exit.succeed(Option.none<JsonItem>())
  const finder = (shape: Rows.Shape<JsonItem>) => byKey(target, shape, "find", Option.some<JsonItem>, () => absent)
  const findAll = finder(all)
  const finders = new WeakMap<Rows.Shape<JsonItem>, typeof findAll>()

  const texts = Lru.make<Compiled.Text>()

  /** No rows: the count alone, or nothing but the check of what was asked. */
  const counted = ({ count, fields, orderBy, where }: PageOptions) =>
    Run.scan(target, (scope, guarded): Effect.Effect<JsonPage, DatabaseError> => {
      chosen(target, fields)
      Order.parse(target, orderBy)
      const parameters = new Parameters(grammar)
      const clause = Select.whereClause(Select.conditions(target, where, scope, guarded, parameters))
      if (!count) return Exit.succeed({ items: [], next: undefined, total: undefined })
      const text = Select.textOf(texts, target, "count", `select count(*) from ${target.name}${clause}`, Infinity)
      const decode: Compiled.Decode<JsonPage, never> = ({ rows: [row] }) =>
        Exit.succeed({ items: [], next: undefined, total: Number(row?.[0]) })
      return sql.run(Compiled.make(text, decode), parameters.values)
    })

  const paged = (given: PageOptions) =>
    Run.scan(target, (scope, guarded) => {
      const parameters = new Parameters(grammar)
      const order = Order.parse(target, given.orderBy)
      const shape = shapeOf(given.fields, order.keys.map(({ slot }) => slot))
      const size = Select.size("limit", given.limit, 50)
      const offset = Select.size("offset", given.offset, 0)
      if (given.after !== undefined && offset !== 0) throw Where.refused(["offset"], notWithAfter)
      const conditions = Select.conditions(target, given.where, scope, guarded, parameters)
      const behind = given.after === undefined
        ? conditions
        : [...conditions, Order.after(target, order, given.after, parameters)]
      const tail = `${Select.whereClause(behind)} order by ${order.sql} ${
        Select.limit(target, size + 1, offset, parameters)
      }`
      const statement = given.count
        ? withCount(target, shape, order, Select.whereClause(conditions), tail)
        : `select ${shape.sql} from ${target.name}${tail}`
      const text = Select.textOf(texts, target, "page", statement, given.count ? Infinity : size + 1)
      const keyAt = shape.position(target.key[0]!)
      const totalAt = shape.slots.length
      const decode: Compiled.Decode<JsonPage, DatabaseError> = ({ rows }) => {
        const [first] = rows
        const total = given.count ? Number(first?.[totalAt]) : undefined
        // A count without rows comes as one row without a key.
        const found = given.count && first?.[keyAt] === null ? [] : rows
        return Rows.breach(target, shape, scope, found) ?? Exit.succeed({
          items: (found.length > size ? found.slice(0, size) : found).map(shape.decode),
          next: found.length > size ? Order.keyset(order, found[size - 1]!, shape.position) : undefined,
          total
        })
      }
      return sql.run(Compiled.make(text, decode), parameters.values)
    })

  const print = Codec.json(table, table.columns, {}, undefined, options)
  const item = Rows.itemOf(target, (slot) => slot.index)

  return {
    ...Writes.make(context, all),
    find: (key, fields) => {
      if (fields === undefined) return findAll(key)
      return Run.scan(target, () => {
        const shape = shapeOf(fields, [])
        const known = finders.get(shape) ?? finder(shape)
        finders.set(shape, known)
        return known(key)
      })
    },
    page: (given) => (given.limit === 0 ? counted(given) : paged(given)),
    print: (row) => {
      // A row of this table has all its columns.
      const properties = row as Record<string, unknown>
      const canonical = target.slots.map((slot) => slot.field.encode(properties[slot.property]))
      return item(print(canonical), canonical, false)
    }
  }
}

/** Page and count in one statement, so that they are of one moment; the count is there even when the page is empty. */
const withCount = (
  target: Target,
  shape: Rows.Shape<JsonItem>,
  order: Order.Order,
  counted: string,
  page: string
): string => {
  const list = shape.slots.map((slot, index) => `${slot.selected} as c${index}`)
  const orders = order.keys.map(({ slot }, index) => `${slot.compared} as o${index}`)
  return `select ${shape.slots.map((_, index) => `p.c${index}`).join(", ")}, t.n `
    + `from (select count(*) as n from ${target.name}${counted}) as t `
    + `left join (select ${[...list, ...orders].join(", ")} from ${target.name}${page}) as p on 1 = 1 `
    + `order by ${order.keys.map(({ descending }, index) => `p.o${index} ${descending ? "desc" : "asc"}`).join(", ")}`
}

const notWithAfter: Issue.Fault = { code: "invalid_value", detail: "cannot be combined with after" }
