/**
 * What callers want written, from data to canonical values: validated once, nothing dropped in silence, the table's roles filled in.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Check from "../Database/codec/Check.js"
import * as Field from "../Database/codec/Field.js"
import { Mismatch } from "../Database/codec/Mismatch.js"
import * as Shape from "../Database/codec/Shape.js"
import type { Column } from "../Database/Column.js"
import * as Issue from "../Database/Issue.js"
import { type InputIssue, InvalidInput } from "../Database/RepositoryError.js"
import type { TableAny } from "../Database/TableMetadata.js"

/**
 * Canonical values in the order of the table's columns: `undefined` is absent, `null` is NULL.
 *
 * @since 0.1.0
 * @category models
 */
export type Values = ReadonlyArray<unknown>

/**
 * What a write knows beside its data.
 *
 * @since 0.1.0
 * @category models
 */
export interface Circumstances {
  /** Canonical. */
  readonly now: string
  /** The tenant's canonical value; undefined for tables without one, and for `System`, whose data must say the tenant. */
  readonly tenant: unknown
  /** Makes a key, for tables whose keys the application makes. */
  readonly key: () => string
}

/**
 * The inputs of one table.
 *
 * @since 0.1.0
 * @category models
 */
export interface Input {
  readonly create: (data: object, circumstances: Circumstances) => Values | InvalidInput
  /** Undefined for a patch that changes nothing. */
  readonly update: (data: object, circumstances: Circumstances) => Values | InvalidInput | undefined
}

/** Issues of one input at most. */
const maxIssues = 20

type Write = (value: unknown, issues: Array<InputIssue>) => unknown

interface Variant {
  readonly column: Column
  readonly write: Write
  readonly required: boolean
  readonly byDefault: (() => unknown) | undefined
  /** Filled with the current time when absent, as `Model.DateTimeInsert` and its relatives are. */
  readonly now: boolean
}

type StructField = Schema.Struct.Fields[string]

interface Signature {
  /** Of the values that callers give. */
  readonly ast: AST.AST | undefined
  readonly optional: boolean
  readonly byDefault: (() => unknown) | undefined
}

const signatureOf = (field: StructField): Signature => {
  const { ast } = field
  if (ast._tag === "PropertySignatureDeclaration") {
    return { ast: ast.type, optional: ast.isOptional, byDefault: ast.defaultValue }
  }
  if (ast._tag === "PropertySignatureTransformation") {
    return { ast: undefined, optional: ast.to.isOptional, byDefault: ast.to.defaultValue }
  }
  return { ast, optional: false, byDefault: undefined }
}

/** `Model`'s overrideable fields have an undefined default, in whose place their Schema puts the value when it encodes. */
const isOverrideable = ({ ast, byDefault }: Signature): boolean =>
  byDefault !== undefined && ast !== undefined && Shape.of(AST.typeAST(ast)).nullability === "undefined"

const isTime = (column: Column): boolean => column.kind === "timestamp" || column.kind === "date"

const variantOf = (column: Column, field: StructField): Variant => {
  const signature = signatureOf(field)
  const overrideable = isOverrideable(signature)
  const own = Field.ofColumn(column)
  const ast = signature.ast === undefined || overrideable ? column.schema.ast : signature.ast
  const codec = ast === column.schema.ast ? own : Field.make(column.kind, ast) ?? own
  const generated =
    overrideable && !isTime(column) && signature.ast !== undefined && signature.byDefault?.() === undefined
      ? Field.make(column.kind, signature.ast)
      : undefined
  return {
    column,
    write: writer(column, codec, ast),
    required: !signature.optional && signature.byDefault === undefined,
    byDefault: generated === undefined
      ? signature.byDefault
      // Its Schema makes the canonical value; decoded again, it goes the way of all values.
      : () => own.decode(generated.encode(undefined)),
    now: overrideable && isTime(column)
  }
}

const characters = (text: string): number => {
  let count = 0
  for (const _ of text) count++
  return count
}

/**
 * A decimal with exactly the digits after the point that its column keeps, so that all engines keep and answer the same:
 * PostgreSQL rounds what it cannot keep, SQLite keeps the text as it comes.
 */
