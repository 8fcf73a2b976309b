/**
 * Ends a run with one plain line: how many tests passed, failed and were skipped.
 */
import type { Reporter, SerializedError, TestModule } from "vitest/node"

/** What a run came to. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** A file that cannot be collected and an error outside of any test count as failed: they hide tests. */
export const count = (
  modules: ReadonlyArray<Pick<TestModule, "children" | "errors">>,
  unhandled: ReadonlyArray<unknown>
): Counts => {
  const counts = { passed: 0, failed: unhandled.length, skipped: 0 }
  for (const module of modules) {
    counts.failed += module.errors().length
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      // A test that was begun and has no result was not passed.
      counts[state === "pending" ? "failed" : state]++
    }
  }
  return counts
}

/** Prints `tests: N passed, N failed, N skipped` alone on a line. */
export class CountsReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<SerializedError>): void {
    const { failed, passed, skipped } = count(modules, unhandled)
    process.stdout.write(`\ntests: ${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  }
}
