/**
 * What is served: the resource `/users`, and around it the OpenAPI document, the documentation page and health.
 */
import { app as makeApp, SqlResource, standardRoutes } from "effect-svc-infra/Http"
import * as Effect from "effect/Effect"
import { users } from "./User.js"

export const resources = [
  SqlResource.make({
    table: users,
    prefix: "/users",
    tags: ["users"],
    description: "People who use the service.",
    searchFields: ["name", "email"],
    orderingDefault: "-created_at",
    allowedOrderFields: ["created_at", "name", "email"]
  })
]

export const app = Effect.gen(function*() {
  const routes = yield* standardRoutes(resources, {
    title: "Users",
    version: "1.0.0",
    description: "Users as an API over SQL: an example of effect-svc-infra.",
    license: { name: "MIT", identifier: "MIT" },
    contact: { name: "effect-svc-infra" }
  })
  return yield* makeApp({ resources, routes })
})
