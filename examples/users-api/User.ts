/**
 * The users: the one definition from which table, statements, routes and OpenAPI come.
 */
import * as Model from "@effect/sql/Model"
import { Fields, Table } from "effect-svc-infra/Database"
import * as Schema from "effect/Schema"

/** One @, no white space, a dot in the domain: whether it can be reached only a message to it tells. */
const Email = Schema.String.pipe(
  Schema.maxLength(254),
  Schema.pattern(/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/),
  Schema.annotations({ jsonSchema: { format: "email" }, examples: ["ada@example.com"] })
)

const Name = Schema.String.pipe(
  Schema.minLength(1),
  Schema.maxLength(200),
  Schema.annotations({ examples: ["Ada Lovelace"] })
)

export class User extends Model.Class<User>("User")({
  id: Fields.uuidV7(Schema.UUID),
  email: Email,
  name: Name,
  created_at: Fields.createdAt,
  updated_at: Fields.updatedAt,
  // hidden: neither is in the JSON
  deleted_at: Fields.deletedAt,
  version: Fields.version
}) {}

export const users = Table.make(User, {
  name: "users",
  primaryKey: "id",
  // among live users: the address of a deleted one can be registered again
  unique: ["email"],
  indexes: ["created_at", "name"],
  createdAt: "created_at",
  updatedAt: "updated_at",
  softDelete: "deleted_at",
  version: "version"
})
