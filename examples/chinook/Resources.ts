/**
 * The eleven tables over HTTP: what can be searched, put in order and filtered. Foreign keys are filters, so that
 * `/albums?artist_id=1` are the albums of an artist.
 */
import { SqlResource } from "effect-svc-infra/Http"
import * as Tables from "./Tables.js"

const artists = SqlResource.make({
  table: Tables.artists,
  prefix: "/artists",
  tags: ["catalogue"],
  orderingDefault: "artist_id",
  allowedOrderFields: ["artist_id", "name"],
  searchFields: ["name"],
  filterFields: ["artist_id", "name"]
})

const albums = SqlResource.make({
  table: Tables.albums,
  prefix: "/albums",
  tags: ["catalogue"],
  orderingDefault: "album_id",
  allowedOrderFields: ["album_id", "title", "artist_id"],
  searchFields: ["title"],
  filterFields: ["album_id", "title", "artist_id"]
})

const tracks = SqlResource.make({
  table: Tables.tracks,
  prefix: "/tracks",
  tags: ["catalogue"],
  orderingDefault: "track_id",
  allowedOrderFields: [
    "track_id",
    "name",
    "album_id",
    "genre_id",
    "composer",
    "milliseconds",
    "bytes",
    "unit_price"
  ],
  searchFields: ["name", "composer"],
  filterFields: [
    "track_id",
    "name",
    "album_id",
    "media_type_id",
    "genre_id",
    "composer",
    "milliseconds",
    "bytes",
    "unit_price"
  ]
})

const genres = SqlResource.make({
  table: Tables.genres,
  prefix: "/genres",
  tags: ["catalogue"],
  orderingDefault: "genre_id",
  allowedOrderFields: ["genre_id", "name"],
  searchFields: ["name"],
  filterFields: ["genre_id", "name"]
})

const mediaTypes = SqlResource.make({
  table: Tables.mediaTypes,
  prefix: "/media_types",
  tags: ["catalogue"],
  orderingDefault: "media_type_id",
  allowedOrderFields: ["media_type_id", "name"],
  searchFields: ["name"],
  filterFields: ["media_type_id", "name"]
})

const playlists = SqlResource.make({
  table: Tables.playlists,
  prefix: "/playlists",
  tags: ["playlists"],
  orderingDefault: "playlist_id",
  allowedOrderFields: ["playlist_id", "name"],
  searchFields: ["name"],
  filterFields: ["playlist_id", "name"]
})

const playlistTracks = SqlResource.make({
  table: Tables.playlistTracks,
  prefix: "/playlist_tracks",
  tags: ["playlists"],
  // The key is all there is: who adds a track says both of its parts.
  clientKeys: true,
  orderingDefault: "playlist_id",
  allowedOrderFields: ["playlist_id", "track_id"],
  filterFields: ["playlist_id", "track_id"]
})

const customers = SqlResource.make({
  table: Tables.customers,
  prefix: "/customers",
  tags: ["sales"],
  orderingDefault: "customer_id",
  allowedOrderFields: ["customer_id", "first_name", "last_name", "company", "city", "country", "email"],
  searchFields: ["first_name", "last_name", "company", "email"],
  filterFields: [
    "customer_id",
    "last_name",
    "company",
    "city",
    "state",
    "country",
    "postal_code",
    "email",
    "support_rep_id"
  ]
})

const employees = SqlResource.make({
  table: Tables.employees,
  prefix: "/employees",
  tags: ["sales"],
  orderingDefault: "employee_id",
  allowedOrderFields: ["employee_id", "first_name", "last_name", "title", "birth_date", "hire_date"],
  searchFields: ["first_name", "last_name", "title", "email"],
  filterFields: [
    "employee_id",
    "last_name",
    "title",
    "reports_to",
    "birth_date",
    "hire_date",
    "city",
    "country",
    "email"
  ]
})

const invoices = SqlResource.make({
  table: Tables.invoices,
  prefix: "/invoices",
  tags: ["sales"],
  orderingDefault: "invoice_id",
  allowedOrderFields: ["invoice_id", "customer_id", "invoice_date", "billing_country", "total"],
  searchFields: ["billing_address", "billing_city", "billing_country"],
  filterFields: [
    "invoice_id",
    "customer_id",
    "invoice_date",
    "billing_city",
    "billing_state",
    "billing_country",
    "billing_postal_code",
    "total"
  ]
})

const invoiceLines = SqlResource.make({
  table: Tables.invoiceLines,
  prefix: "/invoice_lines",
  tags: ["sales"],
  orderingDefault: "invoice_line_id",
  allowedOrderFields: ["invoice_line_id", "invoice_id", "track_id", "unit_price", "quantity"],
  filterFields: ["invoice_line_id", "invoice_id", "track_id", "unit_price", "quantity"]
})

/** All of them. */
export const all = [
  artists,
  albums,
  tracks,
  genres,
  mediaTypes,
  playlists,
  playlistTracks,
  customers,
  employees,
  invoices,
  invoiceLines
] as const
