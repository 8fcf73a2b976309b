import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { Script } from "node:vm"
import * as Docs from "../../src/Http/Docs.js"

const between = (html: string, open: string, close: string): string =>
  html.slice(html.indexOf(open) + open.length, html.indexOf(close))

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64")

describe("Docs", () => {
  const { headers, html } = Docs.page({ title: "Users" })
  const script = between(html, "<script>", "</script>")
  const style = between(html, "<style>", "</style>")

  it("holds a program that parses", () => {
    expect(() => new Script(script)).not.toThrow()
    expect(script.length).toBeGreaterThan(5000)
  })

  it("needs nothing from anywhere else", () => {
    expect(html.replaceAll(script, "")).not.toMatch(/(?:src|href)="(?!#|data:|\/openapi\.json)/)
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/)
    expect(style).not.toMatch(/@import|url\(/)
  })

  it("allows this very script and style and nothing else", () => {
    const policy = headers["content-security-policy"]
    expect(policy).toContain(`script-src 'sha256-${sha256(script)}'`)
    expect(policy).toContain(`style-src 'sha256-${sha256(style)}'`)
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain("unsafe")
  })

  it("never makes markup of data", () => {
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|style=/)
    expect(Docs.page({ title: "</title><script>alert(1)</script>", document: "/\"><b>" }).html).not.toMatch(
      /<script>alert|"><b>/
    )
  })

  it.effect("is a route", () =>
    Effect.gen(function*() {
      const route = Docs.route({ path: "/help", document: "/api.json" })
      expect(route).toMatchObject({ method: "GET", pattern: "/help" })
    }))
})
