/**
 * The table of the benchmarks: what a plain resource looks like.
 */
import * as Model from "@effect/sql/Model"
import { Fields, Table } from "effect-svc-infra/Database"
import * as Schema from "effect/Schema"

export class User extends Model.Class<User>("User")({
  id: Fields.identity(Schema.Int),
  email: Schema.String,
  name: Schema.String,
  age: Schema.Int,
  active: Schema.Boolean,
  created_at: Fields.createdAt,
  updated_at: Fields.updatedAt
}) {}

export const users = Table.make(User, {
  name: "bench_users",
  primaryKey: "id",
  createdAt: "created_at",
  updatedAt: "updated_at"
})

/** Rows before the first measurement. */
export const seeded = 10_000

/** The n-th row, without key and times. */
export const row = (n: number) => ({
  email: `user${n}@example.com`,
  name: `User ${n}`,
  age: n % 90,
  active: n % 2 === 0
})

/** Keys in an order that no cache likes, the same for every candidate. */
export const key = (n: number): number => 1 + ((n * 7919) % seeded)

export const operations = ["get", "list 50", "insert", "update", "transaction"] as const
export type Operation = (typeof operations)[number]
