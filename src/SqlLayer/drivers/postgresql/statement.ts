/**
 * One statement on its way: sent in one write, answered once, at ReadyForQuery. The hot path of the library: no Effect, no
 * promise, and nothing asked of the server twice.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import * as DatabaseError from "../../../Database/DatabaseError.js"
import { DriverFailure } from "../../../Database/DriverFailure.js"
import type { Done } from "../../Driver.js"
import type { Result, Statement } from "../../Statement.js"
import * as Errors from "./errors.js"
import * as Frontend from "./frontend.js"
import * as Parameter from "./parameter.js"
import type { Description, Prepared } from "./prepared.js"
import * as PreparedStatement from "./prepared.js"
import { call, type Field, Request, type Row, type Wire } from "./wire.js"

/**
 * How `pg` parses a column of handwritten SQL: by the OID of its type.
 *
 * @since 0.1.0
 * @category models
 */
export type Parsers = (type: number) => (text: string) => unknown

/** Prepared statements a session keeps at most; later texts run unnamed. */
const maxPrepared = 256

const nothing: Description = { names: [], types: [] }

/**
 * The columns the server described.
 *
 * @since 0.1.0
 * @category conversions
 */
export const describe = (fields: ReadonlyArray<Field>): Description => ({
  names: fields.map((field) => field.name),
  types: fields.map((field) => field.dataTypeID)
})

/** Parses rows in place, NULL apart. May throw what a parser throws. */
const parseRows = (
  rows: ReadonlyArray<Array<unknown>>,
  types: ReadonlyArray<number>,
  parsers: Parsers
): void => {
  const functions = types.map(parsers)
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) {
      const text = row[i]
      const parser = functions[i]
      // What a row holds before it is parsed is text.
      if (text !== null && parser !== undefined) row[i] = parser(text as string)
    }
  }
}

/**
 * Parses and decodes; what throws is a `DataError`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = <A, E>(
  statement: Statement<A, E>,
  result: Result,
  types: ReadonlyArray<number>,
  parsers: Parsers
): Exit.Exit<A, E | DatabaseError.DatabaseError> => {
  try {
    // Rows are our own arrays; nobody else has seen them yet.
    if (statement.rows === "typed") parseRows(result.rows as ReadonlyArray<Array<unknown>>, types, parsers)
    return statement.decode(result)
  } catch (error) {
    return Exit.fail(
      DatabaseError.isDatabaseError(error)
        ? error
        : new DatabaseError.DataError({
          reason: "undecodable",
          cause: new DriverFailure("the decoder", undefined, error)
        })
    )
  }
}

/**
 * Why a statement could not be written down; nothing was sent.
 *
 * @since 0.1.0
 * @category conversions
 */
export const unwritable = (error: unknown): DatabaseError.DatabaseError =>
  new DatabaseError.DataError({
    reason: error instanceof Frontend.TooLarge ? "too_long" : "invalid_form",
    cause: new DriverFailure("the encoder", undefined, error)
  })

const tooManyParameters = (): DatabaseError.DatabaseError =>
  new DatabaseError.CapabilityMissing({
    capability: "more than 65535 parameters in one statement",
    dialect: "postgresql",
    hint: "split it, or pass arrays"
  })

/**
 * The parameters, or why they cannot be sent.
 *
 * @since 0.1.0
 * @category conversions
 */
export const serialise = (
  parameters: ReadonlyArray<unknown>
): ReadonlyArray<Parameter.Wire> | DatabaseError.DatabaseError => {
  if (parameters.length > 65_535) return tooManyParameters()
  try {
    return Parameter.serialise(parameters)
  } catch (error) {
    return unwritable(error)
  }
}

/**
 * COPY needs a stream of its own.
 *
 * @since 0.1.0
 * @category errors
 */
export const noCopy = (direction: "in" | "out" | undefined): DatabaseError.DatabaseError =>
  new DatabaseError.CapabilityMissing({
    capability: `COPY ${direction === "in" ? "FROM STDIN" : "TO STDOUT"} as a statement`,
    dialect: "postgresql"
  })

/** Rows that were touched, from a tag such as `INSERT 0 3`, `SELECT 1`, `CREATE TABLE`. */
const affectedOf = (tag: string): number => {
  let value = 0
  let factor = 1
  for (let i = tag.length - 1; i >= 0; i--) {
    const digit = tag.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) break
    value += digit * factor
    factor *= 10
  }
  return value
}

const commandOf = (tag: string): string => {
  const space = tag.indexOf(" ")
  return space === -1 ? tag : tag.slice(0, space)
}

/**
 * One statement. The text may hold several when it has no parameters and is not prepared: the last one's result is answered.
 *
 * @since 0.1.0
 * @category requests
 */
export class StatementRequest<A, E> extends Request {
  private rows: Array<Row> = []
  private description: Description | undefined = undefined
  private tag = ""
  /** A result is being received: the next tag belongs to these rows. */
  private receiving = true
  private prepared: Prepared | undefined = undefined
  /** The name was prepared by an earlier statement. */
  private reused = false
  private bound = false
  private resent = false
  private copy: "in" | "out" | undefined = undefined
  /** Whether the batch ends in a Sync. */
  private synced = true

