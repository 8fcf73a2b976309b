import * as Model from "@effect/sql/Model"
import { expect, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe } from "vitest"
import * as Ddl from "../../src/Database/Ddl.js"
import * as Fields from "../../src/Database/Fields.js"
import * as Table from "../../src/Database/Table.js"
import * as Engines from "../support/Engines.js"
import * as TestPostgres from "../support/TestPostgres.js"

class Company extends Model.Class<Company>("Company")({
  id: Fields.identity(Schema.Int),
  name: Schema.String
}) {}

const companies = Table.make(Company, { name: "companies", primaryKey: "id", unique: ["name"] })

class User extends Model.Class<User>("User")({
  id: Fields.uuidV7(Schema.UUID),
  tenantId: Fields.internal(Schema.String),
  email: Schema.String,
  companyId: Fields.nullable(Schema.Int),
  managerId: Fields.nullable(Schema.UUID),
  age: Schema.Int,
  deletedAt: Fields.deletedAt,
  createdAt: Fields.createdAt,
  updatedAt: Fields.updatedAt,
  version: Fields.version
}) {}

const users = Table.make(User, {
  name: "users",
  primaryKey: "id",
  tenant: "tenantId",
  softDelete: "deletedAt",
  version: "version",
  createdAt: "createdAt",
  updatedAt: "updatedAt",
  unique: [["tenantId", "email"], ["tenantId", "id"]],
  indexes: ["age", { name: "users_by_creation", properties: ["tenantId", "createdAt"] }],
  foreignKeys: [
    { properties: "companyId", references: companies, onDelete: "set null" },
    { properties: "managerId", references: "self", onDelete: "cascade", onUpdate: "restrict" }
  ],
  checks: [{ name: "users_adult", sql: "age >= 18", properties: ["age"] }],
  comment: "People's accounts",
  columns: { email: { length: 40, comment: "where \"they\" can't be missed" } }
})

/** Every kind of column, with a default. */
class Everything extends Model.Class<Everything>("Everything")({
  key: Schema.String,
  aText: Fields.nullable(Schema.String),
  anInteger: Fields.nullable(Schema.Int),
  aDouble: Fields.nullable(Schema.Number),
  aDecimal: Fields.nullable(Schema.BigDecimal),
  anyDecimal: Fields.nullable(Schema.BigDecimal),
  aBoolean: Fields.nullable(Schema.Boolean),
  aBigint: Fields.nullable(Schema.BigIntFromSelf),
  aTimestamp: Fields.nullable(Schema.DateTimeUtc),
  aDate: Fields.nullable(Schema.String),
  someBytes: Fields.nullable(Schema.Uint8ArrayFromSelf),
  someJson: Fields.nullable(Schema.Struct({ a: Schema.Number })),
  aUuid: Fields.nullable(Schema.UUID)
}) {}

const everything = (columns: { readonly [property: string]: object }) =>
  Table.make(Everything, {
    name: "every\"thing",
    primaryKey: "key",
    columns: {
      key: { name: "select" },
      aDecimal: { precision: 6, scale: 2, ...columns["aDecimal"] },
      anyDecimal: { ...columns["anyDecimal"] },
      aText: { length: 5, ...columns["aText"] },
      aDate: { kind: "date", ...columns["aDate"] },
      anInteger: { ...columns["anInteger"] },
      aDouble: { ...columns["aDouble"] },
      aBoolean: { ...columns["aBoolean"] },
      aBigint: { ...columns["aBigint"] },
      aTimestamp: { ...columns["aTimestamp"] },
      someBytes: { ...columns["someBytes"] },
      someJson: { ...columns["someJson"] },
      aUuid: { ...columns["aUuid"] }
    }
  })

