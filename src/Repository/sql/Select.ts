/**
 * Selects over many rows: conditions, order and page put together, texts cached by their shape.
 *
 * @since 0.1.0
 */
import * as Issue from "../../Database/Issue.js"
import * as Predicate from "../../Database/Predicate.js"
import type { Keyset } from "../Contract.js"
import type { Scope } from "./Ambient.js"
import type { Text } from "./Compiled.js"
import type { Lru } from "./Lru.js"
import * as Order from "./Order.js"
import { Parameters, type Slot, type Target } from "./Target.js"
import * as Where from "./Where.js"

/**
 * Which rows. Predicates and orders are untyped here: the contract's types are the caller's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Selection {
  readonly where?: { readonly node: Predicate.Node } | undefined
  readonly orderBy?: ReadonlyArray<string> | undefined
}

/**
 * The conditions of a selection: the caller's, the tenant, rows that live, the deadline. Throws `Refused`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const conditions = (
  target: Target,
  where: Selection["where"],
  scope: Scope,
  guarded: boolean,
  parameters: Parameters
): ReadonlyArray<string> => {
  const all: Array<string> = []
  // First: behind a condition that is false for every row it would never be asked.
  if (guarded && target.grammar.deadlineGuard !== undefined) all.push(target.grammar.deadlineGuard)
  if (scope.tenant !== undefined && target.tenant !== undefined) {
    const { tenant } = target
    all.push(`${tenant.compared} = ${tenant.compare(parameters.bind(tenant, scope.tenant))}`)
  }
  if (target.live !== undefined) all.push(target.live)
  if (where !== undefined) all.push(Where.compile(target, where.node, parameters))
  if (parameters.values.length > target.grammar.maxParameters - 16) throw Where.refused([], tooMany)
  return all
}

const tooMany: Issue.Fault = { code: "too_long", detail: "has more values than one statement can take" }

/**
 * `where ...` or nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const whereClause = (
  all: ReadonlyArray<string>
): string => (all.length === 0 ? "" : ` where ${all.join(" and ")}`)

/**
 * Pages up to here are short answers, which may share a connection with others.
 *
 * @since 0.1.0
 * @category constants
 */
export const shortPage = 100

/** The usual page sizes stand in the text, where the planner sees them; any other number would be a text of its own. */
const limitText = (rows: number, parameters: Parameters): string =>
  rows <= 1001 && (rows % 10 <= 1) ? String(rows) : parameters.add(rows)

/**
 * `limit ... offset ...` for this many rows.
 *
 * @since 0.1.0
 * @category constructors
 */
export const limit = (target: Target, rows: number, offset: number, parameters: Parameters): string =>
  target.grammar.limit(limitText(rows, parameters), offset === 0 ? undefined : parameters.add(offset))

/**
 * A count from outside: an integer from `least` to what every engine takes. Throws `Refused`.
 *
 * @since 0.1.0
 * @category checks
 */
export const size = (name: string, value: number | undefined, standard: number, least = 0): number => {
  if (value === undefined) return standard
  if (!Number.isInteger(value)) throw Where.refused([name], Issue.faults.whole)
  if (value < least) throw Where.refused([name], Issue.bound("too_small", least))
  if (value > 2_147_483_646) throw Where.refused([name], Issue.bound("too_large", 2_147_483_646))
  return value
}

/**
 * A select's text, parameters and order.
 *
 * @since 0.1.0
 * @category models
 */
export interface Select {
  readonly text: Text
  readonly parameters: ReadonlyArray<unknown>
  readonly order: Order.Order
}

/**
 * What a select is made of.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly operation: string
  readonly selection: Selection
  readonly scope: Scope
  readonly guarded: boolean
  readonly after?: Keyset | undefined
  readonly rows: number
  readonly offset: number
  /** The select list, which may depend on the order. */
  readonly list: (ordered: ReadonlyArray<Slot>) => string
}

/**
 * A select of one table. Throws `Refused`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const select = (target: Target, texts: Lru<Text>, options: Options): Select => {
  const { guarded, operation, rows, scope, selection } = options
  const parameters = new Parameters(target.grammar)
  const order = Order.parse(target, selection.orderBy)
  const all = conditions(target, selection.where, scope, guarded, parameters)
  const behind = options.after === undefined ? all : [...all, Order.after(target, order, options.after, parameters)]
  const page = limit(target, rows, options.offset, parameters)
  const list = options.list(order.keys.map(({ slot }) => slot))
  const sql = `select ${list} from ${target.name}${whereClause(behind)} order by ${order.sql} ${page}`
  return { order, parameters: parameters.values, text: textOf(texts, target, operation, sql, rows) }
}

/**
 * The text as one object, for as long as it is in use: drivers recognise it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const textOf = (texts: Lru<Text>, target: Target, operation: string, sql: string, rows: number): Text =>
  texts.get(sql, () => ({
    sql,
    operation: `${target.table.name}.${operation}`,
    access: "read",
    lane: rows <= shortPage + 1 ? "shared" : "exclusive",
    prepare: true
  }))

/**
 * The caller's condition and a search for a text.
 *
 * @since 0.1.0
 * @category constructors
 */
export const searching = (
  target: Target,
  where: Selection["where"],
  fields: ReadonlyArray<string>,
  q: string
): { readonly node: Predicate.Node } => {
  for (const field of fields) {
    // Whoever may search a secret finds it, letter by letter.
    if (target.bySlot.get(field)?.column.options.sensitive === true)
      throw Where.refused([field], Issue.faults.unknownField)
  }
  const { node } = Predicate.search(fields, q)
  return { node: where === undefined ? node : { _tag: "And", all: [where.node, node] } }
}
