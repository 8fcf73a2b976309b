/**
 * Many rows at once: one statement per chunk, bounded by what the engine takes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Text from "../../Database/codec/Text.js"
import type { DatabaseError } from "../../Database/DatabaseError.js"
import * as Issue from "../../Database/Issue.js"
import { type InputIssue, InvalidInput } from "../../Database/RepositoryError.js"
import type * as Input from "../Input.js"
import type * as Ambient from "./Ambient.js"
import * as Compiled from "./Compiled.js"
import * as Engine from "./Engine.js"
import * as Lru from "./Lru.js"
import * as Rows from "./Rows.js"
import * as Run from "./Run.js"
import { Parameters, type Slot, type Target } from "./Target.js"
import * as Violations from "./Violations.js"
import { circumstances, type Context } from "./Writes.js"

/** Longer texts cost more to send and parse than they save. */
const maxRows = 1000
const maxIssues = 20

/** The key of a row as one text; undefined where the database makes it. */
const keyOf = (slots: ReadonlyArray<Slot>, canonical: (slot: Slot) => unknown): string | undefined => {
  const parts = slots.map((slot) => {
    const value = canonical(slot)
    return value === undefined || value === null ? undefined : Text.plain[slot.column.kind](value)
  })
  return parts.includes(undefined) ? undefined : JSON.stringify(parts)
}

/** The data's order: no engine promises the order of what RETURNING answers. */
const inOrder = <R>(
  target: Target,
  shape: Rows.Shape<R>,
  chunk: ReadonlyArray<Input.Values>,
  rows: ReadonlyArray<ReadonlyArray<unknown>>
): ReadonlyArray<R> => {
  const wanted = chunk.map((values) => keyOf(target.key, (slot) => values[slot.index]))
  if (wanted.includes(undefined)) return rows.map(shape.decode)
  const byKey = new Map(rows.map((row) => [keyOf(target.key, (slot) => slot.read(row[shape.position(slot)])), row]))
  return wanted.flatMap((key) => {
    const row = byKey.get(key)
    return row === undefined ? [] : [shape.decode(row)]
  })
}

interface Chunk {
  readonly sql: string
  readonly parameters: ReadonlyArray<unknown>
}

/** All columns that any row has a value for; rows without one get the column's default. */
const chunkText = (target: Target, list: string, chunk: ReadonlyArray<Input.Values>): Chunk | InvalidInput => {
  const slots = target.slots.filter((slot) => chunk.some((values) => values[slot.index] !== undefined))
  const parameters = new Parameters(target.grammar)
  // Rows that leave everything to the database still have a key column to say so.
  const columns = slots.length === 0 ? target.key : slots
  const rows: Array<string> = []
  for (const values of chunk) {
    const row: Array<string> = []
    for (const slot of columns) {
      const value = values[slot.index]
      try {
        row.push(value === undefined ? Engine.absent(target, slot, parameters) : parameters.bind(slot, value))
      } catch {
        // A value that the driver cannot write, such as JSON that refers to itself.
        return new InvalidInput({
          table: target.table.name,
          issues: [Issue.make([chunk.indexOf(values), slot.property], Issue.faults.wrongValue)]
        })
      }
    }
    rows.push(`(${row.join(", ")})`)
  }
  const names = columns.map(({ name }) => name).join(", ")
  return {
    sql: `insert into ${target.name} (${names}) values ${rows.join(", ")} returning ${list}`,
    parameters: parameters.values
  }
}

type InsertMany<R> = (
  data: ReadonlyArray<object>
) => Effect.Effect<ReadonlyArray<R>, DatabaseError | InvalidInput>

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(context: Context, shape: Rows.Shape<R>): InsertMany<R> => {
  const { input, target } = context
  const { sql, table } = target
  const size = Math.max(1, Math.min(maxRows, Math.floor(target.grammar.maxParameters / table.columns.length)))
  const texts = Lru.make<Compiled.Text>(16)
  const translate = Violations.translate(table, "write")

  const validate = (
    data: ReadonlyArray<object>,
    scope: Ambient.Scope,
    fiber: Ambient.Fiber
  ): ReadonlyArray<Input.Values> | InvalidInput => {
    const issues: Array<InputIssue> = []
    const rows: Array<Input.Values> = []
    const now = circumstances(context, scope, fiber)
    for (let i = 0; i < data.length && issues.length < maxIssues; i++) {
      const values = input.create(data[i]!, now)
      if (values instanceof InvalidInput) {
        for (const issue of values.issues) issues.push({ ...issue, path: [i, ...issue.path] })
      } else rows.push(values)
    }
    return issues.length === 0 ? rows : new InvalidInput({ table: table.name, issues: issues.slice(0, maxIssues) })
  }

  const insert = (
    chunk: ReadonlyArray<Input.Values>,
    scope: Ambient.Scope
  ): Effect.Effect<ReadonlyArray<R>, DatabaseError | InvalidInput> => {
    const made = chunkText(target, shape.sql, chunk)
    if (made instanceof InvalidInput) return Exit.fail(made)
    const make = (prepare: boolean): Compiled.Text => ({
      sql: made.sql,
      operation: `${table.name}.insertMany`,
      access: "write",
      lane: "exclusive",
      prepare
    })
    // Full chunks come again and again, the last one has a length of its own.
    const text = chunk.length === size ? texts.get(made.sql, () => make(true)) : make(false)
    const decode: Compiled.Decode<ReadonlyArray<R>, DatabaseError> = ({ rows }) =>
      Rows.breach(target, shape, scope, rows) ?? Exit.succeed(inOrder(target, shape, chunk, rows))
    return sql.run(Compiled.make(text, decode), made.parameters)
  }

  return (data) =>
    Effect.mapError(
      Run.withFiber(target, (scope, fiber): Effect.Effect<ReadonlyArray<R>, DatabaseError | InvalidInput> => {
        const rows = validate(data, scope, fiber)
        if (rows instanceof InvalidInput) return Exit.fail(rows)
        if (rows.length === 0) return Exit.succeed([])
        if (rows.length <= size) return insert(rows, scope)
        const chunks: Array<ReadonlyArray<Input.Values>> = []
        for (let i = 0; i < rows.length; i += size) chunks.push(rows.slice(i, i + size))
        return Effect.map(Effect.forEach(chunks, (chunk) => insert(chunk, scope)), (results) => results.flat())
      }),
      translate
    )
}