const defaults = {
  aText: { default: "it's" },
  anInteger: { default: -7 },
  aDouble: { default: Infinity },
  aDecimal: { default: "1.50" },
  anyDecimal: { default: 2 },
  aBoolean: { default: true },
  aBigint: { default: "9007199254740993" },
  aTimestamp: { default: "2026-06-01T12:00:00.000Z" },
  aDate: { default: "2026-06-01" },
  someBytes: { default: "ab" },
  someJson: { default: "{\"a\": 1}" },
  aUuid: { default: "018F0000-0000-7000-8000-00000000000A" }
}

const opened = (statements: ReadonlyArray<string>): Sqlite.Database => {
  const database = new Sqlite(":memory:")
  database.pragma("foreign_keys = on")
  for (const statement of statements) database.exec(statement)
  return database
}

/** The first line of each statement is enough to tell what it is. */
const heads = (statements: ReadonlyArray<string>) => statements.map((statement) => statement.split("\n")[0])

describe("the words of a table", () => {
  it("are PostgreSQL's", () => {
    expect(Ddl.createStatements(users).postgresql).toEqual([
      `create table "users" (
  "id" uuid not null,
  "tenant_id" text not null,
  "email" varchar(40) not null,
  "company_id" integer,
  "manager_id" uuid,
  "age" integer not null,
  "deleted_at" timestamptz(3),
  "created_at" timestamptz(3) default now() not null,
  "updated_at" timestamptz(3) default now() not null,
  "version" integer default 1 not null,
  constraint "users_pkey" primary key ("id"),
  constraint "users_tenant_id_id_key" unique ("tenant_id", "id"),
  constraint "users_adult" check (age >= 18),
  constraint "users_company_id_fkey" foreign key ("company_id") references "companies" ("id") on delete set null,
  constraint "users_manager_id_fkey" foreign key ("manager_id") references "users" ("id") on delete cascade on update restrict
)`,
      `create unique index "users_tenant_id_email_key" on "users" ("tenant_id", "email") where "deleted_at" is null`,
      `create index "users_age_idx" on "users" ("age")`,
      `create index "users_by_creation" on "users" ("tenant_id", "created_at")`,
      `comment on table "users" is 'People''s accounts'`,
      `comment on column "users"."email" is 'where "they" can''t be missed'`
    ])
  })

  it("are SQLite's", () => {
    const timestamp = (name: string) =>
      `"${name}" glob '????-??-??T??:??:??.[0-9][0-9][0-9]*Z' and length("${name}") <= 27 ` +
      `and substr("${name}", 21, length("${name}") - 21) not glob '*[^0-9]*' and substr("${name}", 12, 2) < '24' ` +
      `and strftime('%Y-%m-%dT%H:%M:%S', substr("${name}", 1, 19)) is substr("${name}", 1, 19)`
    expect(Ddl.createStatements(companies).sqlite).toEqual([
      `create table "companies" (
  "id" integer not null constraint "companies_pkey" primary key autoincrement constraint "svc:out_of_range:id" check ("id" between -2147483648 and 2147483647),
  "name" text not null,
  constraint "companies_name_key" unique ("name")
) strict`
    ])
    expect(Ddl.createStatements(users).sqlite[0]!.split("\n").filter((line) => line.includes("_at\""))).toEqual([
      `  "deleted_at" text constraint "svc:invalid_form:deleted_at" check (${timestamp("deleted_at")}),`,
      `  "created_at" text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) ` +
      `constraint "svc:invalid_form:created_at" check (${timestamp("created_at")}),`,
      `  "updated_at" text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) ` +
      `constraint "svc:invalid_form:updated_at" check (${timestamp("updated_at")}),`
    ])
    expect(heads(Ddl.createStatements(users).sqlite)).toEqual([
      `create table "users" (`,
      `create unique index "users_tenant_id_email_key" on "users" ("tenant_id", "email") where "deleted_at" is null`,
      `create index "users_age_idx" on "users" ("age")`,
      `create index "users_by_creation" on "users" ("tenant_id", "created_at")`
    ])
  })

  it("name the schema where there are schemas", () => {
    const table = Table.make(Company, { name: "companies", schema: "cr\"m", primaryKey: "id" })
    expect(heads(Ddl.createStatements(table).postgresql)).toEqual([`create table "cr""m"."companies" (`])
    expect(heads(Ddl.createStatements(table).sqlite)).toEqual([`create table "companies" (`])
    expect(Ddl.dropStatements(table).postgresql).toEqual([`drop table "cr""m"."companies"`])
  })

  it("are reached from Table", () => {
    expect(Table.createStatements(companies)).toEqual(Ddl.createAllStatements([companies]))
    expect(Table.dropStatements).toBe(Ddl.dropStatements)
  })

  it("make a boolean the mark of deletion", () => {
    class Note extends Model.Class<Note>("Note")({ id: Schema.String, slug: Schema.String, gone: Schema.Boolean }) {}
    const notes = Table.make(Note, { name: "notes", primaryKey: "id", softDelete: "gone", unique: ["slug"] })
    const { postgresql, sqlite } = Ddl.createStatements(notes)
    expect(postgresql[0]).toContain(`"gone" boolean default false not null`)
    expect(sqlite[0]).toContain(`"gone" integer not null default 0 `)
    const index = (no: string) => `create unique index "notes_slug_key" on "notes" ("slug") where "gone" = ${no}`
    expect([postgresql[1], sqlite[1]]).toEqual([index("false"), index("0")])
    const database = opened(sqlite)
    const upsert = `insert into notes (id, slug) values (?, 'a') on conflict (slug) where "gone" = 0 do nothing`
    expect(["1", "2"].map((id) => database.prepare(upsert).run(id).changes)).toEqual([1, 0])
  })

  it("keep a type and a default of the program's own", () => {
    class Place extends Model.Class<Place>("Place")({ id: Schema.String, at: Schema.String, code: Schema.String }) {}
    const places = Table.make(Place, {
      name: "places",
      primaryKey: "id",
      columns: {
        at: { type: { postgresql: "point" }, defaultSql: { postgresql: "point(0, 0)" } },
        code: { type: "char(3)", defaultSql: "upper('abc')" }
      }
    })
    const { postgresql, sqlite } = Ddl.createStatements(places)
    expect(postgresql[0]).toContain(`"at" point default point(0, 0) not null,\n  "code" char(3) default upper('abc')`)
    expect(sqlite[0]).toContain(`"at" text not null,\n  "code" char(3) not null default (upper('abc'))`)
    // STRICT knows no char(3).
    expect(sqlite[0]).toMatch(/\)$/)
  })
})

