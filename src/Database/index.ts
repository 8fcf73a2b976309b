/**
 * The words that every room speaks, pure: tables, fields and columns, predicates, errors, deadlines. A program begins here, with
 * the definition of its tables. Nothing in this room reads a service or talks to a database.
 *
 * @since 0.1.0
 */
export * as Column from "./Column.js"

export * as DatabaseError from "./DatabaseError.js"

export * as Deadline from "./Deadline.js"

export type { Capabilities, Dialect, Isolation } from "./Dialect.js"

export * as DriverFailure from "./DriverFailure.js"

export * as Fields from "./Fields.js"

export * as Predicate from "./Predicate.js"

export { InputIssue, InvalidInput, NotFound, VersionConflict } from "./RepositoryError.js"

export { SessionSettings } from "./SessionSettings.js"

export * as Table from "./Table.js"

export type { TransactionOptions, TransactionRetry, UnitOfWork } from "./UnitOfWork.js"
