/**
 * JSON text of canonical values, by kind.
 *
 * @since 0.1.0
 */
import type { Kind } from "../Column.js"
import * as Conversion from "./Conversion.js"
import type { Tag } from "./Shape.js"

/** Longer texts are left to the engine's own scan. */
const short = 64

/**
 * A JSON string.
 *
 * @since 0.1.0
 * @category conversions
 */
export const quote = (text: string): string => {
  if (text.length > short) return JSON.stringify(text)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 32 || code === 34 || code === 92 || code >= 0xd800) return JSON.stringify(text)
  }
  return `"${text}"`
}

const base64 = (value: unknown): string => {
  // A canonical value of kind bytes.
  const bytes = value as Uint8Array
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
}

const bare = (value: unknown): string => String(value)

/**
 * A canonical value that is not NULL as plain text, without loss: what a keyset, a path or a JSON string holds of it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const plain: { readonly [K in Kind]: (canonical: unknown) => string } = {
  text: bare,
  integer: bare,
  double: bare,
  decimal: bare,
  boolean: bare,
  bigint: bare,
  timestamp: bare,
  date: bare,
  bytes: base64,
  json: (canonical) => JSON.stringify(canonical),
  uuid: bare
}

// Kinds whose texts hold nothing to escape.
const quoted = (value: unknown): string => `"${String(value)}"`

/**
 * A canonical value that is not NULL as JSON text.
 *
 * @since 0.1.0
 * @category conversions
 */
export const json: { readonly [K in Kind]: (canonical: unknown) => string } = {
  text: (canonical) => quote(canonical as string), // the canonical form
  integer: bare,
  double: (canonical) => Number.isFinite(canonical) ? String(canonical) : "null",
  decimal: quoted,
  boolean: bare,
  bigint: quoted,
  timestamp: quoted,
  date: quoted,
  bytes: (canonical) => `"${base64(canonical)}"`,
  json: (canonical) => JSON.stringify(canonical) ?? "null",
  uuid: quoted
}

const parse = (kind: Kind, text: string): unknown => {
  switch (kind) {
    case "integer":
    case "double":
      return text.trim() === "" ? undefined : Number(text)
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined
    case "bigint":
      return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined
    case "bytes":
      return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : undefined
    case "json":
      return undefined
    default:
      return text
  }
}

/** The type of the canonical form. */
const tags: { readonly [K in Kind]: Tag } = {
  text: "string",
  integer: "number",
  double: "number",
  decimal: "string",
  boolean: "boolean",
  bigint: "bigint",
  timestamp: "string",
  date: "string",
  bytes: "Uint8Array",
  json: "unknown",
  uuid: "string"
}

/**
 * The canonical value of such a plain text; undefined for a text of another form, and for JSON, which has no order.
 *
 * @since 0.1.0
 * @category conversions
 */
export const canonical = (kind: Kind, text: string): unknown => {
  const value = parse(kind, text)
  if (value === undefined) return undefined
  // Infinity is not for programs to write, but a page may end at one.
  if (kind === "double") return Number.isNaN(value) ? undefined : value
  try {
    return Conversion.find(kind, tags[kind])?.encode(value)
  } catch {
    return undefined
  }
}
