import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as App from "../../src/Http/App.js"
import { json, pair, type Received, type Sent } from "./Harness.js"
import { idOf, makeUsers } from "./Users.js"

const app = (count: number, options: { readonly cursorKey?: Redacted.Redacted } = {}) => () =>
  Effect.suspend(() => App.make({ resources: [makeUsers(count).resource], ...options }))

const codes = (answer: Received): ReadonlyArray<unknown> => [
  answer.status,
  ...(json(answer).errors ?? []).map((error) => `${error["parameter"]} ${error["code"]}: ${error["detail"]}`)
]
const ids = (answer: Received) => json(answer).items.map((item) => Number(String(item["id"]).slice(-4)))

const walk = (send: (sent: Sent) => Effect.Effect<Received>, first: string, follow: (next: string) => string) =>
  Effect.gen(function*() {
    const pages: Array<ReadonlyArray<number>> = []
    for (let path = first; path !== "";) {
      const answer = yield* send({ path })
      expect(answer.status).toBe(200)
      pages.push(ids(answer))
      const { next } = json(answer)
      path = next === null ? "" : follow(next)
    }
    return pages
  })

describe("pages", () => {
  it.scoped("by offset, counted, with the contract's members and headers", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(5))
      const answer = yield* send({ path: "/users?limit=2&offset=1&fields=email" })
      expect(answer.status).toBe(200)
      const { next } = json(answer)
      expect(json(answer)).toStrictEqual({
        items: [{ id: idOf(4), email: "user4@example.org" }, { id: idOf(3), email: "user3@example.org" }],
        total: 5,
        total_kind: "exact",
        limit: 2,
        offset: 1,
        next
      })
      expect(Object.keys(json(answer))).toStrictEqual(["items", "total", "total_kind", "limit", "offset", "next"])
      expect(answer.headers).toMatchObject({
        "content-type": "application/json",
        "x-total-count": "5",
        "cache-control": "private, no-cache",
        vary: "Accept, Authorization",
        link: `</users?limit=2&fields=email&cursor=${next}>; rel="next"`
      })
      const last = yield* send({ path: "/users?limit=5" })
      expect([json(last).next, last.headers["link"], json(last).items.length]).toStrictEqual([null, undefined, 5])
      const none = yield* send({ path: "/users?offset=9" })
      expect([json(none).items, json(none)["total"], json(none).next]).toStrictEqual([[], 5, null])
    }))

  it.scoped("of no rows count only", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(5))
      expect(json(yield* send({ path: "/users?limit=0" }))).toStrictEqual({
        items: [],
        total: 5,
        total_kind: "exact",
        limit: 0,
        offset: 0,
        next: null
      })
    }))

  it.scoped("are counted as the client wishes", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(5))
      const none = yield* send({ path: "/users?count=none&limit=1" })
      expect([json(none)["total"], json(none)["total_kind"], none.headers["x-total-count"]])
        .toStrictEqual([null, "none", undefined])
      const estimated = yield* send({ path: "/users?count=estimated&limit=1" })
      expect([json(estimated)["total"], json(estimated)["total_kind"]]).toStrictEqual([5, "estimated"])
      const { next } = json(none)
      const cursor = yield* send({ path: `/users?limit=1&cursor=${next}` })
      expect([json(cursor)["total"], json(cursor)["total_kind"], json(cursor)["offset"]])
        .toStrictEqual([null, "none", null])
      const counted = yield* send({ path: `/users?limit=1&count=exact&cursor=${next}` })
      expect([json(counted)["total"], json(counted)["total_kind"], json(counted)["offset"]])
        .toStrictEqual([5, "exact", null])
    }))

  it.scoped("by cursor reach every row once, in the order asked for", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(7))
      expect(yield* walk(send, "/users?limit=3", (next) => `/users?limit=3&cursor=${next}`))
        .toStrictEqual([[7, 6, 5], [4, 3, 2], [1]])
      expect(
        yield* walk(
          send,
          "/users?limit=2&order_by=name&q=ODD",
          (next) => `/users?limit=3&order_by=name&q=ODD&cursor=${next}`
        )
      ).toStrictEqual([[1, 3], [5, 7]])
      // The link can be followed as it stands.
      const first = yield* send({ path: "/users?q=100%25_&limit=1&offset=1" })
      const link = /<(.*)>; rel="next"/.exec(String(first.headers["link"]))?.[1] ?? ""
      expect(ids(yield* send({ path: link }))).toStrictEqual([3])
    }))

  it.scoped("of HEAD have the same headers and no body", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(5))
      for (const path of ["/users?limit=2", `/users/${idOf(1)}`, "/users?nope=1", `/users/${idOf(9)}`]) {
        const get = yield* send({ path })
        const head = yield* send({ path, method: "HEAD" })
        const { date: _, ...headers } = head.headers
        const { date: __, ...expected } = get.headers
        expect([head.status, head.text, headers]).toStrictEqual([get.status, "", expected])
      }
    }))
})