const fitted = ({ precision, scale = 0 }: Column["options"]): ((canonical: string) => string) | undefined => {
  if (precision === undefined) return undefined
  const digits = (count: number) => `must have at most ${count} ${count === 1 ? "digit" : "digits"}`
  return (canonical) => {
    const [whole = "", fraction = ""] = canonical.split(".")
    let end = fraction.length
    while (end > 0 && fraction[end - 1] === "0") end--
    if (end > scale) throw new Mismatch({ code: "invalid_value", detail: `${digits(scale)} after the point` })
    if (whole.replace(/^-?0*/, "").length > precision - scale) {
      throw new Mismatch({ code: "too_large", detail: `${digits(precision - scale)} before the point` })
    }
    return scale === 0 ? whole : `${whole}.${fraction.slice(0, end).padEnd(scale, "0")}`
  }
}

/** From a value that was given to the canonical one; what is wrong goes to the issues. */
const writer = (column: Column, codec: Field.Field, ast: AST.AST): Write => {
  const inner = AST.typeAST(Shape.of(ast).inner)
  const check = Check.make(inner)
  const validate = ParseResult.validateEither(Schema.make<unknown>(inner), {
    errors: "all",
    onExcessProperty: "error"
  })
  const { property } = column
  const limit = column.kind === "text" ? column.options.length : undefined
  const fit = column.kind === "decimal" ? fitted(column.options) : undefined
  const nullable = codec.nullability !== "never"
  return (value, issues) => {
    let given = value
    if (nullable) {
      if (value === null) return null
      if (Option.isOption(value)) {
        if (Option.isNone(value)) return null
        given = value.value
      }
    } else if (value === null) {
      issues.push(Issue.make([property], Issue.faults.notNull))
      return undefined
    }
    if (!check(given)) {
      const result = validate(given)
      if (result._tag === "Left") {
        for (const issue of Issue.fromParseError(result.left, maxIssues)) {
          issues.push({ ...issue, path: [property, ...issue.path] })
        }
        return undefined
      }
    }
    try {
      const canonical = codec.encode(given)
      if (
        limit !== undefined && typeof canonical === "string" && canonical.length > limit &&
        characters(canonical) > limit
      ) {
        issues.push(Issue.make([property], Issue.length("too_long", limit, "character")))
      }
      // The canonical form of a decimal is its digits.
      return fit === undefined ? canonical : fit(canonical as string)
    } catch (error) {
      // A Schema's own encode may throw anything.
      issues.push(Issue.make([property], error instanceof Mismatch ? error.fault : Issue.faults.wrongValue))
      return undefined
    }
  }
}

const own = (data: object, property: string): unknown =>
  // Only own properties are data: nobody means Object.prototype's.
  Object.hasOwn(data, property) ? (data as Record<string, unknown>)[property] : undefined

const isObject = (data: unknown): data is object => typeof data === "object" && data !== null && !Array.isArray(data)

/** Whose value this is, where it is not the caller's. */
type Role = "key" | "tenant" | "created" | "updated" | "version" | "softDelete" | undefined

const roleOf = (table: TableAny, { property }: Column): Role =>
  property === table.tenant
    ? "tenant"
    : property === table.createdAt
    ? "created"
    : property === table.updatedAt
    ? "updated"
    : property === table.version
    ? "version"
    : property === table.softDelete
    ? "softDelete"
    : table.primaryKey.includes(property)
    ? "key"
    : undefined

