import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Import from "../../examples/chinook/Import.js"
import type * as Source from "../../examples/chinook/Source.js"
import * as Tables from "../../examples/chinook/Tables.js"
import * as Repository from "../../src/Repository/Repository.js"
import * as Chinook from "./ChinookStore.js"

/** The whole import, its comparison and the servers' start take seconds; on a busy machine more. */
const timeout = 180_000

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, count) => all + count, 0)

const stored = (store: Chinook.Store) =>
  Effect.map(
    Effect.forEach(Tables.all, ({ name }) =>
      Effect.map(store.witness(`select count(*) as n from ${name}`), ([row]) =>
        [name, Number(row?.["n"])] as const)),
    (entries): Readonly<Record<string, number>> =>
      Object.fromEntries(entries)
  )

/** The tables without tracks, and what the database then holds: enough where it is not the data that matters. */
const small = Effect.map(Chinook.source, (source): Source.Source => ({
  ...source,
  Track: [],
  PlaylistTrack: [],
  InvoiceLine: []
}))
const smallCounts = { ...Chinook.counts, track: 0, playlist_track: 0, invoice_line: 0 }

/** Questions to both versions of the data; amounts in cents, so that every engine answers in whole numbers. */
const questions = {
  "what each customer paid, by invoices and by their lines": `
    select c.customer_id, c.first_name, c.last_name, count(distinct i.invoice_id) as invoices,
      cast(round(100 * sum(l.unit_price * l.quantity)) as integer) as cents
    from customer c join invoice i on i.customer_id = c.customer_id join invoice_line l on l.invoice_id = i.invoice_id
    group by c.customer_id, c.first_name, c.last_name order by c.customer_id`,
  "what was sold by year and country": `
    select substr(cast(i.invoice_date as text), 1, 4) as year, i.billing_country as country, count(*) as invoices,
      cast(round(100 * sum(i.total)) as integer) as cents
    from invoice i group by 1, 2 order by invoices desc, cents desc, year, upper(i.billing_country)`,
  "tracks and minutes per genre": `
    select g.genre_id, g.name, count(*) as tracks, sum(t.milliseconds) / 60000 as minutes
    from genre g join track t on t.genre_id = g.genre_id group by g.genre_id, g.name order by g.genre_id`,
  "tracks and albums per playlist": `
    select p.playlist_id, p.name, count(pt.track_id) as tracks, count(distinct t.album_id) as albums
    from playlist p left join playlist_track pt on pt.playlist_id = p.playlist_id
      left join track t on t.track_id = pt.track_id
    group by p.playlist_id, p.name order by p.playlist_id`,
  "who reports to whom": `
    select e.last_name, b.last_name as boss, count(c.customer_id) as customers
    from employee e left join employee b on b.employee_id = e.reports_to
      left join customer c on c.support_rep_id = e.employee_id
    group by e.employee_id, e.last_name, b.last_name order by e.employee_id`,
  "artists with a letter that ASCII lacks": `
    select a.artist_id, a.name, count(al.album_id) as albums
    from artist a left join album al on al.artist_id = a.artist_id
    where a.name like '%é%' or a.name like '%ã%' or a.name like '%ö%' group by a.artist_id, a.name order by a.artist_id`
}

/** PostgreSQL's raw driver gives counts (int8) as text, and names come in the case they were asked in. */
const comparable = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
  rows.map((row) =>
    Object.entries(row).map(([key, value]) => [
      key.toLowerCase().replaceAll("_", ""),
      typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value
    ])
  )

describe.each(Chinook.engines)("the store on %s", (_, engine) => {
  it.scopedLive(
    "is imported in full: the rows of every table are those of the SQL version, and so are answers",
    () =>
      Effect.gen(function*() {
        const store = yield* engine
        const imported = yield* Effect.provide(Import.run(yield* Chinook.source), Chinook.database(store))
        assert.strictEqual(imported, sum(Chinook.counts))
        assert.deepStrictEqual(yield* stored(store), Chinook.counts)
        for (const table of Tables.all) {
          assert.deepStrictEqual(yield* Chinook.rows(store, table), Chinook.publishedRows(table), table.name)
        }
        for (const [title, question] of Object.entries(questions)) {
          const answer = comparable(yield* store.witness(question))
          assert.isNotEmpty(answer)
          assert.deepStrictEqual(answer, comparable(Chinook.published(question)), title)
        }
      }),
    timeout
  )

  it.scopedLive("is imported once, however many programs start at a time, and not again", () =>
    Effect.gen(function*() {
      const store = yield* engine
      const start = Effect.provide(Import.run(yield* small), Chinook.database(store))
      const together = yield* Effect.all([start, start], { concurrency: "unbounded" })
      assert.deepStrictEqual([...together].sort((a, b) => a - b), [0, sum(smallCounts)])
      assert.strictEqual(yield* start, 0)
      assert.deepStrictEqual(yield* stored(store), smallCounts)
    }), timeout)

  it.scopedLive("keeps what was written since: a later start imports nothing", () =>
    Effect.gen(function*() {
      const store = yield* engine
      const source = yield* small
      yield* Effect.gen(function*() {
        yield* Import.run(source)
        const genres = yield* Repository.make(Tables.genres)
        const made = yield* genres.create({ name: Option.some("Fado") })
        assert.strictEqual(made.genre_id, 26)
        yield* genres.delete(25)
        assert.strictEqual(yield* Import.run(source), 0)
        assert.deepStrictEqual(yield* genres.find(25), Option.none())
        assert.deepStrictEqual((yield* genres.get(26)).name, Option.some("Fado"))
      }).pipe(Effect.provide(Chinook.database(store)))
    }), timeout)

  it.scopedLive(
    "is empty after an import that failed at the last table, and is imported by the next start",
    () =>
      Effect.gen(function*() {
        const store = yield* engine
        const source = yield* small
        const line = { InvoiceLineId: 1, InvoiceId: 1, TrackId: 1, UnitPrice: 0.99, Quantity: 1 }
        yield* Effect.gen(function*() {
          const failure = yield* Effect.flip(Import.run({ ...source, InvoiceLine: [line] }))
          assert.strictEqual(failure._tag, "ForeignKeyViolation")
          assert.strictEqual(sum(yield* stored(store)), 0)
          assert.strictEqual(yield* Import.run(source), sum(smallCounts))
        }).pipe(Effect.provide(Chinook.database(store)))
        assert.deepStrictEqual(yield* stored(store), smallCounts)
      }),
    timeout
  )

  it.scopedLive("is not touched by data that does not fit its tables", () =>
    Effect.gen(function*() {
      const store = yield* engine
      const source = yield* small
      const broken = { ...source, Genre: [{ GenreId: 1, Name: "x".repeat(121) }] }
      const failure = yield* Effect.flip(Effect.provide(Import.run(broken), Chinook.database(store)))
      assert.strictEqual(failure._tag, "SourceError")
      assert.include(failure.message, "rows of Genre do not fit their table")
      assert.strictEqual(sum(yield* stored(store)), 0)
    }), timeout)
})
