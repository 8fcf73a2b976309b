// Predicates and keyset pages against a model in memory, for any engine.
import { describe, expect, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as fc from "fast-check"
import type { Node, Predicate } from "../../src/Database/Predicate.js"
import * as Predicates from "../../src/Database/Predicate.js"
import type { Order, Row } from "../../src/Database/TableMetadata.js"
import type { Keyset, Repository } from "../../src/Repository/Repository.js"
import * as Repositories from "../../src/Repository/Repository.js"
import type { Sql } from "../../src/SqlLayer/Sql.js"
import { Account, account, accounts, create as createTables } from "./Tables.js"

type Accounts = typeof accounts

// Texts of one case without accents: no collation disagrees on their order.
const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 3 })

/** Values of each column, few enough to meet again. */
const domain = {
  email: word,
  nick: fc.string({ unit: fc.constantFrom("a", "b", "%", "_", "\\"), maxLength: 3 }),
  age: fc.integer({ min: -2, max: 2 }),
  score: fc.constantFrom(-1.5, 0, 0.1, 2),
  visits: fc.constantFrom(-(2n ** 62n), 0n, 5n, 2n ** 53n + 1n),
  balance: fc.constantFrom("-1.50", "0", "9.99", "10").map(BigDecimal.unsafeFromString),
  active: fc.boolean(),
  seen: fc.constantFrom(0, 1, 86_400_000).map((ms) => DateTime.unsafeMake(ms)),
  born: fc.constantFrom("1999-12-31", "2000-01-01").map((day) => DateTime.unsafeMake(day))
}
type Property = keyof typeof domain
const properties = Object.keys(domain) as ReadonlyArray<Property>

const unique = { counter: 0 }

const rowOf = (values: { readonly [P in Property]: unknown }) => ({
  ...account(`${String(values.email)}${unique.counter++}`),
  ...Object.fromEntries(properties.slice(1).map((property) => [property, Option.fromNullable(values[property])]))
})

const values = fc.record({
  email: domain.email,
  ...Object.fromEntries(
    properties.slice(1).map((property) => [property, fc.option<unknown>(domain[property], { freq: 3 })])
  )
}) as fc.Arbitrary<{ readonly [P in Property]: unknown }>

// ── the model ────────────────────────────────────────────────────────────────────────────────────────────────────────

const plain = (value: unknown): unknown => (Option.isOption(value) ? Option.getOrNull(value) : value)

const rank = (value: unknown): number | string | bigint => {
  if (DateTime.isDateTime(value)) return value.epochMillis
  if (BigDecimal.isBigDecimal(value)) return Number(BigDecimal.format(value))
  // The other types compare by themselves.
  return typeof value === "boolean" ? Number(value) : value as number | string | bigint
}

const compare = (a: unknown, b: unknown): number => {
  const [x, y] = [rank(a), rank(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

const evaluate = (node: Node, row: Record<string, unknown>): boolean => {
  switch (node._tag) {
    case "And":
      return node.all.every((inner) => evaluate(inner, row))
    case "Or":
      return node.any.some((inner) => evaluate(inner, row))
    case "Not":
      return !evaluate(node.not, row)
    case "Null":
      return (plain(row[node.property]) === null) !== node.negated
    case "In": {
      const value = plain(row[node.property])
      const found = node.values.some((other) => same(value, plain(other)))
      return found !== node.negated
    }
    case "Compare": {
      const [value, other] = [plain(row[node.property]), plain(node.value)]
      if (node.operator === "eq") return same(value, other)
      if (node.operator === "ne") return !same(value, other)
      if (value === null || other === null) return false
      const order = compare(value, other)
      return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[node.operator]
    }
    case "Text":
      return node.properties.some((property) => {
        const value = plain(row[property])
        if (value === null) return false
        const [text, wanted] = [String(value).toLowerCase(), node.text.toLowerCase()]
        return node.match === "contains" ? text.includes(wanted) : text.startsWith(wanted)
      })
  }
}

const same = (a: unknown, b: unknown): boolean => (a === null || b === null ? a === b : compare(a, b) === 0)

// ── arbitrary predicates ─────────────────────────────────────────────────────────────────────────────────────────────

const nullable = (property: Property) =>
  fc.option<unknown>(domain[property], { freq: 4 }).chain((value) =>
    fc.constantFrom<unknown>(value, property === "email" ? value : Option.fromNullable(value))
  )
const property = fc.constantFrom(...properties)

const leaf: fc.Arbitrary<Node> = property.chain((name) =>
  fc.oneof(
    fc.record({
      _tag: fc.constant("Compare" as const),
      operator: fc.constantFrom("eq", "ne", "lt", "lte", "gt", "gte"),
      property: fc.constant(name),
      value: nullable(name)
    }),
    fc.record({
      _tag: fc.constant("In" as const),
      negated: fc.boolean(),
      property: fc.constant(name),
      values: fc.array(nullable(name), { maxLength: 5 })
    }),
    fc.record({ _tag: fc.constant("Null" as const), negated: fc.boolean(), property: fc.constant(name) }),
    fc.record({
      _tag: fc.constant("Text" as const),
      match: fc.constantFrom("contains", "startsWith"),
      properties: fc.subarray(["email", "nick", "age", "active"]),
      text: fc.string({ unit: fc.constantFrom("a", "B", "%", "_", "\\", "1"), maxLength: 2 })
    })
  )
)

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({ _tag: fc.constant("And" as const), all: fc.array(tie("node"), { maxLength: 3 }) }),
    fc.record({ _tag: fc.constant("Or" as const), any: fc.array(tie("node"), { maxLength: 3 }) }),
    fc.record({ _tag: fc.constant("Not" as const), not: tie("node") })
  )
}))

