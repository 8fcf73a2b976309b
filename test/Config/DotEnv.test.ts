import { FileSystem } from "@effect/platform"
import { SystemError } from "@effect/platform/Error"
import { Config, ConfigProvider, Effect, Either, Layer, Option } from "effect"
import { describe, expect, it } from "vitest"
import { DotEnv } from "../../src/Config/index.js"

const read = (text: string) => Object.fromEntries(Either.getOrThrow(DotEnv.parse(text)))
const line = (text: string) => Either.getOrThrow(Either.flip(DotEnv.parse(text))).message

describe("a .env file", () => {
  it.each<[string, Record<string, string>]>([
    ["A=1", { A: "1" }],
    ["\uFEFFA=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["  export A = x y  \n\n# c\n  # d\nB=", { A: "x y", B: "" }],
    ["A=a#b\nB=a #b\nC=#b\nD=a\t# b", { A: "a#b", B: "a", C: "", D: "a" }],
    ["SQL_URL=postgresql://u:p#w@h/db?a=b&c=d # comment", { SQL_URL: "postgresql://u:p#w@h/db?a=b&c=d" }],
    ["A='x # \\n \"y\" $Z'  # c", { A: "x # \\n \"y\" $Z" }],
    ["A=\"x\\n\\t\\\"y\\\" \\\\ \\$ \\q # z\" # c\nB=1", { A: "x\n\t\"y\" \\ $ \\q # z", B: "1" }],
    ["A=`it's \"x\"`", { A: "it's \"x\"" }],
    ["A='1\n2'\nB=\"3\n4\"\nC=5", { A: "1\n2", B: "3\n4", C: "5" }],
    ["A=$HOME ${B}", { A: "$HOME ${B}" }],
    ["A=1\nA=2", { A: "2" }],
    ["A=it's", { A: "it's" }],
    ["A='  '", { A: "  " }],
    ["__proto__=x", JSON.parse("{\"__proto__\":\"x\"}")],
    ["", {}]
  ])("%j is read", (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it.each([
    ["A=1\n\ncanary", ".env: line 3 is not NAME=value"],
    ["1A=canary", ".env: line 1 is not NAME=value"],
    ["A=1\nB='canary", ".env: line 2 opens a quote that is not closed, or has text behind it"],
    ["A=\"x\" canary", ".env: line 1 opens a quote that is not closed, or has text behind it"]
  ])("%j is refused by line, without its content", (text, message) => {
    expect(line(text)).toBe(message)
  })
})

describe("its layer", () => {
  const provide = (file: FileSystem.FileSystem["readFileString"], variables: Record<string, string>) =>
    DotEnv.layer().pipe(
      Layer.provide(FileSystem.layerNoop({ readFileString: file })),
      Layer.provideMerge(
        Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)), { pathDelim: "_" }))
      )
    )
  const get = (name: string) => Config.option(Config.string(name))
  const failing = (reason: "NotFound" | "PermissionDenied") => () =>
    Effect.fail(new SystemError({ reason, module: "FileSystem", method: "readFileString", pathOrDescriptor: ".env" }))

  it("stands behind the environment, whose blank values win too", async () => {
    const layer = provide(() => Effect.succeed("A_B=file\nSQL_URL=file\nBLANK=file"), { SQL_URL: "env", BLANK: "" })
    const before = { ...process.env }
    const values = await Effect.runPromise(
      Effect.all([get("A_B"), get("SQL_URL"), get("BLANK"), get("NONE")]).pipe(Effect.provide(layer))
    )
    expect(values.map(Option.getOrUndefined)).toEqual(["file", "env", "", undefined])
    expect({ ...process.env }).toEqual(before)
  })

  it("is empty when there is no file, and fails when the file cannot be read", async () => {
    const run = (reason: "NotFound" | "PermissionDenied") =>
      Effect.runPromise(Effect.either(get("A").pipe(Effect.provide(provide(failing(reason), {})))))
    expect(await run("NotFound")).toEqual(Either.right(Option.none()))
    expect(await run("PermissionDenied")).toMatchObject({ left: { message: ".env: cannot be read" } })
  })
})