describe("search, order and filters", () => {
  it.scoped("search literally, whatever the case, in the fields given", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(4))
      expect(ids(yield* send({ path: "/users?q=eVEN" }))).toStrictEqual([4, 2])
      expect(ids(yield* send({ path: "/users?q=%20100%25_3%20" }))).toStrictEqual([3])
      expect(ids(yield* send({ path: "/users?q=user&search_fields=email" }))).toStrictEqual([4, 3, 2, 1])
      expect(ids(yield* send({ path: "/users?q=user&search_fields=name" }))).toStrictEqual([])
      expect(codes(yield* send({ path: "/users?q=a&search_fields=password_hash" })))
        .toStrictEqual([422, "search_fields invalid_value: must be one of: name, email"])
      expect(codes(yield* send({ path: "/users?q=+" })))
        .toStrictEqual([422, "q too_short: must be at least 1 character long"])
      expect((yield* send({ path: `/users?q=${"x".repeat(200)}` })).status).toBe(200)
      expect(codes(yield* send({ path: `/users?q=${"x".repeat(201)}` })))
        .toStrictEqual([422, "q too_long: must be at most 200 characters long"])
      expect(codes(yield* send({ path: "/users?q=%00" })))
        .toStrictEqual([422, "q invalid_value: must not hold NUL or unpaired surrogates"])
    }))

  it.scoped("order by what is allowed", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(3))
      expect(ids(yield* send({ path: "/users?order_by=created_at" }))).toStrictEqual([1, 2, 3])
      expect(ids(yield* send({ path: "/users?order_by=-name,email" }))).toStrictEqual([3, 1, 2])
      for (const order of ["password_hash", "points", "", "name,", "--name", "name,nope", "NAME"]) {
        expect(codes(yield* send({ path: `/users?order_by=${order}` })))
          .toStrictEqual([422, "order_by invalid_value: must be one of: created_at, name, email"])
      }
      expect(codes(yield* send({ path: "/users?order_by=name,-name" })))
        .toStrictEqual([422, "order_by invalid_value: must not name a field twice"])
      expect(codes(yield* send({ path: "/users?order_by=name,name,name,name,name" })))
        .toStrictEqual([422, "order_by too_long: must have at most 4 items"])
    }))

  it.scoped("filter by the pairs that are allowed", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(6))
      const found = (query: string) => Effect.map(send({ path: `/users?${query}` }), ids)
      expect(yield* found("name=Even+2")).toStrictEqual([2])
      expect(yield* found("name__in=Even%202,Even%204,none")).toStrictEqual([4, 2])
      expect(yield* found("name__in=")).toStrictEqual([])
      expect(yield* found("name__icontains=EVEN")).toStrictEqual([6, 4, 2])
      expect(yield* found("company__null=false")).toStrictEqual([6, 3])
      expect(yield* found("company__ne=Acme")).toStrictEqual([5, 4, 2, 1])
      expect(yield* found("points__gt=4&company=Acme")).toStrictEqual([6])
      expect(yield* found("points__nin=1,2,3")).toStrictEqual([6, 5, 4])
      expect(codes(yield* send({ path: "/users?points=x&company__null=maybe&points__lt=1&email=a&password_hash=x" })))
        .toStrictEqual([
          422,
          "points__lt unknown_parameter: is not a known parameter",
          "email unknown_parameter: is not a known parameter",
          "password_hash unknown_parameter: is not a known parameter",
          "points invalid_format: must be a whole number as a string",
          "company__null invalid_type: must be true or false"
        ])
      expect(codes(yield* send({ path: `/users?points__nin=${"1,".repeat(100)}1` })))
        .toStrictEqual([422, "points__nin too_long: must have at most 100 items"])
    }))
})

describe("parameters", () => {
  it.scoped.each<[string, string]>([
    ["limit=1001", "limit too_large: must be at most 1000"],
    ["limit=1000000000", "limit too_large: must be at most 1000"],
    ["limit=99999999999999999999", "limit too_large: must be at most 1000"],
    ["limit=-1", "limit too_small: must be at least 0"],
    ["limit=", "limit invalid_type: must be a whole number"],
    ["limit=1.5", "limit invalid_type: must be a whole number"],
    ["limit=1e2", "limit invalid_type: must be a whole number"],
    ["limit=0x10", "limit invalid_type: must be a whole number"],
    ["limit=%2B5", "limit invalid_type: must be a whole number"],
    ["limit=1&limit=1", "limit duplicate_parameter: must be given once"],
    ["offset=10001", "offset too_large: must be at most 10000"],
    ["offset=0&cursor=x", "offset conflict: cannot be combined with cursor"],
    ["count=all", "count invalid_value: must be one of: exact, estimated, none"],
    [
      "fields=password_hash",
      "fields invalid_value: must be one of: id, email, name, company, points, born, created_at, updated_at"
    ],
    ["Limit=1", "Limit unknown_parameter: is not a known parameter"],
    ["page=1", "page unknown_parameter: is not a known parameter"],
    ["tenant_id=x", "tenant_id unknown_parameter: is not a known parameter"],
    ["__proto__=1", "__proto__ unknown_parameter: is not a known parameter"],
    ["%3Cscript%3E=1", "? unknown_parameter: is not a known parameter"],
    ["=1", "? unknown_parameter: is not a known parameter"]
  ])("%s is 422", ([query, expected]) =>
    Effect.gen(function*() {
      const send = yield* pair(app(1))
      expect(codes(yield* send({ path: `/users?${query}` }))).toStrictEqual([422, expected])
    }))

  it.scoped("with a broken percent-encoding are 400", () =>
    Effect.gen(function*() {
      const send = yield* pair(app(1))
      for (const query of ["q=%", "q=%zz", "q=%ff", "%c3%28=1", "q=%ed%a0%80"]) {
        const answer = yield* send({ path: `/users?${query}` })
        expect([answer.status, json(answer)["code"]]).toStrictEqual([400, "MALFORMED_REQUEST"])
      }
    }))
})

