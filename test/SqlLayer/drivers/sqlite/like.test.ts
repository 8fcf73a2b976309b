import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe } from "vitest"
import * as Dialect from "../../../../src/SqlLayer/drivers/sqlite/dialect.js"
import * as Like from "../../../../src/SqlLayer/drivers/sqlite/like.js"
import * as TestPostgres from "../../../support/TestPostgres.js"
import * as Harness from "./Harness.js"

/** The definition, as slow and as plain as it can be. */
const reference = (text: ReadonlyArray<string>, pattern: ReadonlyArray<string>): boolean => {
  const [point, ...rest] = pattern
  if (point === undefined) return text.length === 0
  if (point === "%") return [...text, ""].some((_, index) => reference(text.slice(index), rest))
  if (text.length === 0) return false
  if (point === "_") return reference(text.slice(1), rest)
  const [wanted, after] = point === "\\" && rest.length > 0 ? [rest[0], rest.slice(1)] : [point, rest]
  return text[0] === wanted && reference(text.slice(1), after)
}

/** Letters that differ in case, length and plane, and the pattern's own characters. */
const alphabet = fc.constantFrom(..."aAbkKiIéÉßẞΣσςİıK😀\u{10400}\u{10428}%_\\ 1")
const text = fc.array(alphabet, { maxLength: 8 }).map((points) => points.join(""))
/** PostgreSQL refuses a pattern that ends in an escape. */
const pattern = fc.array(fc.oneof({ weight: 2, arbitrary: alphabet }, { weight: 1, arbitrary: fc.constant("%") }), {
  maxLength: 7
}).map((points) => points.join("")).filter((made) => !/(?:^|[^\\])(?:\\\\)*\\$/.test(made))

const contains = (needle: string) => `%${needle.replace(/[\\%_]/g, "\\$&")}%`

const matches = Dialect.grammar.matches("t", Dialect.grammar.placeholder(1))
const query = `with v(t) as (select ?2) select ${matches} from v`

describe("matches", () => {
  it("is the definition", () => {
    fc.assert(
      fc.property(text, pattern, (given, wanted) => {
        expect(Like.matcher(wanted)(given)).toBe(reference([...Like.lower(given)], [...Like.lower(wanted)]))
      }),
      { numRuns: 3_000 }
    )
  })

  it.scoped("is one in SQL, whoever decides", () =>
    Effect.gen(function*() {
      const session = yield* Harness.memory
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(text, fc.oneof(pattern, text.map(contains)), async (given, wanted) => {
            const found = await Effect.runPromise(Harness.rows(session, query, [wanted, given]))
            expect(found).toEqual([[Like.matcher(wanted)(given) ? 1 : 0]])
          }),
          { numRuns: 1_000 }
        )
      )
    }))

  it.scoped("is PostgreSQL's ilike", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const cases = fc.sample(fc.tuple(text, fc.oneof(pattern, text.map(contains))), 4_000)
      const answers = yield* database.witness<{ yes: boolean }>(
        // Of the server's own locale, C.UTF-8: it lowers letter by letter.
        `select t ilike p escape '\\' as yes
           from unnest($1::text[], $2::text[]) with ordinality as v(t, p, n) order by n`,
        [cases.map(([given]) => given), cases.map(([, wanted]) => wanted)]
      )
      const ours = cases.map(([given, wanted]) => Like.matcher(wanted)(given))
      expect(ours.filter((yes) => yes).length).toBeGreaterThan(300)
      const differ = cases.filter((_, index) => ours[index] !== answers[index]!.yes)
      expect(differ).toEqual([])
    }))

  it.scoped("knows É and é, and keeps NULL", () =>
    Effect.gen(function*() {
      const session = yield* Harness.memory
      const ask = (given: string | null, wanted: string | null) => Harness.rows(session, query, [wanted, given])
      expect(yield* ask("Café au lait", "%FÉ A%")).toEqual([[1]])
      expect(yield* ask("Καφές", "%ΦΈΣ")).toEqual([[0]])
      expect(yield* ask("100% sure", "%0\\% s%")).toEqual([[1]])
      expect(yield* ask("1000 sure", "%0\\% s%")).toEqual([[0]])
      expect(yield* ask(null, "%a%")).toEqual([[null]])
      expect(yield* ask("a", null)).toEqual([[null]])
      expect(yield* ask("x".repeat(60_000) + "y", `%${"x".repeat(55_000)}y%`)).toEqual([[1]])
    }))

  it("does not explode", () => {
    const started = performance.now()
    expect(Like.matcher(`${"%a".repeat(200)}%b`)("a".repeat(20_000))).toBe(false)
    expect(Like.matcher(`${"%a_".repeat(200)}%b`)("a".repeat(20_000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
