// A repository in memory, after the contract: what Http is tested against where no database is the point.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { DatabaseError } from "../../src/Database/DatabaseError.js"
import { UniqueViolation } from "../../src/Database/DatabaseError.js"
import type { Node } from "../../src/Database/Predicate.js"
import { NotFound, VersionConflict } from "../../src/Database/RepositoryError.js"
import type { TableAny } from "../../src/Database/TableMetadata.js"
import type { JsonItem, Repository } from "../../src/Repository/Contract.js"
import { CurrentTenant } from "../../src/Tenancy/CurrentTenant.js"

type Record_ = { [property: string]: unknown }

export interface Fake<T extends TableAny> {
  readonly repository: Repository<T>
  readonly rows: Array<Record_>
  /** The next calls fail with these, one each. */
  readonly failures: Array<DatabaseError>
  /** Names of the calls that were made. */
  readonly calls: Array<string>
}

const plain = (value: unknown): unknown => Option.isOption(value) ? Option.getOrNull(value) : value

const comparable = (value: unknown): string | number | null => {
  const inner = plain(value)
  if (inner === null || inner === undefined) return null
  if (typeof inner === "number") return inner
  if (typeof inner === "object" && inner !== null && "epochMillis" in inner) return Number(inner.epochMillis)
  return String(inner)
}

const compare = (a: unknown, b: unknown): number => {
  const [x, y] = [comparable(a), comparable(b)]
  return x === y ? 0 : x === null ? -1 : y === null ? 1 : x < y ? -1 : 1
}

const matches = (node: Node, row: Record_): boolean => {
  switch (node._tag) {
    case "Compare": {
      const order = compare(row[node.property], node.value)
      const isNull = comparable(row[node.property]) === null
      switch (node.operator) {
        case "eq":
          return order === 0
        case "ne":
          return order !== 0
        case "lt":
          return !isNull && order < 0
        case "lte":
          return !isNull && order <= 0
        case "gt":
          return !isNull && order > 0
        case "gte":
          return !isNull && order >= 0
      }
    }
    // eslint-disable-next-line no-fallthrough
    case "In":
      return node.values.some((value) => compare(row[node.property], value) === 0) !== node.negated
    case "Null":
      return (comparable(row[node.property]) === null) !== node.negated
    case "Text":
      return node.properties.some((property) => {
        const text = String(comparable(row[property]) ?? "").toLowerCase()
        const wanted = node.text.toLowerCase()
        return node.match === "contains" ? text.includes(wanted) : text.startsWith(wanted)
      })
    case "And":
      return node.all.every((inner) => matches(inner, row))
    case "Or":
      return node.any.some((inner) => matches(inner, row))
    case "Not":
      return !matches(node.not, row)
  }
}