describe("the order of tables", () => {
  class Node extends Model.Class<Node>("Node")({ id: Schema.String, other: Fields.nullable(Schema.String) }) {}
  const node = (name: string, target?: () => Table.TableAny): Table.TableAny =>
    Table.make(Node, {
      name,
      primaryKey: "id",
      foreignKeys: target === undefined ? [] : [{ properties: "other", references: target }]
    })

  it("puts referenced tables first and drops them last", () => {
    const c = node("c")
    const b = node("b", () => c)
    const a = node("a", () => b)
    expect(heads(Ddl.createAllStatements([a, c, b]).sqlite)).toEqual([
      `create table "c" (`,
      `create table "b" (`,
      `create table "a" (`
    ])
    expect(Ddl.dropStatements([a, c, b], { ifExists: true }).postgresql).toEqual([
      `drop table if exists "a"`,
      `drop table if exists "b"`,
      `drop table if exists "c"`
    ])
  })

  it.scoped("closes circles after the tables", () =>
    Effect.gen(function*() {
      const a: Table.TableAny = node("a", () => b)
      const b: Table.TableAny = node("b", () => a)
      const { postgresql, sqlite: forSqlite } = Ddl.createAllStatements([a, b], { ifNotExists: true })
      expect(heads(postgresql).slice(0, 2)).toEqual([
        `create table if not exists "b" (`,
        `create table if not exists "a" (`
      ])
      const database = yield* TestPostgres.freshDatabase()
      // Twice: the second time everything is there.
      for (const statement of [...postgresql, ...postgresql]) yield* database.witness(statement)
      const constraints = yield* database.witness(
        `select conname from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace order by 1`
      )
      expect(constraints).toEqual([{ conname: "a_other_fkey" }, { conname: "b_other_fkey" }])
      for (const options of [{}, { ifExists: true }]) {
        for (const statement of Ddl.dropStatements([a, b], options).postgresql) yield* database.witness(statement)
      }
      expect(yield* database.witness("select 1 from pg_class where relname in ('a', 'b')")).toEqual([])

      const file = opened([...forSqlite, ...forSqlite])
      file.exec("begin; pragma defer_foreign_keys = on")
      file.exec(`insert into a values ('1', '2'); insert into b values ('2', '1'); commit`)
      expect(() => file.exec(`insert into a values ('3', 'x')`)).toThrow("FOREIGN KEY")
      file.exec(`begin; ${Ddl.dropStatements([a, b]).sqlite.join(";")}; commit`)
      expect(file.prepare("select name from sqlite_schema").all()).toEqual([])
    }))
})

