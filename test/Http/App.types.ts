// Compiled by `npm run check`: what must and must not type-check of resources and applications.
import * as Model from "@effect/sql/Model"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import * as App from "../../src/Http/App.js"
import type { ContextOf } from "../../src/Http/Resource.js"
import * as SqlResource from "../../src/Http/SqlResource.js"
import * as TenantResolver from "../../src/Http/TenantResolver.js"
import * as Repository from "../../src/Repository/Repository.js"
import * as Service from "../../src/Repository/Service.js"
import { type Default, Tag } from "../../src/SqlLayer/Sql.js"
import type { CurrentTenant } from "../../src/Tenancy/CurrentTenant.js"

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true : false
const holds = <T extends true>(): T | undefined => undefined

class User extends Model.Class<User>("User")({
  id: Fields.uuidV7(Schema.UUID),
  email: Schema.String,
  password_hash: Fields.hidden(Schema.String)
}) {}
class Note extends Model.Class<Note>("Note")({
  id: Fields.identity(Schema.Int),
  text: Schema.String,
  tenant_id: Fields.internal(Schema.String)
}) {}
const users = Table.make(User, { name: "users", primaryKey: "id" })
const notes = Table.make(Note, { name: "notes", primaryKey: "id", tenant: "tenant_id" })
class Reporting extends Tag("Reporting")<Reporting>() {}

const plain = SqlResource.make({
  table: users,
  prefix: "/users",
  searchFields: ["email"],
  allowedOrderFields: ["email"],
  filterFields: ["id"],
  orderingDefault: "-email"
})
const tenant = SqlResource.make({ table: notes, prefix: "/notes", filterFields: { text: ["eq", "icontains"] } })
const elsewhere = SqlResource.make({ table: users, prefix: "/reports", database: Reporting })
const mailer = Effect.map(Repository.make(users), (repository) =>
  Service.make(repository, {
    beforeCreate: ({ password, ...data }: { readonly email: string; readonly password: string }) =>
      Effect.as(Mailer, { ...data, password_hash: password })
  }))
class Mailer extends Effect.Tag("Mailer")<Mailer, { readonly send: (to: string) => void }>() {}
const serviced = SqlResource.make({
  table: users,
  prefix: "/people",
  service: mailer,
  createSchema: Schema.Struct({ email: Schema.String, password: Schema.String })
})

// what a resource needs
holds<Equal<ContextOf<typeof plain>, Default>>()
holds<Equal<ContextOf<typeof tenant>, Default | CurrentTenant>>()
holds<Equal<ContextOf<typeof elsewhere>, Reporting>>()
holds<Equal<ContextOf<typeof serviced>, Default | Mailer>>()

// what it allows, for the typed client
holds<Equal<typeof plain extends { readonly filterFields: Readonly<Record<infer F, unknown>> } ? F : never, "id">>()
holds<Equal<(typeof plain)["allowedOrderFields"][number], "email">>()
holds<Equal<(typeof tenant)["filterFields"] extends Readonly<Record<infer F, unknown>> ? F : never, "text">>()
holds<
  Equal<
    ReturnType<NonNullable<(typeof serviced)["_Input"]>>,
    { readonly email: string; readonly password: string }
  >
>()

// what an application needs
const one = App.make({ resources: [plain] })
holds<Equal<Effect.Effect.Context<typeof one>, Default>>()
const both = App.make({ resources: [plain, tenant, elsewhere], tenant: TenantResolver.fromHeader("x-tenant") })
holds<Equal<Effect.Effect.Context<typeof both>, Default | Reporting>>()
const resolved = App.make({
  resources: [tenant, serviced],
  tenant: () => Effect.flatMap(Mailer, () => Effect.fail(TenantResolver.missing))
})
holds<Equal<Effect.Effect.Context<typeof resolved>, Default | Mailer>>()

// @ts-expect-error a tenant resource is listed: a resolver is demanded
export const unresolved = App.make({ resources: [plain, tenant] })
// @ts-expect-error no tenant resource is listed: a resolver would have no say
export const needless = App.make({ resources: [plain], tenant: TenantResolver.fromHeader("x-tenant") })
// @ts-expect-error a resolver fails with problems only
export const wrongFailure = App.make({ resources: [tenant], tenant: () => Effect.fail("no") })

// allow-lists are subsets of what can be read
// @ts-expect-error hidden columns cannot be searched
export const search = SqlResource.make({ table: users, prefix: "/users", searchFields: ["password_hash"] })
// @ts-expect-error nor filtered by
export const filter = SqlResource.make({ table: users, prefix: "/users", filterFields: ["password_hash"] })
export const filterOperators = SqlResource.make({
  table: users,
  prefix: "/users",
  // @ts-expect-error nor filtered by, operator by operator
  filterFields: { password_hash: ["eq"] }
})
// @ts-expect-error nor ordered by
export const order = SqlResource.make({ table: users, prefix: "/users", allowedOrderFields: ["password_hash"] })
// @ts-expect-error nor ordered by where the client does not say
export const ordering = SqlResource.make({ table: users, prefix: "/users", orderingDefault: "-password_hash" })
// @ts-expect-error there is no such operator
export const operator = SqlResource.make({ table: users, prefix: "/users", filterFields: { email: ["regex"] } })
// @ts-expect-error a prefix begins with a slash
export const prefix = SqlResource.make({ table: users, prefix: "users" })
// @ts-expect-error the service takes a password, which the default body does not have
export const noSchema = SqlResource.make({ table: users, prefix: "/people", service: mailer })
