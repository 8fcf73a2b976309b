/**
 * From a call to its one Effect: a table without tenants needs nothing of the fiber, the others read it once.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { DataError } from "../../Database/DatabaseError.js"
import { InvalidInput } from "../../Database/RepositoryError.js"
import * as Ambient from "./Ambient.js"
import type { Target } from "./Target.js"
import { Refused } from "./Where.js"

/**
 * With the scope of the fiber.
 *
 * @since 0.1.0
 * @category running
 */
export const scoped = <A, E>(
  target: Target,
  body: (scope: Ambient.Scope) => Effect.Effect<A, E>
): Effect.Effect<A, E | DataError> =>
  target.tenant === undefined ? body(Ambient.everything) : Effect.withFiberRuntime<A, E | DataError>((fiber) => {
    const scope = Ambient.scope(target, fiber)
    return scope instanceof DataError ? Exit.fail(scope) : body(scope)
  })

/**
 * With the scope and the fiber itself, for its clock.
 *
 * @since 0.1.0
 * @category running
 */
export const withFiber = <A, E>(
  target: Target,
  body: (scope: Ambient.Scope, fiber: Ambient.Fiber) => Effect.Effect<A, E>
): Effect.Effect<A, E | DataError> =>
  Effect.withFiberRuntime<A, E | DataError>((fiber) => {
    const scope = Ambient.scope(target, fiber)
    return scope instanceof DataError ? Exit.fail(scope) : body(scope, fiber)
  })

/**
 * A statement that may be long: with the scope, and whether it has to watch a deadline itself. What the selection cannot have is
 * `InvalidInput`.
 *
 * @since 0.1.0
 * @category running
 */
export const scan = <A, E>(
  target: Target,
  body: (scope: Ambient.Scope, guarded: boolean) => Effect.Effect<A, E>
): Effect.Effect<A, E | DataError | InvalidInput> => {
  const attempt = (scope: Ambient.Scope, guarded: boolean): Effect.Effect<A, E | InvalidInput> => {
    try {
      return body(scope, guarded)
    } catch (error) {
      if (error instanceof Refused)
        return Exit.fail(new InvalidInput({ table: target.table.name, issues: [error.issue] }))
      // Thrown here it would not be an effect's failure: the call itself would throw.
      return Exit.die(error)
    }
  }
  const guards = target.grammar.deadlineGuard !== undefined
  if (!guards && target.tenant === undefined) return attempt(Ambient.everything, false)
  return withFiber(
    target,
    (scope, fiber) => attempt(scope, guards && (target.sql.timeLimited || Ambient.hasDeadline(fiber)))
  )
}
