/**
 * A connection that is past authentication: one request at a time, quiet only at ReadyForQuery, and heard from birth to death.
 * `pg` made it and still parses what the server sends; everything else of it is gone by now.
 *
 * @since 0.1.0
 */
import type { EventEmitter } from "node:events"
import type { Duplex } from "node:stream"
import type { DatabaseError } from "../../../Database/DatabaseError.js"
import * as Errors from "./errors.js"
import * as Frontend from "./frontend.js"
import type { Known } from "./prepared.js"

/**
 * A column as the server describes it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field {
  readonly name: string
  readonly dataTypeID: number
}

/**
 * A row as it came.
 *
 * @since 0.1.0
 * @category models
 */
export type Row = Array<string | null>

/**
 * Who is answered by the server at the moment. `onReady` or `onLost` is called once and last; an `onReady` that goes on (a
 * cursor, a second attempt) stays the wire's `current`.
 *
 * @since 0.1.0
 * @category models
 */
export abstract class Request {
  /** Whether the server works on it now; a cursor between two chunks waits. */
  abstract get running(): boolean
  abstract onReady(report: Errors.Report | undefined): void
  abstract onLost(phase: "statement" | "cancel", cause: unknown): void
  onParsed(): void {}
  onBound(): void {}
  onDescribed(_fields: ReadonlyArray<Field>): void {}
  onRow(_row: Row): void {}
  onComplete(_tag: string): void {}
  onSuspended(): void {}
  /** An ErrorResponse; where no Sync was sent, the server waits for one. */
  onFailed(): void {}
  onCopyIn(): void {}
  onCopyOut(): void {}
}

/**
 * A cancel that is under way.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cancelling {
  /** The request has been answered. */
  readonly onQuiet: () => void
  readonly onLost: () => void
  /** Whether a CancelRequest has reached the server. */
  readonly sent: () => boolean
  readonly join: (done: (clean: boolean) => void) => void
}

/**
 * Calls what is not ours. A throw is a defect of the callee and is reported as such, not to the middle of a parser.
 *
 * @since 0.1.0
 * @category callbacks
 */
export const call = <A>(callback: (value: A) => void, value: A): void => {
  try {
    callback(value)
  } catch (defect) {
    process.nextTick(() => {
      throw defect
    })
  }
}

/**
 * One connection.
 *
 * @since 0.1.0
 * @category models
 */
export class Wire {
  status: "idle" | "open" | "failed" = "idle"
  dead = false
  current: Request | undefined = undefined
  cancelling: Cancelling | undefined = undefined
  /** A statement that came while a cancel was being confirmed. */
  waiting: (() => void) | undefined = undefined
  /** Prepared statements by name. */
  readonly known = new Map<string, Known>()
  private report: Errors.Report | undefined = undefined
  private death: DatabaseError | undefined = undefined
  private listener: ((error: DatabaseError) => void) | undefined = undefined
  /** Whoever listens for NOTIFY. */
  notified: ((notification: { readonly channel: string; readonly payload: string }) => void) | undefined = undefined

  /** `connection` emits what `pg` has parsed, under `pg`'s names. */
  constructor(connection: EventEmitter, readonly socket: Duplex) {
    connection.removeAllListeners()
    connection.on("dataRow", (message: { readonly fields: Row }) => this.current?.onRow(message.fields))
    connection.on("bindComplete", () => this.current?.onBound())
    connection.on("parseComplete", () => this.current?.onParsed())
    connection.on(
      "rowDescription",
      (message: { readonly fields: ReadonlyArray<Field> }) => this.current?.onDescribed(message.fields)
    )
    connection.on("noData", () => this.current?.onDescribed([]))
    connection.on("commandComplete", (message: { readonly text: string }) => this.current?.onComplete(message.text))
    connection.on("emptyQuery", () => this.current?.onComplete(""))
    connection.on("portalSuspended", () => this.current?.onSuspended())
    connection.on("copyInResponse", () => this.current?.onCopyIn())
    connection.on("copyOutResponse", () => this.current?.onCopyOut())
    connection.on("errorMessage", (report: Errors.Report) => this.failed(report))
    connection.on("readyForQuery", (message: { readonly status: string }) => this.ready(message.status))
    connection.on("notification", (message: { readonly channel: string; readonly payload: string }) => {
      if (this.notified !== undefined) call(this.notified, message)
    })
    connection.on("error", (error: unknown) => this.die(error))
    connection.on("end", () => this.die(undefined))
    // The server's goodbye: what we still had to say would keep the socket open.
    socket.once("end", () => this.die(undefined))
  }

  write(batch: Uint8Array): void {
    this.socket.write(batch)
  }

  /** Ends the turn of a request, before its callback is called. */
  release(): void {
    this.current = undefined
  }

  /** After a request's callback: whoever cancels wants to know. */
  settled(): void {
    this.cancelling?.onQuiet()
  }

  onDeath(listener: (error: DatabaseError) => void): void {
    if (this.death !== undefined) return call(listener, this.death)
    this.listener = listener
  }

  /** The server or the network ended it. */
  die(error: unknown): void {
    if (this.dead) return
    const original = this.report ?? error
    this.end("statement", original)
    const death = Errors.connectionError("statement", "lost", original)
    if (this.listener === undefined) this.death = death
    else call(this.listener, death)
  }

  /** We end it; nobody is told but the running statement. */
  destroy(phase: "statement" | "cancel"): void {
    if (!this.dead) this.end(phase, this.report)
  }

  private end(phase: "statement" | "cancel", original: unknown): void {
    this.dead = true
    this.socket.destroy()
    const { cancelling, current, waiting } = this
    this.current = undefined
    this.waiting = undefined
    current?.onLost(phase, original)
    cancelling?.onLost()
    // It finds the session dead and says so.
    waiting?.()
  }

  /** Says goodbye and waits for the server to hang up, for so many milliseconds at most. */
  close(withinMs: number, done: () => void): void {
    if (this.dead || this.current !== undefined || this.cancelling !== undefined) {
      this.destroy("statement")
      return call(done, undefined)
    }
    this.dead = true
    const timer = setTimeout(() => this.socket.destroy(), withinMs)
    this.socket.once("close", () => {
      clearTimeout(timer)
      call(done, undefined)
    })
    Frontend.begin()
    Frontend.terminate()
    this.socket.end(Frontend.take())
  }

  private failed(report: Errors.Report): void {
    // The first report counts; without a code it is the parser's, about something that is not the protocol.
    this.report ??= report
    if (this.current === undefined || report.code === undefined) return this.die(report)
    this.current.onFailed()
  }

  private ready(status: string): void {
    this.status = status === "I" ? "idle" : status === "T" ? "open" : "failed"
    const { current, report } = this
    this.report = undefined
    current?.onReady(report)
  }
}

/**
 * An empty statement, as a sign of life and as a barrier after a cancel.
 *
 * @since 0.1.0
 * @category requests
 */
export class Ping extends Request {
  constructor(private readonly wire: Wire, private readonly done: (alive: boolean) => void) {
    super()
  }

  get running(): boolean {
    return true
  }

  send(): void {
    this.wire.current = this
    Frontend.begin()
    Frontend.query("")
    this.wire.write(Frontend.take())
  }

  override onReady(report: Errors.Report | undefined): void {
    this.wire.release()
    call(this.done, report === undefined)
    this.wire.settled()
  }

  override onLost(): void {
    call(this.done, false)
  }
}
