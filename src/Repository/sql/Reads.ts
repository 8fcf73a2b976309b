/**
 * The reads of a repository that answer rows.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { DatabaseError, TenantBreach } from "../../Database/DatabaseError.js"
import { type InvalidInput, NotFound } from "../../Database/RepositoryError.js"
import type { Statement } from "../../SqlLayer/Statement.js"
import type { Keyset, Page } from "../Contract.js"
import type { Scope } from "./Ambient.js"
import { everything } from "./Ambient.js"
import * as Compiled from "./Compiled.js"
import * as Conditions from "./Conditions.js"
import * as Keys from "./Keys.js"
import * as Lru from "./Lru.js"
import * as Order from "./Order.js"
import * as Rows from "./Rows.js"
import * as Run from "./Run.js"
import * as Select from "./Select.js"
import type { Target } from "./Target.js"
import { Parameters } from "./Target.js"

/**
 * One row by its key, or what `none` answers.
 *
 * @since 0.1.0
 * @category models
 */
export type ByKey<A, E> = (key: unknown) => Effect.Effect<A, E | DatabaseError>

/**
 * Compiles a read by key. `some` and `none` say what a row and no row become.
 *
 * @since 0.1.0
 * @category constructors
 */
export const byKey = <R, A, E>(
  target: Target,
  shape: Rows.Shape<R>,
  operation: string,
  some: (row: R) => A,
  none: () => Exit.Exit<A, E>
): ByKey<A, E> => {
  const text = (scoped: boolean): Compiled.Text => ({
    sql: `select ${shape.sql} from ${target.name} where ${
      Conditions.byKey(target, new Conditions.Placeholders(target), scoped)
    }`,
    operation: `${target.table.name}.${operation}`,
    access: "read",
    lane: "shared",
    prepare: true
  })
  const decode = (scope: Scope): Compiled.Decode<A, E | TenantBreach> => ({ rows }) => {
    const [row] = rows
    if (row === undefined) return none()
    return Rows.breach(target, shape, scope, rows) ?? Exit.succeed(some(shape.decode(row)))
  }
  const open = Compiled.make(text(false), decode(everything))
  const closed = text(true)
  const { sql, tenant } = target
  return (key) => {
    const parameters = Keys.parameters(target, key)
    if (tenant === undefined) return parameters === undefined ? none() : sql.run(open, parameters)
    return Run.scoped(target, (scope): Effect.Effect<A, E | DatabaseError> => {
      if (parameters === undefined) return none()
      if (scope.tenant === undefined) return sql.run(open, parameters)
      return sql.run(Compiled.make(closed, decode(scope)), [...parameters, tenant.bind(scope.tenant)])
    })
  }
}

/** Keys of one `getMany` statement. */
const chunkOfKeys = 512
/** The same for composite keys, each of which is a condition of its own. */
const chunkOfComposites = 64

type Failure = DatabaseError | InvalidInput

