/**
 * Lists of tracks.
 */
import * as Model from "@effect/sql/Model"
import { Fields, Table } from "effect-svc-infra/Database"
import * as Schema from "effect/Schema"
import { tracks } from "./Catalogue.js"
import { lengths, text } from "./Text.js"

export class Playlist extends Model.Class<Playlist>("Playlist")({
  playlist_id: Fields.identity(Schema.Int),
  name: Fields.nullable(text(120))
}) {}

export const playlists = Table.make(Playlist, {
  name: "playlist",
  primaryKey: "playlist_id",
  columns: lengths(Playlist)
})

/** A track on a playlist: nothing but its key, which the client writes. */
export class PlaylistTrack extends Model.Class<PlaylistTrack>("PlaylistTrack")({
  playlist_id: Schema.Int,
  track_id: Schema.Int
}) {}

export const playlistTracks = Table.make(PlaylistTrack, {
  name: "playlist_track",
  primaryKey: ["playlist_id", "track_id"],
  // The key's own index begins with the playlist.
  indexes: ["track_id"],
  foreignKeys: [
    { properties: "playlist_id", references: playlists },
    { properties: "track_id", references: tracks }
  ]
})
