/**
 * PostgreSQL's `text ILIKE pattern ESCAPE '\'`, for a database whose own LIKE knows the letters of English only. Both sides are
 * lowered letter by letter, `_` is one code point, `%` any text, a backslash takes the next character as it is.
 *
 * @since 0.1.0
 */

/**
 * The only two letters whose lower case depends on their surroundings (Σ at the end of a word) or is longer than one code point
 * (İ); a database lowers letter by letter.
 */
const special = /[\u0130\u03a3]/

/**
 * Lower case, letter by letter.
 *
 * @since 0.1.0
 * @category matching
 */
export const lower = (text: string): string =>
  (special.test(text) ? text.replaceAll("\u0130", "i").replaceAll("\u03a3", "\u03c3") : text).toLowerCase()

/** What stands between two `%`: code points, undefined being any one (`_`). */
type Segment = ReadonlyArray<string | undefined>

const parse = (pattern: string): ReadonlyArray<Segment> => {
  const segments: Array<Array<string | undefined>> = [[]]
  const points = [...pattern]
  for (let i = 0; i < points.length; i++) {
    const point = points[i]!
    const segment = segments[segments.length - 1]!
    if (point === "%") segments.push([])
    else if (point === "_") segment.push(undefined)
    // PostgreSQL refuses a pattern that ends in a lone backslash; here it stands for itself.
    else segment.push(point === "\\" && i + 1 < points.length ? points[++i]! : point)
  }
  return segments
}

const fits = (text: ReadonlyArray<string>, at: number, segment: Segment): boolean =>
  segment.every((point, index) => point === undefined ? at + index < text.length : text[at + index] === point)

/** First place from `from` on where the segment fits and ends before `end`; -1 for none. */
const find = (text: ReadonlyArray<string>, from: number, end: number, segment: Segment): number => {
  for (let at = from; at + segment.length <= end; at++) if (fits(text, at, segment)) return at
  return -1
}

const general = (segments: ReadonlyArray<Segment>): (text: string) => boolean => {
  const first = segments[0]!
  const last = segments[segments.length - 1]!
  const middle = segments.slice(1, -1)
  return (text) => {
    const points = [...lower(text)]
    if (!fits(points, 0, first)) return false
    if (segments.length === 1) return points.length === first.length
    const end = points.length - last.length
    let at = first.length
    // The leftmost place of each part leaves the most room for the next: nothing is tried twice.
    for (const segment of middle) {
      const found = find(points, at, end, segment)
      if (found === -1) return false
      at = found + segment.length
    }
    return at <= end && fits(points, end, last)
  }
}

/**
 * A pattern, made ready.
 *
 * @since 0.1.0
 * @category matching
 */
export const matcher = (pattern: string): (text: string) => boolean => {
  const segments = parse(lower(pattern))
  const [first, second, third] = segments
  if (segments.length === 3 && first!.length === 0 && third!.length === 0 && !second!.includes(undefined)) {
    const needle = second!.join("")
    return (text) => lower(text).includes(needle)
  }
  return general(segments)
}

/**
 * Whether SQLite's own LIKE, which is five times as fast, decides a pattern like `matcher`, but for texts with one of the two
 * letters outside of ASCII whose lower case is inside: K (Kelvin) and İ. Its patterns may have 50 000 bytes at most.
 *
 * @since 0.1.0
 * @category matching
 */
export const isPlain = (pattern: string): boolean => pattern.length <= 10_000 && plain.test(pattern)

// Printable ASCII; an escape at the very end means something else to SQLite.
const plain = /^(?:[ -[\]-~]|\\[ -~])*$/
