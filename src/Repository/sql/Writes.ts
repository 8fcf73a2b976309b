/**
 * Writes of a repository: each is one statement that answers the row as it is now. A second one runs only where the first touched
 * nothing and somebody asked for a version: it says which of the two reasons it was.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Instant from "../../Database/codec/Instant.js"
import { type DatabaseError, DataError, type TenantBreach } from "../../Database/DatabaseError.js"
import * as Issue from "../../Database/Issue.js"
import { InvalidInput, NotFound, VersionConflict } from "../../Database/RepositoryError.js"
import type * as UuidV7 from "../../Database/UuidV7.js"
import type { Statement } from "../../SqlLayer/Statement.js"
import type { WriteOptions } from "../Contract.js"
import type * as Input from "../Input.js"
import * as Ambient from "./Ambient.js"
import * as Compiled from "./Compiled.js"
import * as Conditions from "./Conditions.js"
import * as Keys from "./Keys.js"
import * as Lru from "./Lru.js"
import * as References from "./References.js"
import * as Rows from "./Rows.js"
import * as Run from "./Run.js"
import type { Slot, Target } from "./Target.js"
import * as Violations from "./Violations.js"

/**
 * What all writes of a repository share.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context {
  readonly target: Target
  readonly input: Input.Input
  readonly uuid: UuidV7.Generator
}

type Answer<A, E> = Effect.Effect<A, E | DatabaseError>
type Unwritten = NotFound | VersionConflict | InvalidInput

/**
 * The circumstances of a write, from its fiber.
 *
 * @since 0.1.0
 * @category getters
 */
export const circumstances = ({ uuid }: Context, scope: Ambient.Scope, fiber: Ambient.Fiber): Input.Circumstances => {
  const millis = Ambient.now(fiber)
  return {
    // A clock outside the years 1 to 9999 is a broken one.
    now: Instant.fromMillis(millis) ?? new Date(0).toISOString(),
    tenant: scope.tenant,
    key: () => uuid(millis)
  }
}

/**
 * Parameters of the values that are there, with a key of which they are. A value that the driver cannot write is invalid input.
 *
 * @since 0.1.0
 * @category conversions
 */
export const bind = (
  { slots, table }: Target,
  values: Input.Values
): { readonly mask: string; readonly parameters: Array<unknown> } | InvalidInput => {
  let mask = ""
  const parameters: Array<unknown> = []
  for (let i = 0; i < slots.length; i++) {
    const value = values[i]
    if (value === undefined) {
      mask += "0"
      continue
    }
    mask += "1"
    try {
      parameters.push(slots[i]!.bind(value))
    } catch {
      return new InvalidInput({
        table: table.name,
        issues: [Issue.make([slots[i]!.property], Issue.faults.wrongValue)]
      })
    }
  }
  return { mask, parameters }
}

const named = (target: Target, mask: string): ReadonlyArray<Slot> =>
  target.slots.filter((_, index) => mask[index] === "1")

/** A statement's text with its decoder for calls that are not one tenant's. */
interface Ready<A> {
  readonly text: Compiled.Text
  readonly open: Statement<A, DatabaseError>
}

type Scoped<A> = (scope: Ambient.Scope) => Compiled.Decode<A, DatabaseError>

const ready = <A>(text: Compiled.Text, decode: Scoped<A>): Ready<A> => ({
  text,
  open: Compiled.make(text, decode(Ambient.everything))
})

const statementOf = <A>(
  { open, text }: Ready<A>,
  scope: Ambient.Scope,
  decode: Scoped<A>
): Statement<A, DatabaseError> => scope.tenant === undefined ? open : Compiled.make(text, decode(scope))

/**
 * Create and update, answering rows of a shape.
 *
 * @since 0.1.0
 * @category models
 */
