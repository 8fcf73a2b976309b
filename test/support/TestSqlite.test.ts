import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import * as TestSqlite from "./TestSqlite.js"

it.effect("a fresh file is absent at first, seen by its witness, and gone with its scope", () =>
  Effect.gen(function*() {
    const directory = yield* Effect.scoped(Effect.gen(function*() {
      const file = yield* TestSqlite.freshFile()
      expect(existsSync(file.path)).toBe(false)
      expect(file.url).toBe(`sqlite:///${file.path}`)
      yield* file.witness("create table notes (body text)")
      yield* file.witness("insert into notes values (?)", ["kept"])
      expect(yield* file.witness("select body from notes")).toEqual([{ body: "kept" }])
      return file.directory
    }))
    expect(existsSync(directory)).toBe(false)
  }))
