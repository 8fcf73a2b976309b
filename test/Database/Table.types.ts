// Compiled by `npm run check`: what must and must not type-check of a table.
import * as Model from "@effect/sql/Model"
import * as Schema from "effect/Schema"
import * as Fields from "../../src/Database/Fields.js"
import * as Predicate from "../../src/Database/Predicate.js"
import * as Table from "../../src/Database/Table.js"

class User extends Model.Class<User>("User")({
  id: Fields.uuidV7(Schema.UUID),
  email: Schema.String,
  company: Fields.nullable(Schema.String),
  tenant_id: Fields.internal(Schema.String),
  created_at: Fields.createdAt,
  version: Fields.version
}) {}

const users = Table.make(User, { name: "users", primaryKey: "id", tenant: "tenant_id", version: "version" })
type Users = typeof users

export const create: Table.Create<Users> = { email: "a@b.c" }
export const withKey: Table.Create<Users> = { email: "a@b.c", id: "018f0000-0000-7000-8000-000000000000" }
// @ts-expect-error the tenant is stamped, never given
export const withTenant: Table.Create<Users> = { email: "a@b.c", tenant_id: "t" }
// @ts-expect-error email is required
export const missing: Table.Create<Users> = {}
export const patch: Table.Patch<Users> = { email: "x" }
// @ts-expect-error the key is not updatable
export const patchKey: Table.Patch<Users> = { id: "x" }
export const key: Table.Key<Users> = "x"
export const where: Predicate.Predicate<Table.Row<Users>> = Predicate.and(
  Predicate.eq("email", "x"),
  Predicate.contains("company", "y")
)
// @ts-expect-error no such column
export const wrong: Predicate.Predicate<Table.Row<Users>> = Predicate.eq("mail", "x")
// @ts-expect-error wrong type
export const wrongType: Predicate.Predicate<Table.Row<Users>> = Predicate.eq("email", 1)
export const whereNull: Predicate.Predicate<Table.Row<Users>> = Predicate.eq("company", null)
declare const nullableRow: Predicate.Predicate<{ readonly age: number | null }>
export const whereNullable: typeof nullableRow = Predicate.gt("age", 1)
// @ts-expect-error wrong type of a nullable column
export const wrongNullable: typeof nullableRow = Predicate.gt("age", "1")
// @ts-expect-error no such property
export const badTable = (): unknown => Table.make(User, { name: "users", primaryKey: "nope" })