export interface Writes<R> {
  readonly create: (data: object) => Answer<R, InvalidInput>
  readonly update: (key: unknown, patch: object, options?: WriteOptions) => Answer<R, Unwritten>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(context: Context, shape: Rows.Shape<R>): Writes<R> => {
  const { input, target } = context
  const { sql, table } = target

  const text = (operation: string, statement: string): Compiled.Text => ({
    sql: `${statement} returning ${shape.sql}`,
    operation: `${table.name}.${operation}`,
    access: "write",
    lane: "shared",
    prepare: true
  })

  // A trigger that swallows the row leaves nothing to answer.
  const nothing = (): Exit.Exit<never, DataError> =>
    Exit.fail(new DataError({ reason: "undecodable", table: table.name }))

  const inserted = (scope: Ambient.Scope): Compiled.Decode<R, DatabaseError> => ({ rows }) => {
    const [row] = rows
    if (row === undefined) return nothing()
    return Rows.breach(target, shape, scope, rows) ?? Exit.succeed(shape.decode(row))
  }

  const inserts = Lru.make<Ready<R>>(64)
  const insertOf = (mask: string): Ready<R> => {
    const slots = named(target, mask)
    const placeholders = new Conditions.Placeholders(target)
    const values = slots.length === 0
      ? "default values"
      : `(${slots.map(({ name }) => name).join(", ")}) values (${
        slots.map((slot) => placeholders.next(slot)).join(", ")
      })`
    return ready(text("create", `insert into ${target.name} ${values}`), inserted)
  }

  const updated = (scope: Ambient.Scope): Compiled.Decode<R | undefined, DatabaseError> => ({ rows }) => {
    const [row] = rows
    if (row === undefined) return Exit.succeed(undefined)
    return Rows.breach(target, shape, scope, rows) ?? Exit.succeed(shape.decode(row))
  }

  const updates = Lru.make<Ready<R | undefined>>(64)
  const updateOf = (mask: string, scoped: boolean, versioned: boolean): Ready<R | undefined> => {
    const placeholders = new Conditions.Placeholders(target)
    const where = guarded(target, placeholders, scoped, versioned)
    const sets = named(target, mask).map((slot) => `${slot.name} = ${placeholders.next(slot)}`)
    return ready(
      text("update", `update ${target.name} set ${[...sets, ...counted(target)].join(", ")} where ${where}`),
      updated
    )
  }

  const writing = Violations.translate(table, "write")
  const naming = References.make(target)

  return {
    create: (data) =>
      Effect.mapError(
        Run.withFiber(target, (scope, fiber): Answer<R, InvalidInput> => {
          const values = input.create(data, circumstances(context, scope, fiber))
          if (values instanceof InvalidInput) return Exit.fail(values)
          const bound = bind(target, values)
          if (bound instanceof InvalidInput) return Exit.fail(bound)
          const insert = inserts.get(bound.mask, () => insertOf(bound.mask))
          return naming(values, sql.run(statementOf(insert, scope, inserted), bound.parameters))
        }),
        writing
      ),
    update: (key, patch, options) =>
      Effect.mapError(
        Run.withFiber(target, (scope, fiber): Answer<R, Unwritten> => {
          const version = versionOf(target, options)
          if (version instanceof InvalidInput) return Exit.fail(version)
          const values = input.update(patch, circumstances(context, scope, fiber))
          if (values instanceof InvalidInput) return Exit.fail(values)
          const where = whereOf(target, key, scope, version)
          if (where === undefined) return notFound(target)
          if (values === undefined) return unchanged(target, shape, key, scope, version)
          const bound = bind(target, values)
          if (bound instanceof InvalidInput) return Exit.fail(bound)
          const scoped = scope.tenant !== undefined
          const versioned = version !== undefined
          const update = updates.get(
            `${bound.mask}${scoped ? "t" : ""}${versioned ? "v" : ""}`,
            () => updateOf(bound.mask, scoped, versioned)
          )
          for (const parameter of bound.parameters) where.push(parameter)
          return Effect.flatMap(
            naming(values, sql.run(statementOf(update, scope, updated), where)),
            (row) => row === undefined ? why(target, key, scope, version) : Exit.succeed(row)
          )
        }),
        writing
      )
  }
}

/** `version = version + 1`, where there is one. */
const counted = ({ version }: Target): ReadonlyArray<string> =>
  version === undefined ? [] : [`${version.name} = ${version.name} + 1`]

/** The conditions of a write by key; its parameters are those of `whereOf`. */
const guarded = (
  target: Target,
  placeholders: Conditions.Placeholders,
  scoped: boolean,
  versioned: boolean,
  which: "live" | "deleted" | "all" = "live"
): string => {
  const where = Conditions.byKey(target, placeholders, scoped, which)
  return versioned && target.version !== undefined
    ? `${where} and ${target.version.name} = ${placeholders.next(target.version)}`
    : where
}

const whereOf = (
  target: Target,
  key: unknown,
  scope: Ambient.Scope,
  version: number | undefined
): Array<unknown> | undefined => {
  const parameters = Keys.parameters(target, key)
  if (parameters === undefined) return undefined
  if (scope.tenant !== undefined && target.tenant !== undefined) parameters.push(target.tenant.bind(scope.tenant))
  if (version !== undefined && target.version !== undefined) parameters.push(target.version.bind(version))
  return parameters
}

const versionOf = (target: Target, options: WriteOptions | undefined): number | undefined | InvalidInput => {
  const version = options?.version
  if (version === undefined) return undefined
  const fault = target.version === undefined
    ? Issue.faults.unknownField
    : Number.isInteger(version) && Math.abs(version) <= 2_147_483_647
    ? undefined
    : Issue.faults.whole
  return fault === undefined
    ? version
    : new InvalidInput({ table: target.table.name, issues: [Issue.make(["version"], fault)] })
}

const notFound = (target: Target): Exit.Exit<never, NotFound> => Exit.fail(new NotFound({ table: target.table.name }))

/** Nothing was touched: there is no such row, or it has another version. */
const why = (
  target: Target,
  key: unknown,
  scope: Ambient.Scope,
  version: number | undefined
): Answer<never, NotFound | VersionConflict> => {
  const slot = target.version
  const parameters = whereOf(target, key, scope, undefined)
  if (version === undefined || slot === undefined || parameters === undefined) return notFound(target)
  const where = Conditions.byKey(target, new Conditions.Placeholders(target), scope.tenant !== undefined)
  const text: Compiled.Text = {
    sql: `select ${slot.selected} from ${target.name} where ${where}`,
    operation: `${target.table.name}.version`,
    // On the primary: a replica may not have the version yet.
    access: "write",
    lane: "shared",
    prepare: true
  }
  return target.sql.run(
    Compiled.make(text, ({ rows: [row] }): Exit.Exit<never, NotFound | VersionConflict> => {
      if (row === undefined) return notFound(target)
      // The canonical form of a version is an integer.
      return Exit.fail(new VersionConflict({ table: target.table.name, current: slot.read(row[0]) as number }))
    }),
    parameters
  )
}

/** A patch that changes nothing answers the row as it is. */
const unchanged = <R>(
  target: Target,
  shape: Rows.Shape<R>,
  key: unknown,
  scope: Ambient.Scope,
  version: number | undefined
): Answer<R, NotFound | VersionConflict> => {
  const where = Conditions.byKey(target, new Conditions.Placeholders(target), scope.tenant !== undefined)
  const text: Compiled.Text = {
    sql: `select ${shape.sql} from ${target.name} where ${where}`,
    operation: `${target.table.name}.update`,
    access: "write",
    lane: "shared",
    prepare: true
  }
  const decode: Compiled.Decode<R, NotFound | VersionConflict | TenantBreach> = ({ rows }) => {
    const [row] = rows
    if (row === undefined) return notFound(target)
    const { version: slot } = target
    if (version !== undefined && slot !== undefined) {
      // The canonical form of a version is an integer.
      const current = slot.read(row[shape.position(slot)]) as number
      if (current !== version) return Exit.fail(new VersionConflict({ table: target.table.name, current }))
    }
    return Rows.breach(target, shape, scope, rows) ?? Exit.succeed(shape.decode(row))
  }
  return target.sql.run(Compiled.make(text, decode), whereOf(target, key, scope, undefined) ?? [])
}

/**
 * Delete, purge and restore.
 *
 * @since 0.1.0
 * @category models
 */
export interface Removals<R> {
  readonly delete: (key: unknown, options?: WriteOptions) => Answer<void, Unwritten>
  readonly purge: (key: unknown) => Answer<void, NotFound>
  readonly restore: (key: unknown) => Answer<R, NotFound>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const removals = <R>(context: Context, shape: Rows.Shape<R>): Removals<R> => {
  const { target } = context
  const { sql, table } = target
  const texts = Lru.make<Compiled.Text>(16)
  const text = (operation: string, key: string, statement: () => string): Compiled.Text =>
    texts.get(`${operation}${key}`, () => ({
      sql: statement(),
      operation: `${table.name}.${operation}`,
      access: "write",
      lane: "shared",
      prepare: true
    }))
  const touched: Compiled.Decode<boolean, never> = ({ affected }) => Exit.succeed(affected > 0)
  const removing = Violations.translate(table, "remove")
  const writing = Violations.translate(table, "write")

  /** `set` of soft delete and restore; the times come behind the key's parameters. */
  const marked = (placeholders: Conditions.Placeholders, mark: string | undefined): string => {
    const { softDelete, updatedAt } = target
    const sets = softDelete === undefined ? [] : [`${softDelete.name} = ${mark ?? placeholders.next(softDelete)}`]
    if (updatedAt !== undefined) sets.push(`${updatedAt.name} = ${placeholders.next(updatedAt)}`)
    return [...sets, ...counted(target)].join(", ")
  }
  const flag = target.softDelete?.column.kind === "boolean"
  const { grammar } = target

  const remove = (key: unknown, options: WriteOptions | undefined, scope: Ambient.Scope, now: string) => {
    const version = versionOf(target, options)
    if (version instanceof InvalidInput) return Exit.fail(version)
    const parameters = whereOf(target, key, scope, version)
    if (parameters === undefined) return notFound(target)
    const scoped = scope.tenant !== undefined
    const versioned = version !== undefined
    const made = text("delete", `${scoped ? "t" : ""}${versioned ? "v" : ""}`, () => {
      const placeholders = new Conditions.Placeholders(target)
      const where = guarded(target, placeholders, scoped, versioned)
      return target.softDelete === undefined
        ? `delete from ${target.name} where ${where}`
        : `update ${target.name} set ${marked(placeholders, flag ? grammar.true : undefined)} where ${where}`
    })
    if (target.softDelete !== undefined) {
      if (!flag) parameters.push(target.softDelete.bind(now))
      if (target.updatedAt !== undefined) parameters.push(target.updatedAt.bind(now))
    }
    return Effect.flatMap(
      sql.run(Compiled.make(made, touched), parameters),
      (done): Answer<void, Unwritten> => done ? Exit.void : why(target, key, scope, version)
    )
  }

  return {
    delete: (key, options) =>
      Effect.mapError(
        Run.withFiber(target, (scope, fiber): Answer<void, Unwritten> =>
          remove(key, options, scope, circumstances(context, scope, fiber).now)),
        removing
      ),
    purge: (key) =>
      Effect.mapError(
        Run.withFiber(target, (scope): Answer<void, NotFound> => {
          const parameters = whereOf(target, key, scope, undefined)
          if (parameters === undefined) return notFound(target)
          const scoped = scope.tenant !== undefined
          const made = text("purge", scoped ? "t" : "", () => {
            const where = Conditions.byKey(target, new Conditions.Placeholders(target), scoped, "all")
            return `delete from ${target.name} where ${where}`
          })
          return Effect.flatMap(
            sql.run(Compiled.make(made, touched), parameters),
            (done): Answer<void, NotFound> => done ? Exit.void : notFound(target)
          )
        }),
        removing
      ),
    restore: (key) =>
      Effect.mapError(
        Run.withFiber(target, (scope, fiber): Answer<R, NotFound> => {
          const parameters = whereOf(target, key, scope, undefined)
          if (parameters === undefined || target.softDelete === undefined) return notFound(target)
          const scoped = scope.tenant !== undefined
          const made = text("restore", scoped ? "t" : "", () => {
            const placeholders = new Conditions.Placeholders(target)
            const where = guarded(target, placeholders, scoped, false, "deleted")
            const sets = marked(placeholders, flag ? grammar.false : "null")
            return `update ${target.name} set ${sets} where ${where} returning ${shape.sql}`
          })
          if (target.updatedAt !== undefined) {
            parameters.push(target.updatedAt.bind(circumstances(context, scope, fiber).now))
          }
          const decode: Compiled.Decode<R, NotFound | TenantBreach> = ({ rows }) => {
            const [row] = rows
            if (row === undefined) return notFound(target)
            return Rows.breach(target, shape, scope, rows) ?? Exit.succeed(shape.decode(row))
          }
          return sql.run(Compiled.make(made, decode), parameters)
        }),
        writing
      )
  }
}