describe("every statement runs", () => {
  it.scoped("on PostgreSQL, and the catalogue says what the table says", () =>
    Effect.gen(function*() {
      const database = yield* TestPostgres.freshDatabase()
      const all = Ddl.createAllStatements([users, companies, everything(defaults)])
      for (const statement of all.postgresql) yield* database.witness(statement)
      const columns = yield* database.witness(
        `select column_name as name, format_type(a.atttypid, a.atttypmod) as type, is_nullable as nullable,
                column_default as value, is_identity as identity
           from information_schema.columns c
           join pg_attribute a on a.attrelid = c.table_name::regclass and a.attname = c.column_name
          where table_name in ('users', 'companies') order by table_name, ordinal_position`
      )
      const column = (name: string, type: string, nullable: string, value: string | null = null, identity = "NO") => ({
        name,
        type,
        nullable,
        value,
        identity
      })
      expect(columns).toEqual([
        column("id", "integer", "NO", null, "YES"),
        column("name", "text", "NO"),
        column("id", "uuid", "NO"),
        column("tenant_id", "text", "NO"),
        column("email", "character varying(40)", "NO"),
        column("company_id", "integer", "YES"),
        column("manager_id", "uuid", "YES"),
        column("age", "integer", "NO"),
        column("deleted_at", "timestamp(3) with time zone", "YES"),
        column("created_at", "timestamp(3) with time zone", "NO", "now()"),
        column("updated_at", "timestamp(3) with time zone", "NO", "now()"),
        column("version", "integer", "NO", "1")
      ])
      expect(
        yield* database.witness(
          `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
            where conrelid = 'users'::regclass order by 1`
        )
      ).toEqual([
        { name: "users_adult", definition: "CHECK ((age >= 18))" },
        {
          name: "users_company_id_fkey",
          definition: "FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE SET NULL"
        },
        {
          name: "users_manager_id_fkey",
          definition: "FOREIGN KEY (manager_id) REFERENCES users(id) ON UPDATE RESTRICT ON DELETE CASCADE"
        },
        { name: "users_pkey", definition: "PRIMARY KEY (id)" },
        { name: "users_tenant_id_id_key", definition: "UNIQUE (tenant_id, id)" }
      ])
      expect(
        yield* database.witness(
          `select indexname as name, indexdef as definition from pg_indexes where tablename = 'users'
            and indexname not in (select conname from pg_constraint) order by 1`
        )
      ).toEqual([
        { name: "users_age_idx", definition: "CREATE INDEX users_age_idx ON public.users USING btree (age)" },
        {
          name: "users_by_creation",
          definition: "CREATE INDEX users_by_creation ON public.users USING btree (tenant_id, created_at)"
        },
        {
          name: "users_tenant_id_email_key",
          definition: "CREATE UNIQUE INDEX users_tenant_id_email_key ON public.users USING btree (tenant_id, email) " +
            "WHERE (deleted_at IS NULL)"
        }
      ])
      expect(
        yield* database.witness(
          `select obj_description('users'::regclass) as table, col_description('users'::regclass, 3) as column`
        )
      ).toEqual([{ table: "People's accounts", column: "where \"they\" can't be missed" }])

      yield* database.witness(`insert into "every""thing" ("select") values ('k')`)
      expect(
        yield* database.witness(
          `select a_text, an_integer, a_double, a_decimal::text, any_decimal::text, a_boolean, a_bigint::text,
                  to_json(a_timestamp at time zone 'utc')::text as a_timestamp, a_date::text,
                  encode(some_bytes, 'escape') as some_bytes, some_json::text, a_uuid::text from "every""thing"`
        )
      ).toEqual([{
        a_text: "it's",
        an_integer: -7,
        a_double: Infinity,
        a_decimal: "1.50",
        any_decimal: "2",
        a_boolean: true,
        a_bigint: "9007199254740993",
        a_timestamp: "\"2026-06-01T12:00:00\"",
        a_date: "2026-06-01",
        some_bytes: "ab",
        some_json: "{\"a\": 1}",
        a_uuid: "018f0000-0000-7000-8000-00000000000a"
      }])
    }))

  it.effect("on SQLite, and the catalogue says what the table says", () =>
    Effect.gen(function*() {
      yield* Engines.sqlite
      const database = opened(Ddl.createAllStatements([users, companies, everything(defaults)]).sqlite)
      expect(database.prepare(`select name, type, "notnull", pk from pragma_table_info('users')`).raw().all()).toEqual([
        ["id", "TEXT", 1, 1],
        ["tenant_id", "TEXT", 1, 0],
        ["email", "TEXT", 1, 0],
        ["company_id", "INTEGER", 0, 0],
        ["manager_id", "TEXT", 0, 0],
        ["age", "INTEGER", 1, 0],
        ["deleted_at", "TEXT", 0, 0],
        ["created_at", "TEXT", 1, 0],
        ["updated_at", "TEXT", 1, 0],
        ["version", "INTEGER", 1, 0]
      ])
      expect(
        database.prepare(
          `select "table", "from", "to", on_update, on_delete from pragma_foreign_key_list('users') order by id`
        )
          .raw().all()
      ).toEqual([
        ["users", "manager_id", "id", "RESTRICT", "CASCADE"],
        ["companies", "company_id", "id", "NO ACTION", "SET NULL"]
      ])
      expect(database.prepare(`select name, "unique", origin, partial from pragma_index_list('users')`).raw().all())
        .toEqual([
          ["users_by_creation", 0, "c", 0],
          ["users_age_idx", 0, "c", 0],
          ["users_tenant_id_email_key", 1, "c", 1],
          ["sqlite_autoindex_users_2", 1, "u", 0],
          ["sqlite_autoindex_users_1", 1, "pk", 0]
        ])
      expect(
        database.prepare(
          "select name, strict from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite_%' order by 1"
        ).raw()
          .all()
      ).toEqual([
        ["companies", 1],
        ["every\"thing", 1],
        ["users", 1]
      ])
      database.exec(`insert into "every""thing" ("select") values ('k')`)
      const row = database.prepare(`select *, cast(a_bigint as text) as a_bigint from "every""thing"`).get()
      expect(row).toEqual({
        select: "k",
        a_text: "it's",
        an_integer: -7,
        a_double: Infinity,
        a_decimal: "1.50",
        any_decimal: "2",
        a_boolean: 1,
        a_bigint: "9007199254740993",
        a_timestamp: "2026-06-01T12:00:00.000Z",
        a_date: "2026-06-01",
        some_bytes: Buffer.from("ab"),
        some_json: "{\"a\": 1}",
        a_uuid: "018f0000-0000-7000-8000-00000000000a"
      })
      database.exec(
        "insert into companies (name) values ('a'); delete from companies; insert into companies (name) values ('b')"
      )
      expect(database.prepare("select id from companies").pluck().all()).toEqual([2])
      database.exec(
        `insert into users (id, tenant_id, email, age) values ('018f0000-0000-7000-8000-000000000001', 't', 'e', 18)`
      )
      expect(database.prepare("select version, created_at from users").raw().get()).toEqual([
        1,
        expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      ])
    }))
})

