/**
 * A scripted server: sessions connect, answer, die and confirm cancels when the test says so, or at once. It keeps its own count
 * of what is open, as `pg_stat_activity` would, and notices when a session is used that nobody may use.
 */
import * as Exit from "effect/Exit"
import * as DatabaseError from "../../src/Database/DatabaseError.js"
import type { Done, Session } from "../../src/SqlLayer/Driver.js"

export const refused = () => new DatabaseError.ConnectionError({ phase: "connect", reason: "refused", outcome: "none" })
export const tooMany = () =>
  new DatabaseError.ConnectionError({ phase: "connect", reason: "too_many", outcome: "none" })
export const lost = () => new DatabaseError.ConnectionError({ phase: "statement", reason: "lost", outcome: "none" })

export interface Script {
  /** What a new attempt meets; `hang`: `attempts` decides later. */
  connect: "accept" | "hang" | DatabaseError.DatabaseError
  /** What a validation meets; `hang`: `session.answerValidation` decides later. */
  validate: "alive" | "dead" | "hang"
  /** What a cancel meets; `hang`: `session.confirmCancel` decides later. */
  cancel: "clean" | "unconfirmed" | "hang"
  /** Whether a goodbye is heard at once. */
  close: "at once" | "hang"
  /** `deaf`: a driver that goes on connecting when it is told to give up. */
  abort: "heard" | "deaf"
}

export class FakeAttempt {
  pending = true
  constructor(readonly server: FakeServer, readonly deadlineAt: number, readonly done: Done<Session>) {}

  accept(): FakeSession {
    const session = new FakeSession(this.server)
    this.#settle(Exit.succeed(session))
    return session
  }

  fail(error: DatabaseError.DatabaseError): void {
    this.#settle(Exit.fail(error))
  }

  readonly abort = (): void => {
    if (!this.pending) return
    if (this.server.script.abort === "deaf") this.#leave()
    else this.fail(lost())
  }

  #settle(exit: Exit.Exit<FakeSession, DatabaseError.DatabaseError>): void {
    this.pending = false
    this.#leave()
    if (Exit.isSuccess(exit)) this.server.sessions.add(exit.value)
    this.done(exit)
  }

  #leave(): void {
    const { attempts } = this.server
    if (attempts.includes(this)) attempts.splice(attempts.indexOf(this), 1)
  }
}

export class FakeSession implements Session {
  readonly id: number
  status: "idle" | "open" | "failed" = "idle"
  validations = 0
  cancels = 0
  ended: "closed" | "destroyed" | "lost" | undefined
  #listener: ((error: DatabaseError.DatabaseError) => void) | undefined
  #validation: ((alive: boolean) => void) | undefined
  #cancel: ((clean: boolean) => void) | undefined
  #goodbye: (() => void) | undefined

  constructor(readonly server: FakeServer) {
    this.id = ++server.opened
  }

  readonly submit = (): never => {
    throw new Error("the pool runs no statement")
  }
  readonly cursor = (): never => {
    throw new Error("the pool runs no statement")
  }
  readonly transactionStatus = () => this.status
  readonly closed = () => this.ended !== undefined

  readonly onClose = (listener: (error: DatabaseError.DatabaseError) => void): void => {
    this.#listener = listener
  }

  readonly validate = (done: (alive: boolean) => void): void => {
    this.#used("validated")
    this.validations++
    this.#validation = done
    if (this.server.script.validate !== "hang") this.answerValidation(this.server.script.validate === "alive")
  }

  readonly cancel = (_graceMs: number, done: (clean: boolean) => void): void => {
    this.#used("cancelled")
    this.cancels++
    this.#cancel = done
    if (this.server.script.cancel !== "hang") this.confirmCancel(this.server.script.cancel === "clean")
  }

  readonly destroy = (): void => this.#end("destroyed")

  readonly close = (done: () => void): void => {
    this.#used("closed")
    this.#goodbye = done
    if (this.server.script.close === "at once") this.hearGoodbye()
  }

  get validating(): boolean {
    return this.#validation !== undefined && this.ended === undefined
  }

  get cancelling(): boolean {
    return this.#cancel !== undefined && this.ended === undefined
  }

  get closing(): boolean {
    return this.#goodbye !== undefined && this.ended === undefined
  }

  answerValidation(alive: boolean): void {
    const done = this.#validation
    this.#validation = undefined
    done?.(alive)
  }

  confirmCancel(clean: boolean): void {
    const done = this.#cancel
    this.#cancel = undefined
    done?.(clean)
  }

  hearGoodbye(): void {
    const done = this.#goodbye
    this.#end("closed")
    done?.()
  }

  /** The server or the network ends it. */
  die(error: DatabaseError.DatabaseError = lost()): void {
    if (this.ended !== undefined) return
    this.#end("lost")
    this.#listener?.(error)
    this.answerValidation(false)
    this.confirmCancel(false)
  }

  #end(how: "closed" | "destroyed" | "lost"): void {
    this.ended ??= how
    this.server.sessions.delete(this)
  }

  #used(how: string): void {
    if (this.ended !== undefined) throw new Error(`session ${this.id} was ${how} after it had been ${this.ended}`)
  }
}

export class FakeServer {
  /** Every session was opened by an attempt; the first is 1. */
  opened = 0
  /** Attempts ever made. */
  attempted = 0
  readonly attempts: Array<FakeAttempt> = []
  readonly sessions = new Set<FakeSession>()
  readonly script: Script

  constructor(script: Partial<Script> = {}) {
    this.script = { connect: "accept", validate: "alive", cancel: "clean", close: "at once", abort: "heard", ...script }
  }

  readonly connect = (deadlineAt: number, done: Done<Session>): () => void => {
    const attempt = new FakeAttempt(this, deadlineAt, done)
    this.attempted++
    this.attempts.push(attempt)
    const { connect } = this.script
    if (connect === "accept") attempt.accept()
    else if (connect !== "hang") attempt.fail(connect)
    return attempt.abort
  }

  session(id: number): FakeSession {
    for (const session of this.sessions) if (session.id === id) return session
    throw new Error(`no session ${id} is open`)
  }

  attempt(index = 0): FakeAttempt {
    const attempt = this.attempts[index]
    if (attempt === undefined) throw new Error(`no attempt ${index} is pending`)
    return attempt
  }
}
