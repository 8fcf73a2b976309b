/**
 * The five routes of a resource. Each one checks in the order of the contract (media types, body, query, key, input), then makes
 * one call of the repository, or one transaction where a service has hooks.
 *
 * @since 0.1.0
 */
import type { ResourceAny } from "./Resource.js"
import * as Context from "./resource/Context.js"
import * as Read from "./resource/Read.js"
import * as Write from "./resource/Write.js"
import type { Route } from "./Route.js"
import type { Settings } from "./Settings.js"

export type { Handling, Store } from "./resource/Context.js"

/**
 * Makes the routes of a resource.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(
  resource: ResourceAny,
  handling: Context.Handling,
  store: Context.Store<R>,
  settings: Settings
): ReadonlyArray<Route<R>> => {
  const context = Context.make(resource, handling, store, settings)
  const one = `${resource.prefix}/{id}`
  const routes: ReadonlyArray<Route<R> | undefined> = [
    resource.actions.has("list")
      ? { method: "GET", pattern: resource.prefix, handle: Read.list(context) }
      : undefined,
    resource.actions.has("create")
      ? { method: "POST", pattern: resource.prefix, handle: Write.create(context) }
      : undefined,
    resource.actions.has("get") ? { method: "GET", pattern: one, handle: Read.get(context) } : undefined,
    resource.actions.has("update") ? { method: "PATCH", pattern: one, handle: Write.update(context) } : undefined,
    resource.actions.has("delete") ? { method: "DELETE", pattern: one, handle: Write.remove(context) } : undefined
  ]
  return routes.filter((route) => route !== undefined)
}
