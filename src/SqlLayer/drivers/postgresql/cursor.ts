/**
 * Rows in chunks through a portal: Execute with a row limit, no Sync before the end, so that it works inside a transaction and
 * outside, and neither side holds more than a chunk. The first chunk travels with the opening.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import type * as DatabaseError from "../../../Database/DatabaseError.js"
import type { Cursor, Done } from "../../Driver.js"
import type { Statement } from "../../Statement.js"
import * as Errors from "./errors.js"
import * as Frontend from "./frontend.js"
import type { Wire as Parameter } from "./parameter.js"
import type { Description } from "./prepared.js"
import { decode, describe, noCopy, type Parsers, unwritable } from "./statement.js"
import { call, type Field, Request, type Row, type Wire } from "./wire.js"

type Chunk<A> = Exit.Exit<ReadonlyArray<A>, DatabaseError.DatabaseError>

/**
 * The cursor's side of the protocol.
 *
 * - `executing`: a chunk is under way;
 * - `suspended`: the server waits for the next Execute;
 * - `ending`: Sync was sent, ReadyForQuery will come;
 * - `ended`: nothing is open on the server any more, yet the session is ours until `close`;
 * - `closed`: the session is free, or gone.
 *
 * @since 0.1.0
 * @category requests
 */
export class CursorRequest<A> extends Request {
  private state: "executing" | "suspended" | "ending" | "ended" | "closed" = "executing"
  private rows: Array<Row> = []
  private description: Description = { names: [], types: [] }
  /** The chunk that came with the opening. */
  private ahead: Chunk<A> | undefined = undefined
  private failure: DatabaseError.DatabaseError | undefined = undefined
  private waiting: ((chunk: Chunk<A>) => void) | undefined
  private closing: Array<() => void> | undefined = undefined

  constructor(
    private readonly wire: Wire,
    private readonly parsers: Parsers,
    private readonly statement: Statement<ReadonlyArray<A>>,
    private readonly parameters: ReadonlyArray<Parameter>,
    private readonly size: number,
    done: Done<Cursor<A>>
  ) {
    super()
    this.waiting = (chunk) => {
      if (Exit.isFailure(chunk)) {
        this.free()
        return call(done, Exit.fail(failureOf(chunk)))
      }
      this.ahead = chunk
      call(
        done,
        Exit.succeed({ next: (_deadlineAt, answer) => this.next(answer), close: (closed) => this.close(closed) })
      )
    }
  }

  get running(): boolean {
    return this.state === "executing" || this.state === "ending"
  }

  /** Answers at once when the statement cannot be written. */
  send(): void {
    this.wire.current = this
    try {
      Frontend.begin()
      Frontend.parse("", this.statement.sql)
      Frontend.bind(Frontend.unnamed, this.parameters)
      Frontend.describe()
      Frontend.execute(this.size)
      Frontend.flush()
      this.wire.write(Frontend.take())
    } catch (error) {
      this.answer(Exit.fail(unwritable(error)))
    }
  }

  private next(done: Done<ReadonlyArray<A>>): void {
    const { ahead } = this
    this.ahead = undefined
    if (this.waiting !== undefined) return call(done, Exit.fail(busy()))
    if (ahead !== undefined) return call(done, ahead)
    if (this.failure !== undefined) return call(done, Exit.fail(this.failure))
    if (this.state !== "suspended") return call(done, Exit.succeed([]))
    this.waiting = done
    this.state = "executing"
    Frontend.begin()
    Frontend.execute(this.size)
    Frontend.flush()
    this.wire.write(Frontend.take())
  }

  private close(done: () => void): void {
    if (this.state === "closed") return call(done, undefined)
    if (this.state === "ended") {
      this.free()
      return call(done, undefined)
    }
    if (this.closing === undefined) this.closing = [done]
    else this.closing.push(done)
    if (this.state === "suspended") this.end(true)
  }

  /** Ends the extended query: outside a transaction, this is where what was written is committed. */
  private end(closePortal: boolean): void {
    this.state = "ending"
    Frontend.begin()
    if (closePortal) Frontend.closePortal()
    Frontend.sync()
    this.wire.write(Frontend.take())
  }

  private free(): void {
    this.state = "closed"
    if (this.wire.current === this) this.wire.release()
  }

  private take(): Chunk<A> {
    const { names, types } = this.description
    const { rows } = this
    this.rows = []
    return decode(
      this.statement,
      { rows, affected: rows.length, fields: names, command: "SELECT" },
      types,
      this.parsers
    )
  }

  private answer(chunk: Chunk<A>): void {
    const { waiting } = this
    this.waiting = undefined
    if (waiting !== undefined) call(waiting, chunk)
  }

  override onDescribed(fields: ReadonlyArray<Field>): void {
    this.description = describe(fields)
  }

  override onRow(row: Row): void {
    this.rows.push(row)
  }

  override onSuspended(): void {
    this.state = "suspended"
    const chunk = this.take()
    // Nobody has been told of the cursor yet, so nobody would close it.
    if (Exit.isFailure(chunk)) {
      this.failure = failureOf(chunk)
      return this.end(true)
    }
    this.answer(chunk)
    this.wire.settled()
    if (this.closing !== undefined && this.isSuspended()) this.end(true)
  }

  /** Apart, because a callback may have changed the state behind the compiler's back. */
  private isSuspended(): boolean {
    return this.state === "suspended"
  }

  override onComplete(): void {
    this.end(false)
  }

  override onFailed(): void {
    // After a Sync the server goes on by itself.
    if (this.state !== "ending") this.end(false)
  }

  override onCopyIn(): void {
    this.failure = noCopy("in")
    Frontend.begin()
    Frontend.copyFail("not asked for")
    this.wire.write(Frontend.take())
  }

  override onCopyOut(): void {
    this.failure = noCopy("out")
  }

  override onReady(report: Errors.Report | undefined): void {
    this.state = "ended"
    if (report !== undefined) {
      this.failure ??= Errors.classify(report, {
        phase: "statement",
        cancelled: this.wire.cancelling?.sent() === true
      })
    }
    const { closing } = this
    if (this.failure !== undefined) this.answer(Exit.fail(this.failure))
    else if (this.waiting !== undefined) this.answer(this.take())
    if (closing !== undefined) {
      this.free()
      for (const done of closing) call(done, undefined)
    }
    this.wire.settled()
  }

  override onLost(phase: "statement" | "cancel", original: unknown): void {
    this.state = "closed"
    const outcome = this.statement.access === "write" ? "unknown" : "none"
    const failure = Errors.connectionError(phase, "lost", original, outcome)
    this.failure = failure
    this.answer(Exit.fail(failure))
    for (const done of this.closing ?? []) call(done, undefined)
  }
}

/** Why a chunk failed: `decode` fails and never dies. */
const failureOf = <A>(
  chunk: Exit.Failure<ReadonlyArray<A>, DatabaseError.DatabaseError>
): DatabaseError.DatabaseError => chunk.cause._tag === "Fail" ? chunk.cause.error : unwritable(chunk.cause)

/**
 * A second request before the first was answered: against the contract of `Session`.
 *
 * @since 0.1.0
 * @category errors
 */
export const busy = (): DatabaseError.DatabaseError =>
  Errors.connectionError("statement", "protocol", new Error("the session is busy"))