describe("SQLite refuses what PostgreSQL's types refuse", () => {
  const database = opened(Ddl.createStatements(everything({})).sqlite)
  const insert = (column: string, value: unknown) => () =>
    database.prepare(`insert or replace into "every""thing" ("select", ${column}) values ('k', ?)`).run(value)

  it.each([
    ["a_text", "12345", "123456", "svc:too_long:a_text"],
    ["a_text", "ééééé", 1n << 40n, "svc:too_long:a_text"],
    ["an_integer", 2147483647, 2147483648, "svc:out_of_range:an_integer"],
    ["an_integer", -2147483648, -2147483649, "svc:out_of_range:an_integer"],
    ["an_integer", 5, 5.5, "cannot store REAL value"],
    ["an_integer", "5", "x", "cannot store TEXT value"],
    ["a_double", 0.5, "x", "cannot store TEXT value"],
    ["a_decimal", "9999.99", "10000", "svc:out_of_range:a_decimal"],
    ["a_decimal", "-0001.5", "1.555", "svc:out_of_range:a_decimal"],
    ["a_decimal", "0.05", "1e3", "svc:invalid_form:a_decimal"],
    ["any_decimal", "-123456789012345678901234567890.5", "1.", "svc:invalid_form:any_decimal"],
    ["any_decimal", "0", "", "svc:invalid_form:any_decimal"],
    ["any_decimal", "1", "--1", "svc:invalid_form:any_decimal"],
    ["any_decimal", "1", "-.5", "svc:invalid_form:any_decimal"],
    ["any_decimal", "1", "1.2.3", "svc:invalid_form:any_decimal"],
    ["any_decimal", "1", "1-2", "svc:invalid_form:any_decimal"],
    ["any_decimal", "1", "NaN", "svc:invalid_form:any_decimal"],
    ["a_boolean", 1, 2, "svc:invalid_form:a_boolean"],
    ["a_bigint", 9223372036854775807n, "x", "cannot store TEXT value"],
    ["a_timestamp", "2026-06-01T12:00:00.000Z", "2026-06-01 12:00:00", "svc:invalid_form:a_timestamp"],
    ["a_timestamp", "2026-06-01T12:00:00.999999Z", "2026-06-01T12:00:00.9999999Z", "svc:invalid_form:a_timestamp"],
    ["a_timestamp", "2024-02-29T23:59:59.000Z", "2026-02-29T23:59:59.000Z", "svc:invalid_form:a_timestamp"],
    ["a_timestamp", "0001-01-01T00:00:00.000Z", "2026-06-01T24:00:00.000Z", "svc:invalid_form:a_timestamp"],
    ["a_timestamp", "9999-12-31T23:59:59.999Z", "2026-06-01T12:00:00.0x0Z", "svc:invalid_form:a_timestamp"],
    ["a_date", "2026-06-01", "2026-02-30", "svc:invalid_form:a_date"],
    ["a_date", "2026-06-01", "now", "svc:invalid_form:a_date"],
    ["some_bytes", Buffer.from([0]), "x", "cannot store TEXT value"],
    ["some_json", "null", "{", "svc:invalid_form:some_json"],
    [
      "a_uuid",
      "018f0000-0000-7000-8000-00000000000a",
      "018F0000-0000-7000-8000-00000000000A",
      "svc:invalid_form:a_uuid"
    ]
  ])("%s holds %s but not %s", (column, good, bad, message) => {
    expect(insert(column, good)).not.toThrow()
    expect(insert(column, null)).not.toThrow()
    expect(insert(column, bad)).toThrow(message)
  })
})
