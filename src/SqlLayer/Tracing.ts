/**
 * Spans only when somebody listens: a span costs more than a statement's whole way through this library.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type { RuntimeFiber } from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Tracer from "effect/Tracer"
import type { Dialect } from "../Database/Dialect.js"
import type { Statement } from "./Statement.js"

const native = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/**
 * Whether the fiber has a tracer other than Effect's own, which keeps nothing.
 *
 * @since 0.1.0
 * @category getters
 */
export const listening = (fiber: RuntimeFiber<unknown, unknown>): boolean =>
  fiber.currentTracer !== native && fiber.getFiberRef(FiberRef.currentTracerEnabled)

const attributes = new WeakMap<Statement<unknown, unknown>, Record<string, unknown>>()

/**
 * One client span around a statement, named by its operation. It carries the text of the statement, never its values.
 * Attribute names: OpenTelemetry's semantic conventions for databases.
 *
 * @since 0.1.0
 * @category tracing
 */
export const traced = <A, E>(
  dialect: Dialect,
  statement: Statement<unknown, unknown>,
  effect: Effect.Effect<A, E>
): Effect.Effect<A, E> => {
  let known = attributes.get(statement)
  if (known === undefined) {
    known = { "db.system.name": dialect, "db.operation.name": statement.operation, "db.query.text": statement.sql }
    attributes.set(statement, known)
  }
  return Effect.withSpan(effect, statement.operation, { kind: "client", captureStackTrace: false, attributes: known })
}
