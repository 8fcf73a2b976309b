/**
 * What the store has: artists, their albums, the tracks on them.
 */
import * as Model from "@effect/sql/Model"
import { Fields, Table } from "effect-svc-infra/Database"
import * as Schema from "effect/Schema"
import { lengths, text } from "./Text.js"

/** An amount of money, `numeric(10,2)` in the database, digits in a string in JSON. */
export const money = { precision: 10, scale: 2 } as const

export class Artist extends Model.Class<Artist>("Artist")({
  artist_id: Fields.identity(Schema.Int),
  name: Fields.nullable(text(120))
}) {}

export const artists = Table.make(Artist, {
  name: "artist",
  primaryKey: "artist_id",
  columns: lengths(Artist)
})

export class Album extends Model.Class<Album>("Album")({
  album_id: Fields.identity(Schema.Int),
  title: text(160),
  artist_id: Schema.Int
}) {}

export const albums = Table.make(Album, {
  name: "album",
  primaryKey: "album_id",
  indexes: ["artist_id"],
  foreignKeys: [{ properties: "artist_id", references: artists }],
  columns: lengths(Album)
})

export class Genre extends Model.Class<Genre>("Genre")({
  genre_id: Fields.identity(Schema.Int),
  name: Fields.nullable(text(120))
}) {}

export const genres = Table.make(Genre, {
  name: "genre",
  primaryKey: "genre_id",
  columns: lengths(Genre)
})

export class MediaType extends Model.Class<MediaType>("MediaType")({
  media_type_id: Fields.identity(Schema.Int),
  name: Fields.nullable(text(120))
}) {}

export const mediaTypes = Table.make(MediaType, {
  name: "media_type",
  primaryKey: "media_type_id",
  columns: lengths(MediaType)
})

export class Track extends Model.Class<Track>("Track")({
  track_id: Fields.identity(Schema.Int),
  name: text(200),
  album_id: Fields.nullable(Schema.Int),
  media_type_id: Schema.Int,
  genre_id: Fields.nullable(Schema.Int),
  composer: Fields.nullable(text(220)),
  milliseconds: Schema.Int,
  bytes: Fields.nullable(Schema.Int),
  unit_price: Schema.BigDecimal
}) {}

export const tracks = Table.make(Track, {
  name: "track",
  primaryKey: "track_id",
  indexes: ["album_id", "media_type_id", "genre_id"],
  foreignKeys: [
    { properties: "album_id", references: albums },
    { properties: "media_type_id", references: mediaTypes },
    { properties: "genre_id", references: genres }
  ],
  columns: { ...lengths(Track), unit_price: money }
})