export const make = <T extends TableAny>(table: T, initial: ReadonlyArray<Record_> = []): Fake<T> => {
  const rows: Array<Record_> = [...initial]
  const failures: Array<DatabaseError> = []
  const calls: Array<string> = []
  const encode = Schema.encodeUnknownSync(table.model.json)
  let clock = Date.parse("2026-06-01T12:00:00.000Z")
  let serial = 1000

  const isLive = (row: Record_) => table.softDelete === undefined || comparable(row[table.softDelete]) === null
  const keyOf = (row: Record_) => table.primaryKey.map((property) => comparable(row[property]))
  const keyTexts = (key: unknown) =>
    table.primaryKey.length === 1
      ? [comparable(key)]
      : table.primaryKey.map((property) => comparable((key as Record_)[property]))
  const find = (key: unknown, tenant: string | undefined) =>
    rows.find((row) =>
      isLive(row) && JSON.stringify(keyOf(row)) === JSON.stringify(keyTexts(key)) &&
      (tenant === undefined || row[table.tenant ?? ""] === tenant)
    )
  const json = (value: unknown): unknown => typeof value === "bigint" ? String(value) : value
  const item = (row: Record_, fields?: ReadonlyArray<string>): JsonItem => {
    const encoded = encode(row) as Record_
    const shown = Object.entries(encoded).filter(([property]) =>
      (fields === undefined || fields.includes(property)) && table.byProperty.get(property)?.options.sensitive !== true
    )
    return {
      text: JSON.stringify(Object.fromEntries(shown), (_, value) => json(value)),
      version: table.version === undefined ? undefined : Number(row[table.version]),
      updatedAt: table.updatedAt === undefined ? undefined : String(comparable(row[table.updatedAt])),
      key: keyOf(row).map(String)
    }
  }
  const unique = (row: Record_, except?: Record_) => {
    for (const { name, properties } of table.unique) {
      const taken = rows.some((other) =>
        other !== except && isLive(other) &&
        properties.every((property) => compare(other[property], row[property]) === 0)
      )
      if (taken) return new UniqueViolation({ table: table.name, constraint: name, columns: properties })
    }
    return undefined
  }
  const now = () => Schema.decodeSync(Schema.DateTimeUtc)(new Date(clock += 1000).toISOString())

  const call = <A, E>(
    name: string,
    run: (tenant: string | undefined) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | DatabaseError, never> => {
    const body = (tenant: string | undefined) =>
      Effect.suspend((): Effect.Effect<A, E | DatabaseError> => {
        calls.push(name)
        const failure = failures.shift()
        return failure === undefined ? run(tenant) : Effect.fail(failure)
      })
    return (table.tenant === undefined
      ? body(undefined)
      : Effect.flatMap(CurrentTenant, (tenant) => body(tenant._tag === "Tenant" ? tenant.id : undefined))) as never
  }

  const create = (data: unknown) =>
    call("create", (tenant): Effect.Effect<Record_, unknown> => {
      const row: Record_ = {}
      for (const { nullable, property } of table.columns) row[property] = nullable ? Option.none() : undefined
      Object.assign(row, data)
      const [key] = table.primaryKey
      if (row[key!] === undefined) {
        row[key!] = table.keyGenerator === "database"
          ? ++serial
          : `018f0000-0000-7000-8000-${String(++serial).padStart(12, "0")}`
      }
      if (table.tenant !== undefined) row[table.tenant] = tenant
      if (table.version !== undefined) row[table.version] = 1
      if (table.createdAt !== undefined) row[table.createdAt] = now()
      if (table.updatedAt !== undefined) row[table.updatedAt] = row[table.createdAt ?? ""] ?? now()
      const taken = unique(row)
      if (taken !== undefined) return Effect.fail(taken)
      rows.push(row)
      return Effect.succeed(row)
    })
  const update = (key: unknown, patch: unknown, options?: { readonly version?: number | undefined }) =>
    call("update", (tenant): Effect.Effect<Record_, unknown> => {
      const row = find(key, tenant)
      if (row === undefined) return Effect.fail(new NotFound({ table: table.name }))
      const version = Number(row[table.version ?? ""])
      if (options?.version !== undefined && options.version !== version) {
        return Effect.fail(new VersionConflict({ table: table.name, current: version }))
      }
      const changed = { ...row, ...(patch as Record_) }
      if (table.version !== undefined) changed[table.version] = version + 1
      if (table.updatedAt !== undefined) changed[table.updatedAt] = now()
      const taken = unique(changed, row)
      if (taken !== undefined) return Effect.fail(taken)
      rows[rows.indexOf(row)] = changed
      return Effect.succeed(changed)
    })
  const get = (key: unknown) =>
    call("get", (tenant) => {
      const row = find(key, tenant)
      return row === undefined ? Effect.fail(new NotFound({ table: table.name })) : Effect.succeed(row)
    })

  const repository = {
    table,
    unitOfWork: {
      capabilities: {
        transactions: true,
        savepoints: true,
        statementTimeout: "none",
        cancel: "none",
        returning: true,
        rowLocks: false,
        partialIndexes: true,
        isolation: ["serializable"]
      },
      transaction: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.suspend(() => {
          calls.push("begin")
          const before = [...rows]
          return Effect.onExit(effect, (exit) =>
            Effect.sync(() => {
              calls.push(exit._tag === "Success" ? "commit" : "rollback")
              if (exit._tag === "Failure") rows.splice(0, rows.length, ...before)
            }))
        }),
      afterCommit: <R>(effect: Effect.Effect<void, never, R>) => effect
    },
    get,
    create,
    update,
    delete: (key: unknown, options?: { readonly version?: number }) =>
      call("delete", (tenant): Effect.Effect<void, unknown> => {
        const row = find(key, tenant)
        if (row === undefined) return Effect.fail(new NotFound({ table: table.name }))
        const version = Number(row[table.version ?? ""])
        if (options?.version !== undefined && options.version !== version) {
          return Effect.fail(new VersionConflict({ table: table.name, current: version }))
        }
        if (table.softDelete === undefined) rows.splice(rows.indexOf(row), 1)
        else rows[rows.indexOf(row)] = { ...row, [table.softDelete]: Option.some(now()) }
        return Effect.void
      }),
    json: {
      find: (key: unknown, fields?: ReadonlyArray<string>) =>
        call("json.find", (tenant) => {
          const row = find(key, tenant)
          return Effect.sync(() => row === undefined ? Option.none() : Option.some(item(row, fields)))
        }),
      page: (options: {
        readonly where?: { readonly node: Node } | undefined
        readonly orderBy?: ReadonlyArray<string> | undefined
        readonly limit: number
        readonly offset?: number | undefined
        readonly after?: ReadonlyArray<string | null> | undefined
        readonly count: boolean
        readonly fields?: ReadonlyArray<string> | undefined
      }) =>
        call("json.page", (tenant) =>
          Effect.sync(() => {
            const order = [...options.orderBy ?? [], ...table.primaryKey.filter((p) => !options.orderBy?.includes(p))]
            const by = order.map((name) => ({ property: name.replace(/^-/, ""), sign: name.startsWith("-") ? -1 : 1 }))
            const all = rows
              .filter(isLive)
              .filter((row) => tenant === undefined || row[table.tenant ?? ""] === tenant)
              .filter((row) => options.where === undefined || matches(options.where.node, row))
              .sort((a, b) => by.reduce((r, { property, sign }) => r || sign * compare(a[property], b[property]), 0))
            const textOf = (row: Record_) =>
              by.map(({ property }) => {
                const value = plain(row[property])
                return value === null
                  ? null
                  : typeof value === "object" && value !== null && "epochMillis" in value
                  ? new Date(Number(value.epochMillis)).toISOString()
                  : String(value)
              })
            const { after } = options
            const start = after === undefined
              ? options.offset ?? 0
              : all.findIndex((row) => JSON.stringify(textOf(row)) === JSON.stringify(after)) + 1
            const rest = all.slice(start)
            const items = rest.slice(0, options.limit)
            const last = items.at(-1)
            return {
              items: items.map((row) => item(row, options.fields)),
              next: rest.length > items.length && last !== undefined ? textOf(last) : undefined,
              total: options.count ? all.length : undefined
            }
          })),
      create: (data: unknown) => Effect.map(create(data), (row) => item(row)),
      update: (key: unknown, patch: unknown, options?: { readonly version?: number }) =>
        Effect.map(update(key, patch, options), (row) => item(row)),
      print: (row: unknown) => item(row as Record_)
    }
  }
  // Only what Http uses is there.
  return { repository: repository as unknown as Repository<T>, rows, failures, calls }
}
