import { describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as DatabaseError from "../../../src/Database/DatabaseError.js"
import { refused, tooMany } from "../../support/FakeDriver.js"
import * as Model from "./Model.js"
import { type Borrower, same, Scenario } from "./Scenario.js"

const errors = [refused(), tooMany(), new DatabaseError.AuthenticationError({})]

const nameOf = (error: DatabaseError.DatabaseError): string =>
  error._tag === "ConnectionError" ? `${error._tag} ${error.reason}` : error._tag

/** What a borrower was told. */
const answerOf = (borrower: Borrower): string =>
  borrower.error === undefined ? `session ${borrower.lent?.session.id}` : nameOf(borrower.error)

interface Real extends Scenario {
  closing: number
  closed: number
}

/** Three numbers that fast-check draws and shrinks; what they mean depends on what is possible at that moment. */
type Draw = readonly [what: number, which: number, how: number]

/** What can happen now, as often as it is to be drawn. */
const possible = (m: Model.Model, [, which, how]: Draw): ReadonlyArray<Model.Event> => {
  const either = how % 2 === 0
  const events: Array<Model.Event> = []
  const add = (times: number, event: Model.Event) => {
    for (let time = 0; time < times; time++) events.push(event)
  }
  const one = <A>(from: ReadonlyArray<A>, then: (value: A, index: number) => void) => {
    const value = from[which % from.length]
    if (value !== undefined) then(value, which % from.length)
  }
  const newcomer = Object.keys(m.answers).length + m.waiters.length + m.gone
  const budget = [undefined, undefined, undefined, 100, 1500, 9000, 0][which % 7]
  add(8, { _tag: "Acquire", borrower: newcomer, held: [0, 0, 0, 1, 2][how % 5] ?? 0, budget })
  add(7, { _tag: "Passed", time: [50, 100, 250, 500, 1050, 1100, 2000, 5000, 21_000][how % 9] ?? 0 })
  one(m.waiters, ({ borrower }) => add(3, { _tag: "GiveUp", borrower }))
  one(m.sessions.flatMap(({ borrower }) => borrower === undefined ? [] : [borrower]), (borrower) => {
    add(6, { _tag: "Release", borrower })
    add(3, { _tag: "Cancel", borrower, keep: either })
  })
  one(Object.keys(m.answers), (borrower) => add(1, { _tag: "Release", borrower: Number(borrower) }))
  one(m.attempts, ({ ticket }, index) => {
    add(6, { _tag: "Connected", attempt: ticket, index })
    add(2, { _tag: "NotConnected", attempt: ticket, index, error: nameOf(errors[how % 3] ?? refused()) })
  })
  one(m.sessions, ({ id }) => add(1, { _tag: "Died", session: id }))
  one(Model.inState(m, "leased"), ({ id }) => add(1, { _tag: "Transaction", session: id, open: either }))
  one(Model.inState(m, "validating"), ({ id }) => add(4, { _tag: "Validated", session: id, alive: either }))
  one(Model.inState(m, "quarantined"), ({ id }) => add(4, { _tag: "Confirmed", session: id, clean: either }))
  one(Model.inState(m, "draining"), ({ id }) => add(4, { _tag: "HeardGoodbye", session: id }))
  if (m.tickets > 15 || m.closing) add(1, { _tag: "Close", grace: [0, 500, 3000][how % 3] ?? 0 })
  return events
}

const play = (real: Real, event: Model.Event): void => {
  switch (event._tag) {
    case "Acquire": {
      const deadlineAt = event.budget === undefined ? undefined : real.timers.now() + event.budget
      return void real.borrow({ held: event.held, deadlineAt })
    }
    case "GiveUp":
      return real.borrowers[event.borrower]?.giveUp()
    case "Release": {
      const borrower = real.borrowers[event.borrower]
      return borrower && real.release(borrower)
    }
    case "Cancel": {
      const lent = real.borrowers[event.borrower]?.lent
      return lent && real.pool.cancel(lent, event.keep, () => {})
    }
    case "Transaction":
      real.server.session(event.session).status = event.open ? "open" : "idle"
      return
    case "Connected":
      return void real.server.attempt(event.index).accept()
    case "NotConnected":
      return real.server.attempt(event.index).fail(errors.find((error) => nameOf(error) === event.error) ?? refused())
    case "Validated":
      return real.server.session(event.session).answerValidation(event.alive)
    case "Confirmed":
      return real.server.session(event.session).confirmCancel(event.clean)
    case "HeardGoodbye":
      return real.server.session(event.session).hearGoodbye()
    case "Died":
      return real.server.session(event.session).die()
    case "Close":
      real.closing++
      return real.pool.close(event.grace, () => real.closed++)
    case "Passed":
      return real.advance(event.time)
  }
}

/** Everything there is to see. */
const compare = (model: Model.Model, real: Real): void => {
  real.check()
  const { created, destroyed, draining, idle, leased, opening, quarantined, waiters } = real.pool.stats()
  const wanted = {
    created: model.opened,
    destroyed: model.destroyed,
    draining: Model.inState(model, "draining").length,
    idle: model.idle.length,
    leased: Model.inState(model, "leased").length,
    opening: model.attempts.length + Model.inState(model, "validating").length,
    quarantined: Model.inState(model, "quarantined").length,
    waiters: model.waiters.length
  }
  same({ created, destroyed, draining, idle, leased, opening, quarantined, waiters }, wanted, "the counts")
  const answers: Record<number, string> = {}
  real.borrowers.forEach((borrower, index) => {
    if (borrower.answers > 0) answers[index] = answerOf(borrower)
  })
  same(answers, model.answers, "the answers, by borrower")
  same(real.closed - real.closing, model.closed, "closers not yet answered")
}

/** Plays the draws on the pool and on its model; after a failure the error tells what happened. */
const run = (given: Model.Settings, draws: ReadonlyArray<Draw>): ReadonlySet<string> => {
  const scenario = new Scenario({
    ...given,
    timeoutMs: Model.times.timeout,
    connectTimeoutMs: Model.times.connect,
    recycleMs: Model.times.recycle,
    idleMs: Model.times.idle,
    script: { connect: "hang", validate: "hang", cancel: "hang", close: "hang" }
  })
  const real = Object.assign(scenario, { closing: 0, closed: 0 })
  let model = Model.make(given, real.timers.now())
  const story: Array<Model.Event> = []
  const seen = new Set<string>()
  try {
    for (const draw of draws) {
      const events = possible(model, draw)
      const event = events[draw[0] % events.length]
      if (event === undefined) break
      story.push(event)
      model = Model.step(model, event)
      play(real, event)
      compare(model, real)
      seen.add(event._tag)
    }
    Object.values(model.answers).forEach((answer) => seen.add(answer.replace(/\d+/, "")))
    real.end()
    return seen
  } catch (error) {
    throw new Error(`${String(error)}, after\n${story.map((event) => JSON.stringify(event)).join("\n")}`, {
      cause: error
    })
  }
}

const settings: fc.Arbitrary<Model.Settings> = fc.record({
  size: fc.integer({ min: 1, max: 3 }),
  maxOverflow: fc.integer({ min: 0, max: 2 }),
  minimumIdle: fc.constantFrom(0, 0, 0, 1, 2),
  prePing: fc.boolean()
}).map((given) => ({ ...given, minimumIdle: Math.min(given.minimumIdle, given.size) }))

const draws: fc.Arbitrary<ReadonlyArray<Draw>> = fc.array(fc.tuple(fc.nat(9999), fc.nat(99), fc.nat(99)), {
  maxLength: 60,
  size: "max"
})

describe("the pool and its model", () => {
  it("agree on everything, whatever happens in whatever order", ({ expect }) => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(settings, draws, (given, draws) => {
        for (const what of run(given, draws)) seen.set(what, (seen.get(what) ?? 0) + 1)
      }),
      { numRuns: 1500, unbiased: true, interruptAfterTimeLimit: 20_000 }
    )
    // The draws reach everything, and not by luck.
    expect(Array.from(seen.entries()).filter(([, runs]) => runs < 5)).toEqual([])
    expect(Array.from(seen.keys()).sort()).toEqual([
      "Acquire",
      "AuthenticationError",
      "Cancel",
      "Close",
      "Confirmed",
      "ConnectTimeout",
      "Connected",
      "ConnectionError closed",
      "ConnectionError refused",
      "ConnectionError too_many",
      "Died",
      "GiveUp",
      "HeardGoodbye",
      "NotConnected",
      "Passed",
      "PoolSelfDeadlock",
      "PoolTimeout",
      "Release",
      "StatementTimeoutError",
      "Transaction",
      "Validated",
      "session "
    ])
  }, 120_000)
})
