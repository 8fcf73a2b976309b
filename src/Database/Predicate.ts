/**
 * Predicates as data: the same value compiles to SQL of every dialect and to MongoDB filters. Typed by the columns they name: a
 * `Predicate<{ email: string }>` fits every table that has such a column. `ne` and `notIn` count NULL as a value (IS DISTINCT
 * FROM); an empty `or` and an empty `in` are false, an empty `and` is true.
 *
 * @since 0.1.0
 */
import type { Option } from "effect/Option"

/**
 * The order comparisons.
 *
 * @since 0.1.0
 * @category models
 */
export type Comparison = "eq" | "ne" | "lt" | "lte" | "gt" | "gte"

/**
 * Text comparisons, all of them blind to case.
 *
 * @since 0.1.0
 * @category models
 */
export type TextMatch = "contains" | "startsWith"

/**
 * The nodes; values are of the row's own types.
 *
 * @since 0.1.0
 * @category models
 */
export type Node =
  | { readonly _tag: "Compare"; readonly operator: Comparison; readonly property: string; readonly value: unknown }
  | {
    readonly _tag: "In"
    readonly negated: boolean
    readonly property: string
    readonly values: ReadonlyArray<unknown>
  }
  | { readonly _tag: "Null"; readonly negated: boolean; readonly property: string }
  | {
    readonly _tag: "Text"
    readonly match: TextMatch
    readonly properties: ReadonlyArray<string>
    readonly text: string
  }
  | { readonly _tag: "And"; readonly all: ReadonlyArray<Node> }
  | { readonly _tag: "Or"; readonly any: ReadonlyArray<Node> }
  | { readonly _tag: "Not"; readonly not: Node }

/**
 * A condition on rows that have at least these columns.
 *
 * @since 0.1.0
 * @category models
 */
export interface Predicate<in Row> {
  readonly node: Node
  /** Phantom. */
  readonly _Row?: (row: Row) => void
}

/** A column whose values compare with V, nullable or not; any column compares with null. */
type Has<P extends string, V> = {
  readonly [K in P]: [V] extends [null] ? unknown : V | Option<V> | null | undefined
}
const make = <Row>(node: Node): Predicate<Row> => ({ node })

const compare = (operator: Comparison) => <const P extends string, V>(property: P, value: V): Predicate<Has<P, V>> =>
  make({ _tag: "Compare", operator, property, value })

/**
 * Equal; with `null` as value, NULL.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const eq = compare("eq")
/**
 * Different from it, NULL included.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const ne = compare("ne")
/**
 * Less.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const lt = compare("lt")
/**
 * Less or equal.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const lte = compare("lte")
/**
 * Greater.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const gt = compare("gt")
/**
 * Greater or equal.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const gte = compare("gte")

/**
 * One of the values; none of an empty list.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const in_ = <const P extends string, V>(property: P, values: ReadonlyArray<V>): Predicate<Has<P, V>> =>
  make({ _tag: "In", negated: false, property, values })

/**
 * None of the values; NULL counts as different from each.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const notIn = <const P extends string, V>(property: P, values: ReadonlyArray<V>): Predicate<Has<P, V>> =>
  make({ _tag: "In", negated: true, property, values })

/**
 * NULL.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const isNull = <const P extends string>(property: P): Predicate<{ readonly [K in P]: unknown }> =>
  make({ _tag: "Null", negated: false, property })

/**
 * Not NULL.
 *
 * @since 0.1.0
 * @category comparisons
 */
export const isNotNull = <const P extends string>(property: P): Predicate<{ readonly [K in P]: unknown }> =>
  make({ _tag: "Null", negated: true, property })

/**
 * The text occurs in the column, whatever the case; `%`, `_` and `\` mean themselves. Columns of other kinds are looked at as text.
 *
 * @since 0.1.0
 * @category text
 */
export const contains = <const P extends string>(
  property: P,
  text: string
): Predicate<{ readonly [K in P]: unknown }> => make({ _tag: "Text", match: "contains", properties: [property], text })

/**
 * The column begins with the text, whatever the case.
 *
 * @since 0.1.0
 * @category text
 */
export const startsWith = <const P extends string>(
  property: P,
  text: string
): Predicate<{ readonly [K in P]: unknown }> =>
  make({ _tag: "Text", match: "startsWith", properties: [property], text })

/**
 * The text occurs in any of the columns: what `search` means.
 *
 * @since 0.1.0
 * @category text
 */
export const search = <const P extends string>(
  properties: ReadonlyArray<P>,
  text: string
): Predicate<{ readonly [K in P]: unknown }> => make({ _tag: "Text", match: "contains", properties, text })

/**
 * The columns that all of these predicates need together.
 *
 * @since 0.1.0
 * @category models
 */
export type Together<P> = (P extends Predicate<infer Row> ? (row: Row) => void : never) extends
  (row: infer All) => void ? All
  : never

/**
 * All of them; true of an empty list.
 *
 * @since 0.1.0
 * @category combinators
 */
export const and = <P extends ReadonlyArray<Predicate<never>>>(...all: P): Predicate<Together<P[number]>> =>
  make({ _tag: "And", all: all.map((predicate) => predicate.node) })

/**
 * Any of them; false of an empty list.
 *
 * @since 0.1.0
 * @category combinators
 */
export const or = <P extends ReadonlyArray<Predicate<never>>>(...any: P): Predicate<Together<P[number]>> =>
  make({ _tag: "Or", any: any.map((predicate) => predicate.node) })

/**
 * Not; rows for which the inner predicate is unknown (NULL) count as not matching it, so they match this.
 *
 * @since 0.1.0
 * @category combinators
 */
export const not = <Row>(predicate: Predicate<Row>): Predicate<Row> => make({ _tag: "Not", not: predicate.node })
