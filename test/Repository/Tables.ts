// The tables that tests of this room work on.
import * as Model from "@effect/sql/Model"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Ddl from "../../src/Database/Ddl.js"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import type { TableAny } from "../../src/Database/TableMetadata.js"
import type { Sql } from "../../src/SqlLayer/Sql.js"

/** A column of every kind, every role but the tenant. */
export class Account extends Model.Class<Account>("Account")({
  id: Fields.uuidV7(Schema.UUID),
  email: Schema.NonEmptyString,
  nick: Fields.nullable(Schema.String),
  age: Fields.nullable(Schema.Int),
  balance: Fields.nullable(Schema.BigDecimal),
  visits: Fields.nullable(Schema.BigIntFromSelf),
  score: Fields.nullable(Schema.Number),
  active: Fields.nullable(Schema.Boolean),
  born: Fields.nullable(Model.Date),
  seen: Fields.nullable(Schema.DateTimeUtc),
  picture: Fields.nullable(Schema.Uint8ArrayFromBase64),
  settings: Fields.nullable(Schema.Struct({ theme: Schema.String })),
  role: Schema.Literal("user", "admin").pipe(
    Schema.propertySignature,
    Schema.withConstructorDefault(() => "user" as const),
    (it) =>
      Model.Field({
        select: Schema.Literal("user", "admin"),
        insert: it,
        update: Schema.Literal("user", "admin"),
        json: Schema.Literal("user", "admin")
      })
  ),
  code: Fields.immutable(Schema.String.pipe(Schema.maxLength(5))),
  secret: Fields.hidden(Schema.String),
  created_at: Fields.createdAt,
  updated_at: Fields.updatedAt,
  deleted_at: Fields.deletedAt,
  version: Fields.version
}) {}

export const accounts = Table.make(Account, {
  name: "accounts",
  primaryKey: "id",
  unique: ["email"],
  softDelete: "deleted_at",
  version: "version",
  createdAt: "created_at",
  updatedAt: "updated_at",
  columns: { secret: { sensitive: true, name: "secret_hash" }, nick: { length: 8 }, seen: { precision: 6 } }
})

export const account = (email: string): Table.Create<typeof accounts> => ({ email, code: "c", secret: "s" })

/** A key of the database, a foreign key, hard deletes. */
export class Order extends Model.Class<Order>("Order")({
  id: Fields.identity(Schema.Int),
  accountId: Fields.nullable(Schema.UUID),
  title: Schema.String,
  amount: Schema.Number.pipe((number) =>
    Model.Field({ select: number, insert: Schema.optionalWith(number, { exact: true }), update: number, json: number })
  ),
  parentId: Fields.nullable(Schema.Int)
}) {}

export const orders = Table.make(Order, {
  name: "orders",
  primaryKey: "id",
  unique: [["title"]],
  foreignKeys: [
    { properties: "accountId", references: () => accounts },
    { properties: "parentId", references: "self" }
  ],
  checks: [{ name: "orders_amount_check", sql: "amount >= 0", properties: ["amount"] }],
  columns: { amount: { default: 7 } }
})

/** A composite key of the caller, a flag for soft delete. */
export class Seat extends Model.Class<Seat>("Seat")({
  row: Schema.Int,
  letter: Schema.String,
  guest: Fields.nullable(Schema.String),
  gone: Fields.internal(Schema.Boolean)
}) {}

export const seats = Table.make(Seat, { name: "seats", primaryKey: ["row", "letter"], softDelete: "gone" })

/** Rows of tenants. */
export class Note extends Model.Class<Note>("Note")({
  id: Fields.identity(Schema.Int),
  tenant: Fields.internal(Schema.Int),
  text: Schema.String,
  deleted_at: Fields.deletedAt,
  version: Fields.version
}) {}

export const notes = Table.make(Note, {
  name: "notes",
  primaryKey: "id",
  tenant: "tenant",
  unique: [["tenant", "text"]],
  softDelete: "deleted_at",
  version: "version",
  columns: { tenant: { name: "tenant_id" } }
})

/** Fields of `Model` of `@effect/sql`. */
export class Stock extends Model.Class<Stock>("Stock")({
  id: Model.Generated(Schema.Int),
  token: Model.Field({
    select: Schema.String,
    insert: Schema.String.pipe(Schema.propertySignature, Schema.withConstructorDefault(() => "made"))
  }),
  note: Model.FieldOption(Schema.String),
  data: Model.JsonFromString(Schema.Struct({ n: Schema.Number })),
  createdAt: Model.DateTimeInsert,
  updatedAt: Model.DateTimeUpdateFromDate
}) {}

export const stocks = Table.make(Stock, { name: "stocks", primaryKey: "id", keyGenerator: "database" })

export const tables = [accounts, orders, seats, notes, stocks]

const statementsOf = (sql: Sql, table: TableAny): ReadonlyArray<string> =>
  Ddl.createStatements(table)[sql.dialect === "sqlite" ? "sqlite" : "postgresql"]

/** Creates them. */
export const create = (sql: Sql, list: ReadonlyArray<TableAny> = tables): Effect.Effect<void> =>
  Effect.orDie(Effect.forEach(list.flatMap((table) => statementsOf(sql, table)), (text) => sql.client.unsafe(text), {
    discard: true
  }))

/** Empties them. */
export const clear = (sql: Sql): Effect.Effect<void> =>
  Effect.orDie(
    Effect.forEach(["orders", "accounts", "seats", "notes", "stocks"], (name) =>
      sql.client.unsafe(`delete from ${name}`), {
      discard: true
    })
  )
