import { assert, describe, layer } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { app } from "../../examples/chinook/App.js"
import * as Import from "../../examples/chinook/Import.js"
import * as Server from "../../src/Http/Server.js"
import * as Chinook from "./ChinookStore.js"

type Json = Record<string, unknown>

interface Answer<Body = Json> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

interface Page {
  readonly items: ReadonlyArray<Json>
  readonly total: number | null
  readonly next: string | null
}

/** The store over HTTP, imported. */
class Served extends Context.Tag("Served")<Served, {
  readonly store: Chinook.Store
  readonly url: string
}>() {}

const served = (engine: (typeof Chinook.engines)[number][1]) =>
  Layer.scoped(
    Served,
    Effect.gen(function*() {
      const store = yield* engine
      const source = yield* Chinook.source
      const database = yield* Layer.build(Chinook.database(store))
      const { url } = yield* Effect.provide(
        Effect.zipRight(Import.run(source), Server.serve(app, { port: 0 })),
        database
      )
      return { store, url }
    })
  )

const send = <Body = Json>(method: string, path: string, body?: unknown) =>
  Effect.flatMap(Served, ({ url }) =>
    Effect.promise(async (): Promise<Answer<Body>> => {
      const response = await fetch(`${url}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
      })
      const text = await response.text()
      // The assertions say what the body is.
      return { status: response.status, headers: response.headers, body: (text === "" ? {} : JSON.parse(text)) as Body }
    }))

const get = <Body = Json>(path: string) => send<Body>("GET", path)

/** The rows of all pages, by following `next`. */
const walk = (path: string) =>
  Effect.gen(function*() {
    const rows: Array<Json> = []
    for (let next: string | null = ""; next !== null;) {
      const page: Answer<Page> = yield* get<Page>(next === "" ? path : `${path}&cursor=${encodeURIComponent(next)}`)
      assert.strictEqual(page.status, 200)
      rows.push(...page.body.items)
      next = page.body.next
    }
    return rows
  })

const ids = (table: string, where: string, order: string) =>
  Chinook.published(`select ${table}_id as id from ${table} where ${where} order by ${order}`).map(({ id }) => id)

const lists = {
  artist: "/artists",
  album: "/albums",
  genre: "/genres",
  media_type: "/media_types",
  track: "/tracks",
  playlist: "/playlists",
  playlist_track: "/playlist_tracks",
  employee: "/employees",
  customer: "/customers",
  invoice: "/invoices",
  invoice_line: "/invoice_lines"
}

/** Something to create in each table whose keys the database makes. */
const examples: Readonly<Record<string, Json>> = {
  artist: { name: "Mísia" },
  album: { title: "Ruas", artist_id: 1 },
  genre: { name: "Fado" },
  media_type: { name: "FLAC audio file" },
  track: { name: "Lágrima", album_id: 1, media_type_id: 1, milliseconds: 215000, unit_price: "0.99" },
  playlist: { name: null },
  employee: { last_name: "Sousa", first_name: "Rui", reports_to: 1, birth_date: "1990-02-28" },
  customer: { first_name: "Ana", last_name: "Lima", email: "ana@example.com", support_rep_id: 3 },
  invoice: { customer_id: 1, invoice_date: "2026-01-31T23:59:59.500Z", total: "0.99" },
  invoice_line: { invoice_id: 1, track_id: 1, unit_price: "1.50", quantity: 1 }
}

describe.each(Chinook.engines)("the store over HTTP on %s", (_, engine) => {
  layer(served(engine), { excludeTestServices: true, timeout: "60 seconds" })((it) => {
    it.effect.each(Object.entries(lists))(
      "the list of %s has the exact total",
      ([table, path]) =>
        Effect.gen(function*() {
          const { body, headers, status } = yield* get<Page>(`${path}?limit=1`)
          assert.strictEqual(status, 200)
          assert.strictEqual(body.total, Chinook.counts[table])
          assert.strictEqual(headers.get("x-total-count"), String(Chinook.counts[table]))
          assert.lengthOf(body.items, 1)
        })
    )

    it.effect.each(
      [
        ["by key", "", "track_id"],
        ["by price, the dearest first", "&order_by=-unit_price", "unit_price desc, track_id desc"],
        ["by composer, of whom many are missing", "&order_by=composer", undefined],
        ["by composer, backwards", "&order_by=-composer,milliseconds", undefined]
      ] as const
    )("a walk by cursor sees every track once: %s", ([, parameters, order]) =>
      Effect.gen(function*() {
        const seen = (yield* walk(`/tracks?limit=97&fields=track_id${parameters}`)).map((row) => row["track_id"])
        const all = ids("track", "1 = 1", order ?? "track_id")
        // Where the order is that of texts, it is the database's own.
        assert.deepStrictEqual(order === undefined ? seen.toSorted((a, b) => Number(a) - Number(b)) : seen, all)
      }))

    it.effect("pages by offset add up to the total, which every page has", () =>
      Effect.gen(function*() {
        const keys = new Set<string>()
        for (let offset = 0; offset < 8715; offset += 1000) {
          const { body } = yield* get<Page>(`/playlist_tracks?limit=1000&offset=${offset}`)
          assert.strictEqual(body.total, 8715)
          for (const row of body.items) keys.add(`${row["playlist_id"]},${row["track_id"]}`)
        }
        assert.strictEqual(keys.size, 8715)
      }))

    it.effect.each(
      [
        ["/albums?artist_id=1", "album", "artist_id = 1"],
        ["/tracks?genre_id=7&limit=1000", "track", "genre_id = 7"],
        ["/tracks?composer__null=true&limit=1000", "track", "composer is null"],
        [
          "/tracks?composer__ne=Miles%20Davis&genre_id=2&limit=1000",
          "track",
          "composer is not 'Miles Davis' and genre_id = 2"
        ],
        ["/tracks?unit_price__gt=0.99&limit=1000", "track", "unit_price > 0.99"],
        ["/invoices?total__gte=10&limit=1000", "invoice", "total >= 10"],
        ["/invoices?invoice_date__lt=2021-07-01T00:00:00Z&limit=1000", "invoice", "invoice_date < '2021-07-01'"],
        [
          "/invoices?billing_country__in=Germany,Brazil&limit=1000",
          "invoice",
          "billing_country in ('Germany', 'Brazil')"
        ],
        ["/employees?hire_date__gte=2003-10-17", "employee", "hire_date >= '2003-10-17'"],
        ["/employees?reports_to__null=true", "employee", "reports_to is null"],
        ["/customers?q=gon%C3%A7alves", "customer", "last_name = 'Gonçalves'"],
        ["/artists?q=AC%2Fdc", "artist", "name = 'AC/DC'"],
        ["/tracks?q=100%25", "track", "name like '%100!%%' escape '!' or composer like '%100!%%' escape '!'"],
        ["/invoice_lines?invoice_id=5", "invoice_line", "invoice_id = 5"]
      ] as const
    )("%s finds what the SQL version has", ([path, table, where]) =>
      Effect.gen(function*() {
        const { body, status } = yield* get<Page>(path)
        assert.strictEqual(status, 200)
        const expected = ids(table, where, `${table}_id`)
        assert.deepStrictEqual(body.items.map((row) => row[`${table}_id`]), expected)
        assert.strictEqual(body.total, expected.length)
      }))

    it.effect("shows rows in the models' words: amounts as digits, days, times, letters of all kinds", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual((yield* get("/tracks/1")).body, {
          track_id: 1,
          name: "For Those About To Rock (We Salute You)",
          album_id: 1,
          media_type_id: 1,
          genre_id: 1,
          composer: "Angus Young, Malcolm Young, Brian Johnson",
          milliseconds: 343719,
          bytes: 11170334,
          unit_price: "0.99"
        })
        assert.deepStrictEqual((yield* get("/invoices/1")).body, {
          invoice_id: 1,
          customer_id: 2,
          invoice_date: "2021-01-01T00:00:00.000Z",
          billing_address: "Theodor-Heuss-Straße 34",
          billing_city: "Stuttgart",
          billing_state: null,
          billing_country: "Germany",
          billing_postal_code: "70174",
          total: "1.98"
        })
        const { body: employee } = yield* get("/employees/1")
        assert.deepInclude(employee, { reports_to: null, birth_date: "1962-02-18", hire_date: "2002-08-14" })
        const { body: customer } = yield* get("/customers/1")
        assert.deepInclude(customer, { first_name: "Luís", last_name: "Gonçalves", city: "São José dos Campos" })
      }))

    it.effect("adds amounts up to the cent", () =>
      Effect.gen(function*() {
        const rows = yield* walk("/invoices?limit=200")
        const sum = BigDecimal.sumAll(rows.map((row) => BigDecimal.unsafeFromString(String(row["total"]))))
        const [expected] = Chinook.published("select cast(round(100 * sum(total)) as integer) as cents from invoice")
        assert.strictEqual(
          BigDecimal.format(BigDecimal.multiply(sum, BigDecimal.fromBigInt(100n))),
          String(expected?.["cents"])
        )
      }))

    it.effect.each(Object.entries(examples))(
      "a new %s has a key above the imported ones",
      ([table, data]) =>
        Effect.gen(function*() {
          const path = lists[table as keyof typeof lists]
          const { body, headers, status } = yield* send("POST", path, data)
          assert.strictEqual(status, 201, JSON.stringify(body))
          const key = Number(Chinook.published(`select max(${table}_id) as key from ${table}`)[0]?.["key"]) + 1
          assert.deepInclude(body, { ...data, [`${table}_id`]: key })
          assert.strictEqual(headers.get("location"), `${path}/${key}`)
          assert.deepStrictEqual((yield* get(`${path}/${key}`)).body, body)
          assert.strictEqual((yield* send("DELETE", `${path}/${key}`)).status, 204)
          assert.strictEqual((yield* get(`${path}/${key}`)).status, 404)
        })
    )

    it.effect("a track is on a playlist under a key of two parts, which the client writes", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual((yield* get("/playlist_tracks/1,3402")).body, { playlist_id: 1, track_id: 3402 })
        const made = yield* send("POST", "/playlist_tracks", { playlist_id: 18, track_id: 1 })
        assert.strictEqual(made.status, 201)
        assert.strictEqual(made.headers.get("location"), "/playlist_tracks/18,1")
        assert.deepStrictEqual(made.body, { playlist_id: 18, track_id: 1 })
        const again = yield* send<{ code: string; errors: ReadonlyArray<Json> }>("POST", "/playlist_tracks", made.body)
        assert.strictEqual(again.status, 409)
        assert.strictEqual(again.body.code, "CONFLICT")
        assert.sameMembers(again.body.errors.map((error) => error["pointer"]), ["#/playlist_id", "#/track_id"])
        assert.strictEqual((yield* send("POST", "/playlist_tracks", { playlist_id: 18 })).status, 422)
        assert.strictEqual((yield* send("PATCH", "/playlist_tracks/18,1", {})).status, 200)
        assert.strictEqual((yield* send("PATCH", "/playlist_tracks/18,1", { track_id: 2 })).status, 422)
        assert.strictEqual((yield* send("DELETE", "/playlist_tracks/18,1")).status, 204)
        for (const key of ["18,1", "18", "1,3402,1", "1,x", "3402,1", "1,", ","]) {
          assert.strictEqual((yield* get(`/playlist_tracks/${key}`)).status, 404, key)
        }
      }))

    it.effect.each(
      [
        ["POST", "/albums", { title: "Ruas", artist_id: 276000 }, "#/artist_id"],
        ["PATCH", "/albums/1", { artist_id: 276000 }, "#/artist_id"],
        ["POST", "/playlist_tracks", { playlist_id: 18, track_id: 350300 }, "#/track_id"],
        ["PATCH", "/employees/2", { reports_to: 9000 }, "#/reports_to"],
        ["PATCH", "/tracks/1", { genre_id: 26000 }, "#/genre_id"]
      ] as const
    )("%s %s refuses %j: there is no such row", ([method, path, body, pointer]) =>
      Effect.gen(function*() {
        const answer = yield* send<{ code: string; errors: ReadonlyArray<Json> }>(method, path, body)
        assert.strictEqual(answer.status, 422)
        assert.strictEqual(answer.body.code, "VALIDATION_ERROR")
        assert.deepStrictEqual(answer.body.errors.map(({ code, pointer }) => ({ code, pointer })), [
          { code: "reference_not_found", pointer }
        ])
      }))

    it.effect.each([
      "/artists/1",
      "/albums/1",
      "/tracks/1",
      "/playlists/1",
      "/employees/1",
      "/customers/1",
      "/invoices/1"
    ])(
      "DELETE %s is refused: rows refer to it",
      (path) =>
        Effect.gen(function*() {
          const { body, status } = yield* send("DELETE", path)
          assert.strictEqual(status, 409)
          assert.strictEqual(body["code"], "REFERENCE_CONFLICT")
          assert.strictEqual((yield* get(path)).status, 200)
        })
    )

    it.effect.each(
      [
        ["/artists", { name: "x".repeat(121) }, "too_long"],
        ["/albums", { artist_id: 1 }, "required"],
        ["/albums", { title: null, artist_id: 1 }, "not_null"],
        ["/genres", { genre_id: 1, name: "Rock" }, "read_only"],
        ["/employees", { last_name: "a", first_name: "b", birth_date: "1962-02-30" }, "invalid_format"],
        ["/invoices", { customer_id: 1, invoice_date: "2026-02-31T00:00:00Z", total: "1" }, "invalid_format"],
        ["/invoices", { customer_id: 1, invoice_date: "2026-01-31T00:00:00Z", total: "a" }, "invalid_format"],
        ["/invoice_lines", { invoice_id: 1, track_id: 1, unit_price: "0.999", quantity: 1 }, "invalid_value"]
      ] as const
    )("POST %s refuses %j", ([path, body, code]) =>
      Effect.gen(function*() {
        const answer = yield* send<{ errors: ReadonlyArray<Json> }>("POST", path, body)
        assert.strictEqual(answer.status, 422)
        assert.deepStrictEqual(answer.body.errors.map((error) => error["code"]), [code])
      }))

    it.effect("what is beside the tables: health, OpenAPI, a page of documentation", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* get("/_sql/health")).status, 200)
        const { body } = yield* get<{ paths: Json }>("/openapi.json")
        for (const path of Object.values(lists)) assert.containsAllKeys(body.paths, [path, `${path}/{id}`])
        const { url } = yield* Served
        const page = yield* Effect.promise(() => fetch(`${url}/docs`))
        assert.strictEqual(page.status, 200)
        yield* Effect.promise(() => page.text())
      }))

    it.effect("after all that, nothing has changed but the next keys", () =>
      Effect.gen(function*() {
        for (const [table, path] of Object.entries(lists)) {
          assert.strictEqual((yield* get<Page>(`${path}?limit=0`)).body.total, Chinook.counts[table])
        }
      }))
  })
})