/**
 * The reads of a table.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reads<R> {
  readonly find: ByKey<Option.Option<R>, never>
  readonly get: ByKey<R, NotFound>
  readonly getMany: (keys: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<R>, DatabaseError>
  readonly first: (selection?: Select.Selection) => Effect.Effect<Option.Option<R>, Failure>
  readonly list: (options?: List) => Effect.Effect<ReadonlyArray<R>, Failure>
  readonly search: (
    options: List & { readonly q: string; readonly fields: ReadonlyArray<string> }
  ) => Effect.Effect<ReadonlyArray<R>, Failure>
  readonly page: (
    options: Select.Selection & { readonly size: number; readonly after?: Keyset | undefined }
  ) => Effect.Effect<Page<R>, Failure>
  readonly count: (where?: Select.Selection["where"]) => Effect.Effect<number, Failure>
  readonly exists: (where: Select.Selection["where"]) => Effect.Effect<boolean, Failure>
}

interface List extends Select.Selection {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(target: Target, shape: Rows.Shape<R>): Reads<R> => {
  const { sql, table } = target
  const texts = Lru.make<Compiled.Text>()
  const list = () => shape.sql

  const rowsOf = (scope: Scope): Compiled.Decode<ReadonlyArray<R>, TenantBreach> => ({ rows }) =>
    Rows.breach(target, shape, scope, rows) ?? Exit.succeed(rows.map(shape.decode))
  // Of texts that need no scope: one statement for all calls.
  const open = new WeakMap<Compiled.Text, Statement<ReadonlyArray<R>, DatabaseError>>()
  const many = (text: Compiled.Text, scope: Scope): Statement<ReadonlyArray<R>, DatabaseError> => {
    if (scope.tenant !== undefined) return Compiled.make(text, rowsOf(scope))
    const known = open.get(text)
    if (known !== undefined) return known
    const made: Statement<ReadonlyArray<R>, DatabaseError> = Compiled.make(text, rowsOf(everything))
    open.set(text, made)
    return made
  }

  const rows = (operation: string, options: List, standard: number, where: () => Select.Selection["where"]) =>
    Run.scan(target, (scope, guarded) => {
      const made = Select.select(target, texts, {
        operation,
        selection: { where: where(), orderBy: options.orderBy },
        scope,
        guarded,
        rows: Select.size("limit", options.limit, standard),
        offset: Select.size("offset", options.offset, 0),
        list
      })
      return sql.run(many(made.text, scope), made.parameters)
    })

  const keysText = (chunk: ReadonlyArray<ReadonlyArray<unknown>>, scope: Scope) => {
    const parameters = new Parameters(target.grammar)
    const [first] = target.key
    const condition = target.key.length === 1
      ? {
        _tag: "In" as const,
        negated: false,
        property: first!.property,
        values: chunk.map(([value]) => first!.field.decode(value))
      }
      : {
        _tag: "Or" as const,
        any: chunk.map((values) => ({
          _tag: "And" as const,
          all: target.key.map((slot, index) => ({
            _tag: "Compare" as const,
            operator: "eq" as const,
            property: slot.property,
            value: slot.field.decode(values[index])
          }))
        }))
      }
    const all = Select.conditions(target, { node: condition }, scope, false, parameters)
    const text = `select ${shape.sql} from ${target.name}${Select.whereClause(all)}`
    return { text: Select.textOf(texts, target, "getMany", text, chunk.length), parameters: parameters.values }
  }

  const getMany = (keys: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<R>, DatabaseError> => {
    const known = keys.flatMap((key) => {
      const values = Keys.canonical(target, key)
      return values === undefined ? [] : [values]
    })
    const size = target.key.length === 1 ? chunkOfKeys : chunkOfComposites
    const one = (chunk: typeof known) =>
      Run.scoped(target, (scope) => {
        const { parameters, text } = keysText(chunk, scope)
        return sql.run(many(text, scope), parameters)
      })
    // Still asked when there is nothing to ask for: without a tenant even an empty answer is none.
    if (known.length <= size) return known.length === 0 ? Run.scoped(target, () => Effect.succeed([])) : one(known)
    const chunks: Array<typeof known> = []
    for (let i = 0; i < known.length; i += size) chunks.push(known.slice(i, i + size))
    return Effect.map(Effect.forEach(chunks, one), (results) => results.flat())
  }

  const notFound = (): Exit.Exit<never, NotFound> => Exit.fail(new NotFound({ table: table.name }))
  const absent = Exit.succeed(Option.none<R>())

  const aggregate = <A>(
    operation: string,
    where: Select.Selection["where"],
    text: (clause: string) => string,
    decode: Compiled.Decode<A, never>
  ): Effect.Effect<A, Failure> =>
    Run.scan(target, (scope, guarded) => {
      const parameters = new Parameters(target.grammar)
      const clause = Select.whereClause(Select.conditions(target, where, scope, guarded, parameters))
      const made = Select.textOf(texts, target, operation, text(clause), Infinity)
      return sql.run(Compiled.make(made, decode), parameters.values)
    })

  return {
    find: byKey(target, shape, "find", Option.some<R>, () => absent),
    get: byKey(target, shape, "get", (row) => row, notFound),
    getMany,
    first: (selection = {}) =>
      Effect.map(
        rows("first", { orderBy: selection.orderBy, limit: 1 }, 1, () => selection.where),
        ([row]) => row === undefined ? Option.none() : Option.some(row)
      ),
    list: (options = {}) => rows("list", options, 50, () => options.where),
    search: (options) =>
      rows("search", options, 50, () => Select.searching(target, options.where, options.fields, options.q)),
    page: (options) =>
      Run.scan(target, (scope, guarded) => {
        const size = Select.size("size", options.size, 50, 1)
        const made = Select.select(target, texts, {
          operation: "page",
          selection: options,
          scope,
          guarded,
          after: options.after,
          rows: size + 1,
          offset: 0,
          list
        })
        const decode: Compiled.Decode<Page<R>, TenantBreach> = ({ rows: found }) =>
          Rows.breach(target, shape, scope, found) ?? Exit.succeed({
            items: (found.length > size ? found.slice(0, size) : found).map(shape.decode),
            next: found.length > size ? Order.keyset(made.order, found[size - 1]!, shape.position) : undefined
          })
        return sql.run(Compiled.make(made.text, decode), made.parameters)
      }),
    count: (where) =>
      aggregate(
        "count",
        where,
        (clause) => `select count(*) from ${target.name}${clause}`,
        ({ rows: [row] }) => Exit.succeed(Number(row?.[0]))
      ),
    exists: (where) =>
      aggregate(
        "exists",
        where,
        (clause) => `select 1 from ${target.name}${clause} ${target.grammar.limit("1", undefined)}`,
        ({ rows: found }) => Exit.succeed(found.length > 0)
      )
  }
}
