/**
 * `better-sqlite3` binds arrays to bare `?` only. Statements with numbered placeholders (`?2`), which may come in any order and
 * more than once, are rewritten to bare ones when they are prepared, beside the order of their parameters.
 *
 * @since 0.1.0
 */

/**
 * A text with bare placeholders. `order[i]` is the index of the parameter of the i-th; undefined: as given.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rewritten {
  readonly sql: string
  readonly order: ReadonlyArray<number> | undefined
  /** Parameters that the text before asked for. */
  readonly count: number
}

/** Everything a `?` may stand in without being a placeholder, and placeholders. */
const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\?(\d*)/g

/**
 * A bare `?` after a numbered one has the next number, as SQLite itself counts.
 *
 * @since 0.1.0
 * @category rewriting
 */
export const rewrite = (sql: string): Rewritten => {
  const order: Array<number> = []
  let highest = 0
  const text = sql.replace(token, (match: string, digits: string | undefined) => {
    if (digits === undefined) return match
    const number = digits === "" ? highest + 1 : Number(digits)
    highest = Math.max(highest, number)
    order.push(number - 1)
    return "?"
  })
  const asGiven = order.length === highest && order.every((index, position) => index === position)
  return { sql: text, order: asGiven ? undefined : order, count: highest }
}
