/**
 * Runs once around all tests: opens the host of the engines, and says at the end which of them ran.
 */
import type { TestProject } from "vitest/node"
import * as EngineHost from "./EngineHost.js"

declare module "vitest" {
  export interface ProvidedContext {
    /** Where `Engines` asks for servers. */
    readonly engineHost: string
  }
}

/** Called by vitest; what it returns is called at the end. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const host = await EngineHost.open()
  project.provide("engineHost", host.url)
  return async () => {
    process.stdout.write(`\n${await host.close()}\n`)
  }
}