  constructor(
    private readonly wire: Wire,
    private readonly parsers: Parsers,
    private readonly statement: Statement<A, E>,
    private readonly parameters: ReadonlyArray<Parameter.Wire>,
    private readonly done: Done<A, E | DatabaseError.DatabaseError>
  ) {
    super()
  }

  get running(): boolean {
    return true
  }

  /** Answers at once when the statement cannot be written. */
  send(): void {
    const { statement, wire } = this
    try {
      Frontend.begin()
      if (statement.prepare) this.writePrepared()
      else if (this.parameters.length === 0) this.writeSimple()
      else this.writeUnnamed()
    } catch (error) {
      return call(this.done, Exit.fail(unwritable(error)))
    }
    wire.current = this
    wire.write(Frontend.take())
  }

  private writeSimple(): void {
    this.synced = false
    Frontend.query(this.statement.sql)
  }

  private writePrepared(): void {
    const prepared = PreparedStatement.of(this.statement)
    const known = this.wire.known.get(prepared.name)
    if (known === undefined) {
      if (this.wire.known.size >= maxPrepared) return this.writeUnnamed()
      Frontend.parse(prepared.name, this.statement.sql)
    } else if (known.stale) {
      Frontend.closeStatement(prepared.name)
      Frontend.parse(prepared.name, this.statement.sql)
    }
    this.prepared = prepared
    this.reused = known !== undefined && !known.stale
    Frontend.bind(prepared.target, this.parameters)
    if (known?.description === undefined) Frontend.describe()
    else this.description = known.description
    Frontend.execute(0)
    Frontend.sync()
  }

  private writeUnnamed(): void {
    Frontend.parse("", this.statement.sql)
    Frontend.bind(Frontend.unnamed, this.parameters)
    Frontend.describe()
    Frontend.execute(0)
    Frontend.sync()
  }

  override onParsed(): void {
    if (this.prepared !== undefined) {
      this.wire.known.set(this.prepared.name, { description: undefined, stale: false })
    }
  }

  override onBound(): void {
    this.bound = true
  }

  override onDescribed(fields: ReadonlyArray<Field>): void {
    const description = fields.length === 0 ? nothing : describe(fields)
    this.description = description
    this.rows = []
    this.receiving = true
    if (this.prepared !== undefined) {
      const known = this.wire.known.get(this.prepared.name)
      if (known !== undefined) known.description = description
    }
  }

  override onRow(row: Row): void {
    this.rows.push(row)
  }

  override onComplete(tag: string): void {
    if (!this.receiving) {
      this.rows = []
      this.description = nothing
    }
    this.receiving = false
    this.tag = tag
  }

  override onCopyIn(): void {
    this.copy = "in"
    Frontend.begin()
    Frontend.copyFail("not asked for")
    // The Sync we have sent was read as part of the copy.
    if (this.synced) Frontend.sync()
    this.wire.write(Frontend.take())
  }

  override onCopyOut(): void {
    this.copy = "out"
  }

  override onReady(report: Errors.Report | undefined): void {
    const { wire } = this
    const planLost = report !== undefined && this.isPlanLost(report)
    if (planLost && this.resend()) return
    wire.release()
    call(
      this.done,
      report === undefined && this.copy === undefined ? this.answer() : Exit.fail(this.failure(report, planLost))
    )
    wire.settled()
  }

  private answer(): Exit.Exit<A, E | DatabaseError.DatabaseError> {
    const { names, types } = this.description ?? nothing
    const result: Result = {
      rows: this.rows,
      affected: affectedOf(this.tag),
      fields: names,
      command: commandOf(this.tag)
    }
    return decode(this.statement, result, types, this.parsers)
  }

  private failure(report: Errors.Report | undefined, planLost: boolean): DatabaseError.DatabaseError {
    if (report === undefined || this.copy !== undefined) {
      return noCopy(this.copy)
    }
    if (planLost && report.code === "0A000") {
      // Inside a transaction, which has failed with it: run again, it finds the statement prepared anew.
      return new DatabaseError.SerializationError({ cause: Errors.seal(report) })
    }
    return Errors.classify(report, {
      phase: "statement",
      cancelled: this.wire.cancelling?.sent() === true
    })
  }

  /** The server's copy of a prepared statement is missing, unexpected or outdated, and nothing was executed. */
  private isPlanLost({ code }: Errors.Report): boolean {
    if (this.prepared === undefined || this.bound) return false
    return code === "42P05" || (this.reused && (code === "0A000" || code === "26000"))
  }

  private resend(): boolean {
    const { prepared, wire } = this
    if (prepared === undefined || this.resent) return false
    wire.known.set(prepared.name, { description: undefined, stale: true })
    if (wire.status !== "idle" || wire.cancelling !== undefined) return false
    this.resent = true
    this.send()
    return true
  }

  override onLost(phase: "statement" | "cancel", original: unknown): void {
    const outcome = this.statement.access === "write" ? "unknown" : "none"
    call(this.done, Exit.fail(Errors.connectionError(phase, "lost", original, outcome)))
  }
}
