/**
 * One deadline per fiber: an HTTP request, `withinDeadline` and a transaction set it; acquire, connect, every statement,
 * COMMIT and cancel spend from it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * Absolute milliseconds on the monotonic clock of `performance.now()`, or `undefined` for none.
 *
 * @since 0.1.0
 * @category references
 */
export class Deadline extends Context.Reference<Deadline>()("effect-svc-infra/Deadline", {
  defaultValue: (): number | undefined => undefined
}) {}

/**
 * The monotonic clock that deadlines are measured on, in milliseconds.
 *
 * @since 0.1.0
 * @category clocks
 */
export const now = (): number => performance.now()

/**
 * The earlier of two deadlines.
 *
 * @since 0.1.0
 * @category combinators
 */
export const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b)

/**
 * Runs an effect with at most this much time for all its database work together. An outer deadline that ends earlier wins.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withinDeadline =
  (budget: Duration.DurationInput) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(
      Deadline,
      (outer) => Effect.provideService(effect, Deadline, earlier(outer, now() + Duration.toMillis(budget)))
    )
