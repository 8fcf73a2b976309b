/**
 * The store's data as it is published: one JSON document, rows by table, in the models' own shape but for names and a few forms.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import type { Column, Table } from "effect-svc-infra/Database"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { fileURLToPath } from "node:url"

const file = fileURLToPath(new URL("./data/ChinookData.json", import.meta.url))

const Row = Schema.Record({ key: Schema.String, value: Schema.Unknown })
const Document = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Array(Row) }))

/** The document, its rows still in their published form. */
export type Source = typeof Document.Type

/** The document is missing or is not what was published. */
export class SourceError extends Schema.TaggedError<SourceError>()("SourceError", {
  what: Schema.String,
  cause: Schema.Defect
}) {
  override get message() {
    return `the store's data cannot be used: ${this.what}`
  }
}

const broken = (what: string) => (cause: unknown) => new SourceError({ what, cause })

/** Reads the document. */
export const read: Effect.Effect<Source, SourceError, FileSystem.FileSystem> = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(files.readFileString(file), broken(`${file} cannot be read`))
  return yield* Effect.mapError(Schema.decode(Document)(text), broken(`${file} is no object of lists of rows`))
})

/** `invoice_line` is `InvoiceLine` there. */
const published = (name: string): string => name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** A published value in the form the model's Schema decodes. */
const encoded = (column: Column.Column, value: unknown): unknown => {
  // The SQL scripts have NULL wherever the JSON has an empty text in a column that may be NULL.
  if (value === null || (value === "" && column.nullable)) return null
  switch (column.kind) {
    case "decimal":
      return String(value)
    case "date":
      return String(value).slice(0, "2021-01-01".length)
    case "timestamp":
      return `${value}Z`
    default:
      return value
  }
}

/** The rows of a table, as its model wants them for insertion. */
export const rows = <T extends Table.TableAny>(
  source: Source,
  table: T
): Effect.Effect<ReadonlyArray<Table.Create<T>>, SourceError> => {
  const name = published(table.name)
  const given = (source[name] ?? []).map((row) =>
    Object.fromEntries(table.columns.map((column) => [column.property, encoded(column, row[published(column.name)])]))
  )
  return Effect.mapBoth(Schema.decodeUnknown(Schema.Array(table.model.insert))(given), {
    // What the insert variant decodes to is what its constructor takes.
    onSuccess: (decoded) => decoded as ReadonlyArray<unknown> as ReadonlyArray<Table.Create<T>>,
    onFailure: broken(`rows of ${name} do not fit their table`)
  })
}
