/**
 * Media types and their negotiation (RFC 9110, 8.3 and 12.5).
 *
 * @since 0.1.0
 */

/**
 * A media type or range. Names in lower case.
 *
 * @since 0.1.0
 * @category models
 */
export interface MediaType {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const typePattern = new RegExp(`^${token}/${token}$`)
const parameterPattern = new RegExp(`^(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)")$`)

/** Splits outside of quoted strings. */
const split = (text: string, separator: "," | ";"): ReadonlyArray<string> => {
  if (!text.includes("\"")) return text.split(separator)
  const parts: Array<string> = []
  let start = 0
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (quoted && char === "\\") index++
    else if (char === "\"") quoted = !quoted
    else if (!quoted && char === separator) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  return [...parts, text.slice(start)]
}

/**
 * Reads a media type with its parameters; undefined for what is none.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (text: string): MediaType | undefined => {
  const [head = "", ...rest] = split(text, ";")
  const type = head.trim().toLowerCase()
  if (!typePattern.test(type)) return undefined
  const parameters = new Map<string, string>()
  for (const part of rest) {
    if (part.trim() === "") continue
    const match = parameterPattern.exec(part.trim())
    if (match === null) return undefined
    parameters.set(match[1]!.toLowerCase(), match[2] ?? match[3]!.replace(/\\(.)/g, "$1"))
  }
  return { type, parameters }
}

const quality = (text: string | undefined): number =>
  text === undefined ? 1 : /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0

/**
 * Whether an `Accept` lets a media type through. The most specific range decides; no header, or an empty one, accepts everything.
 *
 * @since 0.1.0
 * @category negotiation
 */
export const accepts = (accept: string | undefined, type: string): boolean => {
  if (accept === undefined || accept === "*/*" || accept === type || accept.trim() === "") return true
  const main = type.slice(0, type.indexOf("/"))
  const ranks = new Map([["*/*", 1], [`${main}/*`, 2], [type, 3]])
  let best = { rank: 0, quality: 0 }
  for (const part of split(accept, ",")) {
    const range = parse(part)
    const rank = range === undefined ? undefined : ranks.get(range.type)
    if (range === undefined || rank === undefined || rank < best.rank) continue
    const given = quality(range.parameters.get("q"))
    best = { rank, quality: rank === best.rank ? Math.max(best.quality, given) : given }
  }
  return best.quality > 0
}
