/**
 * Writes that are made under conditions: `If-Match`, one transaction, again after a deadlock.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { VersionConflict } from "../../Database/RepositoryError.js"
import type { JsonItem, WriteOptions } from "../../Repository/Contract.js"
import * as Problem from "../Problem.js"
import * as Answer from "../reply/Answer.js"
import * as Failure from "../reply/Failure.js"
import * as Conditions from "../request/Conditions.js"
import type { Request } from "../Route.js"
import { type Context, malformedHeader, notFound } from "./Context.js"

/**
 * Weak comparison (RFC 9110, 8.8.3.2).
 *
 * @since 0.1.0
 * @category checks
 */
export const matches = (tags: Conditions.Tags, tag: string): boolean =>
  tags === "*" || tags.some(({ opaque }) => `"${opaque}"` === tag.replace(/^W\//, ""))

/**
 * The whole of a write again after a deadlock or a serialization failure, at most as often as the limits say.
 *
 * @since 0.1.0
 * @category combinators
 */
export const retrying = <A, E, R>(effect: Effect.Effect<A, E, R>, times: number, attempt = 0): Effect.Effect<A, E, R> =>
  Effect.catchAll(effect, (error) =>
    attempt < times && Failure.isTransient(error)
      ? Effect.zipRight(Effect.sleep(Math.random() * 10 * 2 ** (attempt + 1)), retrying(effect, times, attempt + 1))
      : Effect.fail(error))

/**
 * Hooks, and printing what they leave, before COMMIT: what cannot be printed is rolled back.
 *
 * @since 0.1.0
 * @category combinators
 */
export const inTransaction = <R, A>(
  { store }: Context<R>,
  effect: Effect.Effect<A, unknown, R>,
  isolated = false
): Effect.Effect<A, unknown, R> => {
  const { capabilities, transaction } = store.repository.unitOfWork
  if (!capabilities.transactions) return effect
  const isolation = !isolated
    ? undefined
    : (["repeatable read", "serializable"] as const).find((level) => capabilities.isolation.includes(level))
  return transaction(effect, isolation === undefined ? {} : { isolation })
}

/**
 * `If-Match`: nothing to check, the versions it names, or tags that only the current item can be compared with.
 *
 * @since 0.1.0
 * @category decoding
 */
export const preconditionOf = (request: Request): Conditions.Tags | undefined | Problem.Problem => {
  const header = request.header("if-match")
  if (header === undefined) return undefined
  return Conditions.tags(header) ?? malformedHeader("If-Match")
}

/**
 * Runs a write under `If-Match`. Versions are compared by the write's own WHERE: of several, the current one (which the
 * conflict tells) is tried next. Other tags are compared in a transaction that reads first.
 *
 * @since 0.1.0
 * @category combinators
 */
export const guarded = <R, A>(
  context: Context<R>,
  tags: Conditions.Tags | undefined,
  key: unknown,
  write: (options: WriteOptions) => Effect.Effect<A, unknown, R>
): Effect.Effect<A, unknown, R> => {
  if (tags === undefined || tags === "*") return write({})
  if (context.resource.etag !== "version") {
    return inTransaction(
      context,
      Effect.flatMap(current(context, key), (item) => {
        const tag = Answer.etag(item)
        return tag !== undefined && matches(tags, tag) ? write({}) : Effect.fail(changed(tag))
      }),
      true
    )
  }
  const versions = tags.flatMap(({ opaque }) => Conditions.versionOf(opaque) ?? [])
  const [first] = versions
  if (first === undefined) {
    return Effect.flatMap(current(context, key), (item) => Effect.fail(changed(Answer.etag(item))))
  }
  return Effect.catchAll(
    write({ version: first }),
    (error) =>
      error instanceof VersionConflict && error.current !== first && versions.includes(error.current)
        ? write({ version: error.current })
        : Effect.fail(error)
  )
}

/**
 * 412, with the tag that the item has now.
 *
 * @since 0.1.0
 * @category problems
 */
export const changed = (tag: string | undefined): Problem.Problem =>
  Problem.make("preconditionFailed", [], tag === undefined ? {} : { etag: tag })

/**
 * The item as it is stored.
 *
 * @since 0.1.0
 * @category readers
 */
export const current = <R>({ store }: Context<R>, key: unknown): Effect.Effect<JsonItem, unknown, R> =>
  Effect.flatMap(
    store.repository.json.find(key),
    Option.match({ onNone: () => Effect.fail(notFound), onSome: (item) => Effect.succeed(item) })
  )
