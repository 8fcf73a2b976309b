import { describe, expect, it } from "@effect/vitest"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { check as checkTree } from "../../scripts/Floors.js"

/** What the check says of a tree of these files in `src`: a line per problem. */
const check = (files: Readonly<Record<string, string>>): ReadonlyArray<string> => {
  const root = mkdtempSync(path.join(os.tmpdir(), "floors-"))
  try {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(root, "src", name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    return checkTree(root).problems.map(({ at, message, rule }) => `${at}: ${rule}: ${message}`)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const word = { "Database/Word.ts": "export type Word = string\n" }

describe("the check of the floors", () => {
  it("lets imports go down", () => {
    const down = { ...word, "Http/App.ts": `import type { Word } from "../Database/Word.js"\nexport type App = Word\n` }
    expect(check(down)).toEqual([])
  })

  for (
    const [name, line] of [
      ["a plain import", `import { app } from "../Http/App.js"`],
      ["a type import", `import type { App } from "../Http/App.js"`],
      ["a re-export", `export * from "../Http/App.js"`],
      ["import()", `export const app = () => import("../Http/App.js")`],
      ["the type of an import", `export type App = import("../Http/App.js").App`]
    ] as const
  ) {
    it(`finds ${name} that goes up`, () => {
      const lines = check({ "Http/App.ts": "export type App = 1\n", "Config/Env.ts": `\n${line}\n` })
      expect(lines[0]).toBe("src/Config/Env.ts:2: up: Config (floor 1) imports up: Http/App.ts of floor 7")
    })
  }

  it("finds rooms of one floor that import each other, and rooms it does not know", () => {
    const lines = check({
      ...word,
      "SqlLayer/Pool.ts": "export const pool = 1\n",
      "MongoLayer/Pool.ts": `export { pool } from "../SqlLayer/Pool.js"\n`,
      "Utils/Misc.ts": "export const misc = 1\n"
    })
    expect(lines[0]).toMatch(/^src\/MongoLayer\/Pool.ts:1: up: .* imports sideways/)
    expect(lines[1]).toMatch(/^src\/Utils\/Misc.ts: up: "Utils" is no known room/)
  })

  it("finds circles, of types too", () => {
    const lines = check({
      "Config/A.ts": `import type { B } from "./B.js"\nexport type A = B | 1\n`,
      "Config/B.ts": `import type { C } from "./C.js"\nexport type B = C | 2\n`,
      "Config/C.ts": `import type { A } from "./A.js"\nexport type C = A | 3\n`
    })
    expect(lines[0]).toContain("circle: a circle of 3: Config/A.ts, Config/B.ts, Config/C.ts")
  })

  it("finds a driver outside of its folder, and one that a room's index loads", () => {
    const lines = check({
      "Repository/Sql.ts": `import type { Client } from "pg"\nexport type X = Client\n`,
      "SqlLayer/index.ts": `export * from "./Sql.js"\n`,
      "SqlLayer/Sql.ts": `export * from "./drivers/postgresql/driver.js"\n`,
      "SqlLayer/Lazy.ts": `export const lazy = () => import("./drivers/postgresql/driver.js")\n`,
      "SqlLayer/drivers/postgresql/driver.ts": `import pg from "pg"\nexport const driver = pg\n`
    })
    expect(lines[0]).toMatch(/^src\/Repository\/Sql.ts:1: owner: imports "pg"/)
    expect(lines[1]).toMatch(/driver.ts:1: eager: loading SqlLayer\/index.ts loads "pg", by way of .*Sql.ts -> /)
    expect(lines).toHaveLength(2)
  })

  it("finds the command line outside of Cli.ts, a room's index, and what is not in src", () => {
    const lines = check({
      ...word,
      "Database/index.ts": `export * as Word from "./Word.js"\n`,
      "Config/Cli.ts": `import * as Command from "@effect/cli/Command"\nexport const cli = Command\n`,
      "Config/Show.ts": [
        `import * as Command from "@effect/cli/Command"`,
        `import { Word } from "../Database/index.js"`,
        `import { help } from "../../test/help.js"`,
        `import { sql } from "effect-svc-infra/SqlLayer"`,
        `export const show = [Command, help, sql] as unknown as Word`
      ].join("\n")
    })
    expect(lines.map((found) => found.split(" ").slice(0, 2).join(" "))).toEqual([
      "src/Config/Show.ts:1: owner:",
      "src/Config/Show.ts:2: index:",
      "src/Config/Show.ts:3: outside:",
      "src/Config/Show.ts:4: outside:"
    ])
  })
})
