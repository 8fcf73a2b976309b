// The users of the guide, as a table and as a resource over a fake repository.
import * as Model from "@effect/sql/Model"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import type { Limits } from "../../src/Http/Resource.js"
import * as SqlResource from "../../src/Http/SqlResource.js"
import * as Service from "../../src/Repository/Service.js"
import * as FakeRepository from "./FakeRepository.js"

export const Email = Schema.String.pipe(
  Schema.maxLength(254),
  Schema.pattern(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, { jsonSchema: { format: "email" } })
)

export class User extends Model.Class<User>("User")({
  id: Fields.uuidV7(Schema.UUID),
  email: Email,
  name: Schema.String.pipe(Schema.minLength(1), Schema.maxLength(120)),
  company: Fields.nullable(Schema.String.pipe(Schema.maxLength(50))),
  points: Fields.nullable(Schema.BigInt),
  born: Fields.nullable(Schema.DateTimeUtc),
  password_hash: Fields.hidden(Schema.String),
  created_at: Fields.createdAt,
  updated_at: Fields.updatedAt,
  deleted_at: Fields.deletedAt,
  version: Fields.version
}) {}

export const users = Table.make(User, {
  name: "users",
  primaryKey: "id",
  unique: ["email"],
  softDelete: "deleted_at",
  version: "version",
  createdAt: "created_at",
  updatedAt: "updated_at",
  columns: { password_hash: { sensitive: true } }
})

const at = (text: string) => Schema.decodeSync(Schema.DateTimeUtc)(text)

export const idOf = (n: number) => `018f0000-0000-7000-8000-${String(n).padStart(12, "0")}`

export const row = (n: number) => ({
  id: idOf(n),
  email: `user${n}@example.org`,
  name: n % 2 === 0 ? `Even ${n}` : `Odd 100%_${n}`,
  company: n % 3 === 0 ? Option.some("Acme") : Option.none(),
  points: Option.some(BigInt(n)),
  born: Option.none(),
  password_hash: "hunter2",
  created_at: at(`2026-01-01T00:00:${String(n).padStart(2, "0")}.000Z`),
  updated_at: at("2026-01-02T00:00:00.000Z"),
  deleted_at: Option.none(),
  version: n
})

export const makeUsers = (count = 0, limits: Partial<Limits> = {}) => {
  const fake = FakeRepository.make(users, Array.from({ length: count }, (_, index) => row(index + 1)))
  const resource = SqlResource.make({
    table: users,
    prefix: "/users",
    limits,
    tags: ["users"],
    searchFields: ["name", "email"],
    orderingDefault: "-created_at",
    allowedOrderFields: ["created_at", "name", "email"],
    filterFields: { name: ["eq", "in", "icontains"], company: ["eq", "ne", "null"], points: ["eq", "gt", "nin"] },
    service: Effect.succeed(Service.make(fake.repository))
  })
  return { fake, resource }
}
