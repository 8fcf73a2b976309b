/**
 * The documentation page: one self-contained document, made in memory, that needs neither network nor disk. It lists what the
 * OpenAPI document describes and can send requests to the server that served it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { script } from "./docs/script.js"
import { style } from "./docs/style.js"
import type { Reply, Route } from "./Route.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface DocsOptions {
  /** Shown until the document is read. Default: `API`. */
  readonly title?: string
  /** Path of the OpenAPI document on the same server. Default: `/openapi.json`. */
  readonly document?: string
}

/**
 * A page and the headers it must be served with.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

// Nothing but this very script and style, and requests to this very server.
const policy = [
  "default-src 'self'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join("; ")

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 2h10v12H3z' fill='%231f5fbf'/%3E%3C/svg%3E"

/**
 * The page. Its policy names the script and the style by their hashes, so that nothing else runs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const page = (options: DocsOptions = {}): Page => {
  const { document = "/openapi.json", title = "API" } = options
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="openapi" content="${escape(document)}">
<title>${escape(title)}</title>
<link rel="icon" href="${icon}">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the operations</a>
<nav id="navigation" aria-label="Operations"></nav>
<main id="content" tabindex="-1"><p>Reading the document.</p><noscript>This page needs JavaScript; the document itself is at <a href="${
      escape(document)
    }">${escape(document)}</a>.</noscript></main>
<script>${script}</script>
</body>
</html>
`,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "no-cache",
      "referrer-policy": "no-referrer"
    }
  }
}

/**
 * `GET /docs`: the page, made once.
 *
 * @since 0.1.0
 * @category routes
 */
export const route = (options: DocsOptions & { readonly path?: `/${string}` } = {}): Route<never> => {
  const { headers, html } = page(options)
  const reply: Reply = { status: 200, headers, body: html }
  return { method: "GET", pattern: options.path ?? "/docs", handle: () => Effect.succeed(reply) }
}
