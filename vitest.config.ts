import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { CountsReporter } from "./test/support/CountsReporter.js"

const src = fileURLToPath(new URL("./src", import.meta.url))

export default defineConfig({
  resolve: {
    // The package imports itself by name, as its users do; `paths` of tsconfig.json says the same.
    alias: [
      { find: /^effect-svc-infra$/, replacement: `${src}/index.ts` },
      { find: /^effect-svc-infra\/SqlLayer\/([a-z]+)$/, replacement: `${src}/SqlLayer/drivers/$1/index.ts` },
      { find: /^effect-svc-infra\/([A-Za-z]+)$/, replacement: `${src}/$1/index.ts` }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/globalSetup.ts",
    reporters: ["default", new CountsReporter()],
    watch: false,
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    // The first test that asks for an engine waits for its start, on a machine that may be busy.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The servers of the tests need more than a second to stop when the machine is busy.
    teardownTimeout: 30_000
  }
})
