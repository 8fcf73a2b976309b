/**
 * `GET /_sql/health`: whether the database answers, and nothing more. A check is a round trip with a deadline of its own; its result
 * is kept for a moment and shared by all who ask meanwhile, so that probes cannot be used to hammer the database. While the server
 * is stopping the answer is 503.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { Default, type Sql, type SqlTag } from "../SqlLayer/Sql.js"
import { Draining } from "./Draining.js"
import type { Reply, Route } from "./Route.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface HealthOptions {
  /** Default: `/_sql/health`. */
  readonly path?: `/${string}`
  /** For one check. Default: 2 seconds. */
  readonly timeout?: Duration.DurationInput
  /** How long a result is kept. Default: 1 second. */
  readonly cacheFor?: Duration.DurationInput
}

const reply = (healthy: boolean): Reply => ({
  status: healthy ? 200 : 503,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify({ status: healthy ? "healthy" : "unhealthy" })
})

const up = reply(true)
const down = reply(false)

/**
 * The health route of a database: the default one, or that of a tag.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  (options?: HealthOptions): Effect.Effect<Route<never>, never, Default>
  <I>(options: HealthOptions & { readonly database: SqlTag<I> }): Effect.Effect<Route<never>, never, I>
} = <I>(options: HealthOptions & { readonly database?: SqlTag<I> } = {}) =>
  // Without a tag the first overload holds, whose I is Default.
  Effect.flatMap(options.database ?? (Default as unknown as SqlTag<I>), (sql) => ofDatabase(sql, options))

const ofDatabase = (sql: Sql, options: HealthOptions): Effect.Effect<Route<never>> =>
  Effect.gen(function*() {
    const draining = yield* Draining
    const healthy = yield* cached(check(sql, options), Duration.toMillis(options.cacheFor ?? "1 second"))
    return {
      method: "GET",
      pattern: options.path ?? "/_sql/health",
      handle: () =>
        draining.current ? Effect.succeed(down) : Effect.map(healthy, (answers) =>
          // The server may have begun to stop while the check was under way.
          answers && !draining.current ? up : down)
    }
  })

const check = (sql: Sql, options: HealthOptions): Effect.Effect<boolean> => {
  const budget = options.timeout ?? "2 seconds"
  let healthy = true
  return sql.ping.pipe(
    sql.withinDeadline(budget),
    // The deadline ends the wait by itself; this bounds what does not know of deadlines.
    Effect.disconnect,
    Effect.timeoutFail({ duration: Duration.sum(budget, "500 millis"), onTimeout: () => ({ message: "no answer" }) }),
    Effect.matchCauseEffect({
      onSuccess: () => Effect.sync(() => (healthy = true)),
      onFailure: (cause) => {
        const why = Option.match(Cause.failureOption(cause), {
          onNone: () => "a defect",
          onSome: ({ message }) => message
        })
        const said = healthy ? Effect.logWarning(`health: the check fails: ${why}`) : Effect.void
        healthy = false
        return Effect.as(said, false)
      }
    })
  )
}

/**
 * Keeps a result for a while. The check runs on a fiber of its own: a client that leaves must not end it for the others.
 */
const cached = <A>(effect: Effect.Effect<A>, ttlMs: number): Effect.Effect<Effect.Effect<A>> =>
  Effect.sync(() => {
    let current: { fiber: Fiber.Fiber<A> | undefined; expires: number } = { fiber: undefined, expires: 0 }
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (current.fiber !== undefined && now < current.expires) return Fiber.join(current.fiber)
      const entry: typeof current = { fiber: undefined, expires: Infinity }
      current = entry
      const timed = Effect.tap(effect, () =>
        Effect.map(Clock.currentTimeMillis, (ended) => void (entry.expires = ended + ttlMs)))
      return Effect.flatMap(Effect.forkDaemon(timed), (fiber) => {
        entry.fiber = fiber
        return Fiber.join(fiber)
      })
    })
  })
