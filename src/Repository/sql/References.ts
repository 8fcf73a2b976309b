/**
 * Which foreign key a write violated, on the engine that does not say it (SQLite): the rows that the written values refer to are
 * looked for, one key after the other, after the write has failed.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { type DatabaseError, ForeignKeyViolation } from "../../Database/DatabaseError.js"
import type { ForeignKey } from "../../Database/TableMetadata.js"
import type * as Input from "../Input.js"
import * as Compiled from "./Compiled.js"
import * as Target from "./Target.js"

/** Does a write of these values; its violation of a foreign key says which, where that can be found out. */
type Naming = <A, E>(
  values: Input.Values,
  write: Effect.Effect<A, E | DatabaseError>
) => Effect.Effect<A, E | DatabaseError>

const missing = (
  target: Target.Target,
  key: ForeignKey,
  values: Input.Values
): Effect.Effect<boolean, DatabaseError> => {
  const slots = key.properties.map((property) => target.bySlot.get(property)!)
  const given = slots.map((slot) => values[slot.index])
  // With a NULL among them nothing is referred to; what was not written was right before.
  if (given.some((value) => value === undefined || value === null)) return Effect.succeed(false)
  const other = Target.make(key.references(), target.sql)
  const parameters = new Target.Parameters(target.grammar)
  const where = key.referenced().map((property, index) =>
    `${other.bySlot.get(property)!.name} = ${parameters.bind(slots[index]!, given[index])}`
  )
  const text: Compiled.Text = {
    sql: `select 1 from ${other.name} where ${where.join(" and ")} limit 1`,
    operation: `${target.table.name}.reference`,
    // In the same transaction, or at least where it was written.
    access: "write",
    lane: "shared",
    prepare: true
  }
  return target.sql.run(Compiled.make(text, ({ rows }) => Exit.succeed(rows.length === 0)), parameters.values)
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (target: Target.Target): Naming => {
  const { foreignKeys, name } = target.table
  if (target.sql.dialect !== "sqlite" || foreignKeys.length === 0) return (_, write) => write

  const named = <E>(values: Input.Values, error: E | DatabaseError): Effect.Effect<never, E | DatabaseError> => {
    if (!(error instanceof ForeignKeyViolation) || error.columns.length > 0) return Exit.fail(error)
    return Effect.findFirst(foreignKeys, (key) => missing(target, key, values)).pipe(
      // Whatever keeps us from looking, the write failed of its own reason.
      Effect.orElseSucceed(Option.none<ForeignKey>),
      Effect.flatMap((found) =>
        Exit.fail(
          Option.isNone(found) ? error : new ForeignKeyViolation({
            table: name,
            constraint: found.value.name,
            columns: found.value.properties,
            side: "child",
            cause: error.cause
          })
        )
      )
    )
  }

  return (values, write) =>
    // On SQLite a write that is done is an Exit: nothing is put around it.
    Exit.isExit(write) && Exit.isSuccess(write) ? write : Effect.catchAll(write, (error) => named(values, error))
}
