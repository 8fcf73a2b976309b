import { expect, it } from "@effect/vitest"
import type { TestModule } from "vitest/node"
import { count } from "./CountsReporter.js"

const module = (
  states: ReadonlyArray<"passed" | "failed" | "skipped" | "pending">,
  errors: { readonly file?: number; readonly suite?: number } = {}
) => {
  const list = (length = 0) => Array.from({ length }, () => ({ message: "broken" }))
  const fake = {
    errors: () => list(errors.file),
    children: {
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
      allSuites: () => [{ errors: () => list(errors.suite) }]
    }
  }
  // What `count` reads of a module, and no more.
  return fake as unknown as TestModule
}

it("counts tests of all files by their state", () => {
  expect(count([module(["passed", "failed"]), module(["passed", "skipped"])], []))
    .toEqual({ passed: 2, failed: 1, skipped: 1 })
})

it("counts as failed what hides tests: broken files and suites, stray errors, tests without a result", () => {
  expect(count([module([], { file: 1 }), module(["passed", "pending"], { suite: 1 })], [new Error("stray")]))
    .toEqual({ passed: 1, failed: 4, skipped: 0 })
})
