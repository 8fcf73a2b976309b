/**
 * The store's application: the eleven resources, the document and the page about them, and health.
 */
import { app as makeApp, standardRoutes } from "effect-svc-infra/Http"
import * as Effect from "effect/Effect"
import * as Resources from "./Resources.js"

export const app = Effect.flatMap(
  standardRoutes(Resources.all, {
    title: "Chinook music store",
    version: "1.0.0",
    description: "Eleven tables with their foreign keys as an API over SQL: an example of effect-svc-infra.",
    license: { name: "MIT", identifier: "MIT" },
    contact: { name: "effect-svc-infra" }
  }),
  (routes) => makeApp({ resources: Resources.all, routes })
)