const orderBy = fc.uniqueArray(fc.tuple(fc.constantFrom("", "-"), property), {
  minLength: 1,
  maxLength: 3,
  selector: ([, name]) => name
}).map((entries) => entries.map(([sign, name]) => `${sign}${name}` as Order<Accounts>))

const ids = (rows: ReadonlyArray<Row<Accounts>>): ReadonlyArray<string> => rows.map(({ id }) => id)

const insertSample = (repository: Repository<Accounts>, count: number, seed: number) =>
  repository.insertMany(fc.sample(values, { numRuns: count, seed }).map(rowOf))

export const holds = (name: string, open: Effect.Effect<{ readonly sql: Sql }, never, Scope.Scope>): void => {
  describe(`properties on ${name}`, () => {
    const withRows = (
      count: number,
      body: (repository: Repository<Accounts>, rows: ReadonlyArray<Account>, sql: Sql) => Promise<void>
    ) =>
      Effect.gen(function*() {
        const { sql } = yield* open
        yield* createTables(sql, [accounts])
        const repository = Repositories.fromSql(accounts, sql)
        const rows = yield* insertSample(repository, count, 7)
        yield* Effect.promise(() => body(repository, rows, sql))
      })

    it.scoped(
      "a predicate selects the rows that it selects in memory, NULLs included",
      () =>
        withRows(60, async (repository, rows) => {
          await fc.assert(
            fc.asyncProperty(node, async (tree) => {
              // Built of the row's own values.
              const where = { node: tree } as Predicate<Row<Accounts>>
              const expected = rows.filter((row) => evaluate(tree, row as never)).map(({ id }) => id)
              const found = await Effect.runPromise(repository.list({ where, limit: 1000 }))
              expect(ids(found)).toEqual(expected)
              expect(await Effect.runPromise(repository.count(where))).toBe(expected.length)
              // Each row is on one side of a condition.
              const others = await Effect.runPromise(repository.count(Predicates.not(where)))
              expect(others).toBe(rows.length - expected.length)
            }),
            { numRuns: 300 }
          )
        }),
      120_000
    )

    it.scoped(
      "keyset pages neither skip nor repeat a row, while others are inserted",
      () =>
        withRows(25, async (repository, rows, sql) => {
          await fc.assert(
            fc.asyncProperty(
              orderBy,
              fc.integer({ min: 1, max: 6 }),
              fc.array(values, { maxLength: 8 }),
              fc.boolean(),
              async (order, size, more, json) => {
                const expected = ids(await Effect.runPromise(repository.list({ orderBy: order, limit: 1000 })))
                expect(expected).toHaveLength(rows.length)
                const coming = more.map(rowOf)
                const seen: Array<string> = []
                let after: Keyset | undefined
                do {
                  const page = json
                    ? await Effect.runPromise(
                      repository.json.page({ orderBy: order, limit: size, after, count: seen.length % 2 === 0 })
                    )
                    : await Effect.runPromise(repository.page({ orderBy: order, size, after }))
                  seen.push(...page.items.map((item) => item instanceof Account ? item.id : item.key[0]!))
                  // As a client sends it back.
                  after = page.next && JSON.parse(JSON.stringify(page.next)) as Keyset
                  const next = coming.pop()
                  if (next !== undefined) await Effect.runPromise(repository.create(next))
                } while (after !== undefined)
                expect(new Set(seen).size).toBe(seen.length)
                expect(seen.filter((id) => expected.includes(id))).toEqual(expected)
                await Effect.runPromise(
                  sql.client.unsafe(
                    `delete from accounts where id not in (${expected.map((id) => `'${id}'`).join(", ")})`
                  )
                )
              }
            ),
            { numRuns: 60 }
          )
        }),
      120_000
    )
  })
}