describe("cursors", () => {
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

  for (const cursorKey of [undefined, Redacted.make("a key of one deployment")]) {
    it.scoped(`from elsewhere are 400 (${cursorKey === undefined ? "validated" : "signed"})`, () =>
      Effect.gen(function*() {
        const send = yield* pair(app(5, cursorKey === undefined ? {} : { cursorKey }))
        const { next } = json(yield* send({ path: "/users?limit=2" }))
        const cursor = String(next)
        expect(cursor.length).toBeLessThan(1024)
        expect(ids(yield* send({ path: `/users?limit=2&cursor=${cursor}` }))).toStrictEqual([3, 2])
        const [payload = "", mac] = cursor.split(".")
        expect(mac === undefined).toBe(cursorKey === undefined)
        const [version, scope, passed, after] = JSON.parse(Buffer.from(payload, "base64url").toString()) as [
          number,
          string,
          number,
          ReadonlyArray<string>
        ]
        const forged = [
          [version + 1, scope, passed, after],
          [version, `x${scope}`, passed, after],
          [version, scope, -1, after],
          [version, scope, 1.5, after],
          [version, scope, passed, after.slice(1)],
          [version, scope, passed, [...after, "x"]],
          [version, scope, passed, [null, after[1]]],
          [version, scope, passed, ["yesterday", after[1]]],
          [version, scope, passed, [after[0], "' or 1=1 --"]],
          [version, scope, passed, [after[0], { toString: "x" }]],
          [version, scope, passed, "x"],
          { version, scope, passed, after }
        ].map(base64)
        const others = [
          "",
          "x",
          "%00",
          "eyJ4IjoxfQ",
          "null",
          `${cursor}x`,
          `${cursor}.`,
          `.${cursor}`,
          "A".repeat(1025),
          ...forged,
          ...forged.map((one) => `${one}.${mac ?? "AAAA"}`)
        ]
        for (const other of others) {
          const answer = yield* send({ path: `/users?limit=2&cursor=${other}` })
          expect([other, answer.status, json(answer)["code"]]).toStrictEqual([other, 400, "INVALID_CURSOR"])
        }
        for (const query of ["order_by=name", "q=a", "company=Acme", "q=a&search_fields=name"]) {
          const answer = yield* send({ path: `/users?${query}&cursor=${cursor}` })
          expect([query, answer.status]).toStrictEqual([query, 400])
        }
        // The order spelled out is the same order.
        expect((yield* send({ path: `/users?order_by=-created_at&cursor=${cursor}` })).status).toBe(200)
      }))
  }

  it.scoped("of another deployment's key, or of none, are 400", () =>
    Effect.gen(function*() {
      const one = yield* pair(app(5, { cursorKey: Redacted.make("one") }))
      const two = yield* pair(app(5, { cursorKey: Redacted.make("two") }))
      const none = yield* pair(app(5))
      const signed = json(yield* one({ path: "/users?limit=2" })).next
      const plain = json(yield* none({ path: "/users?limit=2" })).next
      expect((yield* two({ path: `/users?cursor=${signed}` })).status).toBe(400)
      expect((yield* none({ path: `/users?cursor=${signed}` })).status).toBe(400)
      expect((yield* one({ path: `/users?cursor=${plain}` })).status).toBe(400)
      expect((yield* one({ path: `/users?cursor=${signed}` })).status).toBe(200)
    }))

  it.scoped("over texts too long for a cursor go on by position", () =>
    Effect.gen(function*() {
      const limits = { cursor: 100 }
      const send = yield* pair(() => Effect.suspend(() => App.make({ resources: [makeUsers(5, limits).resource] })))
      expect(
        yield* walk(send, "/users?limit=2&order_by=email", (next) => {
          expect(next.length).toBeLessThan(100)
          return `/users?limit=2&order_by=email&cursor=${next}`
        })
      ).toStrictEqual([[1, 2], [3, 4], [5]])
    }))
})
