/**
 * The eleven tables of the Chinook music store, as its SQL scripts define them. Single keys may be given, as the import does; the
 * database makes them otherwise.
 */
import { albums, artists, genres, mediaTypes, tracks } from "./tables/Catalogue.js"
import { playlists, playlistTracks } from "./tables/Playlists.js"
import { customers, employees, invoiceLines, invoices } from "./tables/Sales.js"

export { albums, artists, genres, mediaTypes, tracks } from "./tables/Catalogue.js"
export { playlists, playlistTracks } from "./tables/Playlists.js"
export { customers, employees, invoiceLines, invoices } from "./tables/Sales.js"

/** All of them, each behind those it refers to. */
export const all = [
  artists,
  albums,
  genres,
  mediaTypes,
  tracks,
  playlists,
  playlistTracks,
  employees,
  customers,
  invoices,
  invoiceLines
] as const

/** Any of them. */
export type Any = (typeof all)[number]
