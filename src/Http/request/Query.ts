/**
 * The query string, by hand: what is malformed, given twice or unknown is told apart, and nothing is dropped silently.
 *
 * @since 0.1.0
 */

/**
 * A query string taken apart: the parameters by name (the first of each), and the names given twice.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parameters {
  readonly values: ReadonlyMap<string, string>
  readonly duplicates: ReadonlyArray<string>
}

const none: Parameters = { values: new Map(), duplicates: [] }

/**
 * Percent-decodes as forms do (`+` is a space); undefined for a broken escape or what is no UTF-8.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (text: string): string | undefined => {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text
  return decodeSegment(spaced)
}

/**
 * Percent-decodes a path segment; undefined for a broken escape or what is no UTF-8.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeSegment = (text: string): string | undefined => {
  if (!text.includes("%")) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/**
 * Takes a query string apart; undefined if its percent-encoding is broken.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (query: string): Parameters | undefined => {
  if (query === "") return none
  const values = new Map<string, string>()
  const duplicates: Array<string> = []
  for (const pair of query.split("&")) {
    if (pair === "") continue
    const equals = pair.indexOf("=")
    const name = decode(equals === -1 ? pair : pair.slice(0, equals))
    const value = equals === -1 ? "" : decode(pair.slice(equals + 1))
    if (name === undefined || value === undefined) return undefined
    if (values.has(name)) duplicates.push(name)
    else values.set(name, value)
  }
  return { values, duplicates }
}

/**
 * Splits a list on its commas; `\,` is a comma inside a value.
 *
 * @since 0.1.0
 * @category decoding
 */
export const list = (text: string): ReadonlyArray<string> =>
  text.includes("\\,")
    ? text.split(/(?<!\\),/).map((item) => item.replaceAll("\\,", ","))
    : text.split(",")
