/**
 * A linear look at JSON text before `JSON.parse`: nesting, number of tokens, keys given twice. What it lets pass may still be no
 * JSON; what it refuses would cost too much, or would mean different things to different readers (RFC 8259, 4: duplicate keys).
 *
 * @since 0.1.0
 */

const enum Char {
  Tab = 9,
  LineFeed = 10,
  Return = 13,
  Space = 32,
  Quote = 34,
  Comma = 44,
  Colon = 58,
  OpenBracket = 91,
  Backslash = 92,
  CloseBracket = 93,
  OpenBrace = 123,
  CloseBrace = 125
}

/** Ends a number or a literal. */
const isDelimiter = (char: number): boolean =>
  char <= Char.Space || char === Char.Comma || char === Char.Colon || char === Char.Quote ||
  char === Char.OpenBracket || char === Char.CloseBracket || char === Char.OpenBrace || char === Char.CloseBrace

/** Index of the quote that closes the string opened before `from`, or -1. */
const endOfString = (text: string, from: number): number => {
  for (let end = text.indexOf("\"", from); end !== -1; end = text.indexOf("\"", end + 1)) {
    let slashes = 0
    while (end - 1 - slashes >= from && text.charCodeAt(end - 1 - slashes) === Char.Backslash) slashes++
    if (slashes % 2 === 0) return end
  }
  return -1
}

const keyOf = (text: string, start: number, end: number): string | undefined => {
  const raw = text.slice(start + 1, end)
  if (!raw.includes("\\")) return raw
  try {
    // A string literal of JSON parses to a string.
    return JSON.parse(text.slice(start, end + 1)) as string
  } catch {
    return undefined
  }
}

/**
 * Whether the text is within the bounds. Tokens are those of RFC 8259: strings, numbers, literals and the six structural characters.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isWithin = (text: string, maxDepth: number, maxTokens: number): boolean => {
  // The keys of each open object; undefined for an array.
  const open: Array<Set<string> | undefined> = []
  let tokens = 0
  let expectsKey = false
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index)
    if (char === Char.Space || char === Char.LineFeed || char === Char.Return || char === Char.Tab) continue
    if (++tokens > maxTokens) return false
    switch (char) {
      case Char.OpenBrace:
      case Char.OpenBracket:
        expectsKey = char === Char.OpenBrace
        if (open.push(expectsKey ? new Set() : undefined) > maxDepth) return false
        break
      case Char.CloseBrace:
      case Char.CloseBracket:
        expectsKey = false
        if (open.length === 0) return false
        open.pop()
        break
      case Char.Comma:
        expectsKey = open.at(-1) !== undefined
        break
      case Char.Colon:
        break
      case Char.Quote: {
        const end = endOfString(text, index + 1)
        if (end === -1) return false
        const keys = expectsKey ? open.at(-1) : undefined
        if (keys !== undefined) {
          const key = keyOf(text, index, end)
          if (key === undefined || keys.has(key)) return false
          keys.add(key)
          expectsKey = false
        }
        index = end
        break
      }
      default:
        while (index + 1 < text.length && !isDelimiter(text.charCodeAt(index + 1))) index++
    }
  }
  return true
}
