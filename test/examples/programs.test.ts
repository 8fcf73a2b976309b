import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Engines from "../support/Engines.js"
import * as Program from "./Program.js"

const printed = (file: string) =>
  Effect.gen(function*() {
    yield* Engines.sqlite
    const program = yield* Program.start(Program.node(file))
    expect(yield* program.ended).toEqual({ code: 0, signal: null })
    return program.stdout().trimEnd().split("\n")
  })

describe("examples", { timeout: 60_000 }, () => {
  it.scopedLive("providing-layers: transactions, typed errors, handwritten SQL", () =>
    Effect.gen(function*() {
      expect(yield* printed("examples/providing-layers/main.ts")).toEqual([
        "refused: Ada has not that much",
        "refused: unique key accounts_owner_key on table accounts is taken already (owner)",
        "Ada: 70",
        "Grace: 30",
        "in all: 100"
      ])
    }))

  it.scopedLive("two-databases: a rollback of one leaves the other alone", () =>
    Effect.gen(function*() {
      expect(yield* printed("examples/two-databases/main.ts")).toEqual([
        "rolled back: unicorn is out of stock",
        "shop: horse",
        "reporting: somebody wants horse, somebody wants unicorn"
      ])
    }))
})
