/**
 * Finds the route of a request, and says what else its path can do.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { Route } from "./Route.js"

/**
 * Routes that cannot be served side by side.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRoutes extends Schema.TaggedError<InvalidRoutes>()("InvalidRoutes", {
  method: Schema.String,
  pattern: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.method} ${this.pattern}: ${this.reason}`
  }
}

/**
 * What a path leads to.
 *
 * @since 0.1.0
 * @category models
 */
export type Match<R> =
  | { readonly _tag: "Route"; readonly route: Route<R>; readonly key: string | undefined }
  /** The path exists; the method is OPTIONS, or one that it does not have. */
  | { readonly _tag: "Options" | "MethodNotAllowed"; readonly allow: string }

/**
 * Looks up method and raw path; undefined where there is no such path.
 *
 * @since 0.1.0
 * @category models
 */
export type Find<R> = (method: string, path: string) => Match<R> | undefined

type Methods<R> = Map<string, Route<R>>

const order = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

const allowOf = <R>(all: ReadonlyArray<{ readonly methods: Methods<R> }>): string => {
  const names = new Set(["OPTIONS"])
  for (const { methods } of all) {
    for (const method of methods.keys()) {
      names.add(method)
      if (method === "GET") names.add("HEAD")
    }
  }
  return order.filter((name) => names.has(name)).join(", ")
}

const pattern = /^(?:\/[^/{}]+)*\/(?:[^/{}]*|\{\w+\})(?:\/[^/{}]+)*$/

/**
 * Compiles routes. Throws `InvalidRoutes` for two of the same method and path.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(routes: ReadonlyArray<Route<R>>): Find<R> => {
  const statics = new Map<string, Methods<R>>()
  // By the path with `{}` in the place of the key.
  const dynamics = new Map<string, Methods<R>>()
  let hasSuffixes = false
  for (const route of routes) {
    const fail = (reason: string): never => {
      throw new InvalidRoutes({ method: route.method, pattern: route.pattern, reason })
    }
    if (!pattern.test(route.pattern)) fail("a pattern is a path with at most one segment in braces")
    const isDynamic = route.pattern.includes("{")
    const path = route.pattern.replace(/\{\w+\}/, "{}")
    if (isDynamic && !path.endsWith("{}")) {
      if (!/\{\}\/[^/]+$/.test(path)) fail("behind the braces there is room for one segment")
      hasSuffixes = true
    }
    const map = isDynamic ? dynamics : statics
    const methods: Methods<R> = map.get(path) ?? new Map()
    if (methods.has(route.method)) fail("there is another route of this method and path")
    map.set(path, methods.set(route.method, route))
  }

  return (method, path) => {
    const last = path.lastIndexOf("/")
    const wanted = method === "HEAD" ? "GET" : method
    const candidates: Array<{ readonly methods: Methods<R>; readonly key: string | undefined }> = []
    const plain = statics.get(path)
    if (plain !== undefined) candidates.push({ methods: plain, key: undefined })
    if (hasSuffixes && last > 0) {
      const before = path.lastIndexOf("/", last - 1)
      const key = path.slice(before + 1, last)
      const methods = dynamics.get(`${path.slice(0, before + 1)}{}${path.slice(last)}`)
      if (methods !== undefined && key !== "") candidates.push({ methods, key })
    }
    if (last < path.length - 1) {
      const methods = dynamics.get(`${path.slice(0, last + 1)}{}`)
      if (methods !== undefined) candidates.push({ methods, key: path.slice(last + 1) })
    }
    for (const { key, methods } of candidates) {
      const route = methods.get(wanted)
      if (route !== undefined) return { _tag: "Route", route, key }
    }
    if (candidates.length === 0) return undefined
    return { _tag: method === "OPTIONS" ? "Options" : "MethodNotAllowed", allow: allowOf(candidates) }
  }
}
