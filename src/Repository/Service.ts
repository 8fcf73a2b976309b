/**
 * Business logic around a repository: hooks that may change the data or fail with a typed error. They run inside the transaction
 * of the write; `afterCommit` runs after it. The service wraps the scoped repository, so hooks run under tenancy too.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { DatabaseError } from "../Database/DatabaseError.js"
import type { InvalidInput, NotFound, VersionConflict } from "../Database/RepositoryError.js"
import type { Create, Key, Patch, Row, TableAny } from "../Database/TableMetadata.js"
import type { TenantOf } from "../Tenancy/CurrentTenant.js"
import type { Repository, WriteOptions } from "./Contract.js"

/**
 * Hooks of a service. `beforeCreate` decides what callers send (`Input`): the guide's plain `password` becomes a hash there.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hooks<T extends TableAny, Input, E, R> {
  readonly beforeCreate?: (input: Input) => Effect.Effect<Create<T>, E, R>
  readonly afterCreate?: (row: Row<T>) => Effect.Effect<void, E, R>
  readonly beforeUpdate?: (patch: Patch<T>, key: Key<T>) => Effect.Effect<Patch<T>, E, R>
  readonly afterUpdate?: (row: Row<T>) => Effect.Effect<void, E, R>
  readonly beforeDelete?: (key: Key<T>) => Effect.Effect<void, E, R>
  readonly afterDelete?: (key: Key<T>) => Effect.Effect<void, E, R>
  /** After the commit of a create or an update; never after a rollback. */
  readonly afterCommit?: (row: Row<T>) => Effect.Effect<void, never, R>
}

/**
 * A repository with hooks.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service<T extends TableAny, Input = Create<T>, E = never, R = never> {
  readonly repository: Repository<T>
  /** Whether there are no hooks at all: then the repository may be used directly, one statement per write. */
  readonly plain: boolean
  readonly create: (input: Input) => Effect.Effect<Row<T>, DatabaseError | InvalidInput | E, R | TenantOf<T>>
  readonly update: (
    key: Key<T>,
    patch: Patch<T>,
    options?: WriteOptions
  ) => Effect.Effect<Row<T>, DatabaseError | NotFound | VersionConflict | InvalidInput | E, R | TenantOf<T>>
  readonly delete: (
    key: Key<T>,
    options?: WriteOptions
  ) => Effect.Effect<void, DatabaseError | NotFound | VersionConflict | InvalidInput | E, R | TenantOf<T>>
}

/**
 * A service over a repository. Each write with a hook is one transaction, rolled back when a hook fails.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <T extends TableAny, Input = Create<T>, E = never, R = never>(
  repository: Repository<T>,
  hooks: Hooks<T, Input, E, R> = {}
): Service<T, Input, E, R> => {
  const { unitOfWork } = repository
  const committed = (row: Row<T>): Effect.Effect<void, never, R> =>
    hooks.afterCommit === undefined ? Effect.void : unitOfWork.afterCommit(hooks.afterCommit(row))
  // Without beforeCreate nothing turns Input into Create<T>: the default of the type parameter makes them the same.
  const beforeCreate = hooks.beforeCreate ?? ((input: Input) => Effect.succeed(input as unknown as Create<T>))
  const hooksCreate = [hooks.beforeCreate, hooks.afterCreate, hooks.afterCommit].some((hook) => hook !== undefined)
  const hooksUpdate = [hooks.beforeUpdate, hooks.afterUpdate, hooks.afterCommit].some((hook) => hook !== undefined)
  const hooksDelete = [hooks.beforeDelete, hooks.afterDelete].some((hook) => hook !== undefined)
  return {
    repository,
    plain: !hooksCreate && !hooksUpdate && !hooksDelete,
    create: (input) => {
      const write = Effect.flatMap(beforeCreate(input), repository.create)
      if (!hooksCreate) return write
      return unitOfWork.transaction(write.pipe(
        Effect.tap((row) => hooks.afterCreate?.(row) ?? Effect.void),
        Effect.tap(committed)
      ))
    },
    update: (key, patch, options) => {
      if (!hooksUpdate) return repository.update(key, patch, options)
      return unitOfWork.transaction(
        Effect.flatMap(
          hooks.beforeUpdate?.(patch, key) ?? Effect.succeed(patch),
          (changed) => repository.update(key, changed, options)
        ).pipe(
          Effect.tap((row) => hooks.afterUpdate?.(row) ?? Effect.void),
          Effect.tap(committed)
        )
      )
    },
    delete: (key, options) => {
      if (!hooksDelete) return repository.delete(key, options)
      return unitOfWork.transaction(
        Effect.zipRight(hooks.beforeDelete?.(key) ?? Effect.void, repository.delete(key, options)).pipe(
          Effect.tap(() => hooks.afterDelete?.(key) ?? Effect.void)
        )
      )
    }
  }
}
