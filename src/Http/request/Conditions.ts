/**
 * Entity tags, preferences, identities: what headers say, checked by hand (RFC 9110, 8.8.3 and 13.1; RFC 7240; W3C Trace Context).
 *
 * @since 0.1.0
 */

/**
 * The tags of `If-Match` or `If-None-Match`: any, or a list of what stands between the quotes.
 *
 * @since 0.1.0
 * @category models
 */
export type Tags = "*" | ReadonlyArray<{ readonly weak: boolean; readonly opaque: string }>

/**
 * Reads a list of entity tags; undefined for bad syntax.
 *
 * @since 0.1.0
 * @category decoding
 */
export const tags = (header: string): Tags | undefined => {
  const text = header.trim()
  if (text === "*") return "*"
  const found: Array<{ readonly weak: boolean; readonly opaque: string }> = []
  const one = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)/y
  while (one.lastIndex < text.length) {
    const match = one.exec(text)
    if (match === null) return undefined
    if (match[2] !== undefined) found.push({ weak: match[1] !== undefined, opaque: match[2] })
  }
  return found.length === 0 ? undefined : found
}

/**
 * The version a tag stands for: `3` of `"3"`, of `W/"3"` and of `"3-…"` (an answer with `fields`); undefined if it is none.
 *
 * @since 0.1.0
 * @category decoding
 */
export const versionOf = (opaque: string): number | undefined => {
  const match = /^(0|[1-9]\d{0,14})(?:-[\w-]*)?$/.exec(opaque)
  return match === null ? undefined : Number(match[1])
}

/**
 * The preferences that are understood.
 *
 * @since 0.1.0
 * @category models
 */
export interface Preferences {
  readonly minimal: boolean
  /** Value of `Preference-Applied`; undefined if none was. */
  readonly applied: string | undefined
}

const noPreferences: Preferences = { minimal: false, applied: undefined }

/**
 * Reads `Prefer`. Of a preference given twice the first counts; unknown ones are ignored, as the RFC demands.
 *
 * @since 0.1.0
 * @category decoding
 */
export const preferences = (header: string | undefined): Preferences => {
  if (header === undefined) return noPreferences
  const given = new Map<string, string>()
  for (const part of header.split(",")) {
    const [, name, value = ""] = /^\s*([\w-]+)\s*(?:=\s*"?([\w-]*)"?)?\s*(?:;.*)?$/.exec(part) ?? []
    if (name !== undefined && !given.has(name.toLowerCase())) given.set(name.toLowerCase(), value.toLowerCase())
  }
  const kept = given.get("return")
  const applied = [
    ...(kept === "minimal" || kept === "representation" ? [`return=${kept}`] : []),
    ...(given.get("handling") === "strict" ? ["handling=strict"] : [])
  ]
  return { minimal: kept === "minimal", applied: applied.length === 0 ? undefined : applied.join(", ") }
}

/**
 * A client's request id that may be repeated in headers and logs; undefined for any other.
 *
 * @since 0.1.0
 * @category decoding
 */
export const requestId = (header: string | undefined): string | undefined =>
  header !== undefined && /^[A-Za-z0-9._~:/+=@-]{1,128}$/.test(header) ? header : undefined

/**
 * The trace id of a valid `traceparent`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const traceId = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined
  const [, version, trace, parent, rest] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/.exec(header) ??
      []
  if (version === undefined || version === "ff" || (version === "00" && rest !== undefined)) return undefined
  return /^0+$/.test(trace!) || /^0+$/.test(parent!) ? undefined : trace
}
