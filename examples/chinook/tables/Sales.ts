/**
 * Who sells to whom, and what was bought.
 *
 * The original keeps days and times alike as timestamps without a zone. Days of birth and hiring are days (`date`): no zone of a
 * reader can move them. An invoice is issued at a moment (`timestamptz`); the imported ones, whose zone nobody knows, count as UTC.
 */
import * as Model from "@effect/sql/Model"
import { Fields, Table } from "effect-svc-infra/Database"
import * as Schema from "effect/Schema"
import { money, tracks } from "./Catalogue.js"
import { lengths, text } from "./Text.js"

export class Employee extends Model.Class<Employee>("Employee")({
  employee_id: Fields.identity(Schema.Int),
  last_name: text(20),
  first_name: text(20),
  title: Fields.nullable(text(30)),
  reports_to: Fields.nullable(Schema.Int),
  birth_date: Fields.nullable(Model.Date),
  hire_date: Fields.nullable(Model.Date),
  address: Fields.nullable(text(70)),
  city: Fields.nullable(text(40)),
  state: Fields.nullable(text(40)),
  country: Fields.nullable(text(40)),
  postal_code: Fields.nullable(text(10)),
  phone: Fields.nullable(text(24)),
  fax: Fields.nullable(text(24)),
  email: Fields.nullable(text(60))
}) {}

export const employees = Table.make(Employee, {
  name: "employee",
  primaryKey: "employee_id",
  indexes: ["reports_to"],
  foreignKeys: [{ properties: "reports_to", references: "self" }],
  columns: lengths(Employee)
})

export class Customer extends Model.Class<Customer>("Customer")({
  customer_id: Fields.identity(Schema.Int),
  first_name: text(40),
  last_name: text(20),
  company: Fields.nullable(text(80)),
  address: Fields.nullable(text(70)),
  city: Fields.nullable(text(40)),
  state: Fields.nullable(text(40)),
  country: Fields.nullable(text(40)),
  postal_code: Fields.nullable(text(10)),
  phone: Fields.nullable(text(24)),
  fax: Fields.nullable(text(24)),
  email: text(60),
  support_rep_id: Fields.nullable(Schema.Int)
}) {}

export const customers = Table.make(Customer, {
  name: "customer",
  primaryKey: "customer_id",
  indexes: ["support_rep_id"],
  foreignKeys: [{ properties: "support_rep_id", references: employees }],
  columns: lengths(Customer)
})

export class Invoice extends Model.Class<Invoice>("Invoice")({
  invoice_id: Fields.identity(Schema.Int),
  customer_id: Schema.Int,
  invoice_date: Schema.DateTimeUtc,
  billing_address: Fields.nullable(text(70)),
  billing_city: Fields.nullable(text(40)),
  billing_state: Fields.nullable(text(40)),
  billing_country: Fields.nullable(text(40)),
  billing_postal_code: Fields.nullable(text(10)),
  total: Schema.BigDecimal
}) {}

export const invoices = Table.make(Invoice, {
  name: "invoice",
  primaryKey: "invoice_id",
  indexes: ["customer_id"],
  foreignKeys: [{ properties: "customer_id", references: customers }],
  columns: { ...lengths(Invoice), total: money }
})

export class InvoiceLine extends Model.Class<InvoiceLine>("InvoiceLine")({
  invoice_line_id: Fields.identity(Schema.Int),
  invoice_id: Schema.Int,
  track_id: Schema.Int,
  unit_price: Schema.BigDecimal,
  quantity: Schema.Int
}) {}

export const invoiceLines = Table.make(InvoiceLine, {
  name: "invoice_line",
  primaryKey: "invoice_line_id",
  indexes: ["invoice_id", "track_id"],
  foreignKeys: [
    { properties: "invoice_id", references: invoices },
    { properties: "track_id", references: tracks }
  ],
  columns: { unit_price: money }
})