/**
 * Compiles the inputs of a table.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (table: TableAny): Input => {
  const invalid = (issues: ReadonlyArray<InputIssue>): InvalidInput =>
    new InvalidInput({ table: table.name, issues: issues.slice(0, maxIssues) })
  const notAnObject = (): InvalidInput => invalid([Issue.make([], Issue.faults.object)])

  const roles = table.columns.map((column) => roleOf(table, column))
  const inserted = table.columns.map((column) => {
    const field = table.model.insert.fields[column.property]
    return field === undefined ? undefined : variantOf(column, field)
  })
  const updated = table.columns.map((column, index) => {
    const field = table.model.update.fields[column.property]
    return field === undefined || roles[index] !== undefined || column.options.immutable === true
      ? undefined
      : variantOf(column, field)
  })
  const indexOf = new Map(table.columns.map(({ property }, index) => [property, index]))
  const tenantIndex = table.tenant === undefined ? -1 : indexOf.get(table.tenant)!
  const tenantColumn = table.columns[tenantIndex]
  const writeTenant = tenantColumn === undefined
    ? undefined
    : writer(tenantColumn, Field.ofColumn(tenantColumn), tenantColumn.schema.ast)

  /** What a row has where nobody gave a value; undefined for nothing. */
  const initial = (index: number, { key, now }: Circumstances): unknown => {
    switch (roles[index]) {
      case "created":
      case "updated":
        return now
      case "version":
        return 1
      case "softDelete":
        return table.columns[index]!.kind === "boolean" ? false : null
      case "key":
        return table.keyGenerator === "uuid-v7" ? key() : undefined
      default:
        return undefined
    }
  }

  const time = (column: Column, now: string): string => (column.kind === "date" ? now.slice(0, 10) : now)

  const tenantOf = (data: object, { tenant }: Circumstances, issues: Array<InputIssue>): unknown => {
    const given = own(data, table.tenant!)
    if (given === undefined) {
      if (tenant === undefined) issues.push(Issue.make([table.tenant!], Issue.faults.required))
      return tenant
    }
    const canonical = writeTenant!(given, issues)
    if (tenant !== undefined && canonical !== tenant) issues.push(Issue.make([table.tenant!], Issue.faults.readOnly))
    return canonical
  }

  const create = (data: object, circumstances: Circumstances): Values | InvalidInput => {
    if (!isObject(data)) return notAnObject()
    const issues: Array<InputIssue> = []
    for (const key of Object.keys(data)) {
      const index = indexOf.get(key)
      if (index === undefined) issues.push(Issue.make([key], Issue.faults.unknownField))
      else if (inserted[index] === undefined && index !== tenantIndex) {
        issues.push(Issue.make([key], Issue.faults.readOnly))
      }
    }
    const values = table.columns.map((column, index) => {
      if (index === tenantIndex) return tenantOf(data, circumstances, issues)
      const variant = inserted[index]
      if (variant !== undefined) {
        const given = own(data, column.property)
        if (given !== undefined) return variant.write(given, issues)
      }
      const start = initial(index, circumstances)
      if (start !== undefined) return start
      if (variant === undefined) return undefined
      const standard = variant.byDefault?.()
      if (standard !== undefined) return variant.write(standard, issues)
      if (variant.now) return time(column, circumstances.now)
      if (variant.required) issues.push(Issue.make([column.property], Issue.faults.required))
      return undefined
    })
    return issues.length === 0 ? values : invalid(issues)
  }

  const update = (data: object, circumstances: Circumstances): Values | InvalidInput | undefined => {
    if (!isObject(data)) return notAnObject()
    const issues: Array<InputIssue> = []
    for (const key of Object.keys(data)) {
      const index = indexOf.get(key)
      if (index === undefined) issues.push(Issue.make([key], Issue.faults.unknownField))
      else if (index === tenantIndex && own(data, key) !== undefined) {
        const canonical = writeTenant!(own(data, key), issues)
        if (canonical !== circumstances.tenant) issues.push(Issue.make([key], Issue.faults.readOnly))
      }
    }
    let changes = false
    const values = table.columns.map((column, index) => {
      const variant = updated[index]
      if (variant === undefined) return undefined
      const given = own(data, column.property)
      if (given === undefined) return undefined
      changes = true
      return variant.write(given, issues)
    })
    if (issues.length > 0) return invalid(issues)
    if (!changes) return undefined
    return values.map((value, index) =>
      value === undefined && (roles[index] === "updated" || updated[index]?.now === true)
        ? time(table.columns[index]!, circumstances.now)
        : value
    )
  }

  return { create, update }
}
