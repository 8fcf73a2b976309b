/**
 * What the pool should do, as a pure function of a plain value: no callbacks, no timers, no performance. `step` gives the state
 * after an event; the model-based test holds the pool against it.
 */

export interface Settings {
  readonly size: number
  readonly maxOverflow: number
  readonly minimumIdle: number
  readonly prePing: boolean
}

/** Milliseconds; the jitter of a lifetime is none. */
export const times = {
  timeout: 5000,
  connect: 2000,
  recycle: 20_000,
  idle: 4000,
  bypass: 1000,
  validate: 2000,
  cancel: 1000,
  close: 1000,
  sweep: 1000
} as const

/** `attempt` is a ticket, `index` the place among the attempts under way. */
export type Event =
  | { readonly _tag: "Acquire"; readonly borrower: number; readonly held: number; readonly budget: number | undefined }
  | { readonly _tag: "GiveUp"; readonly borrower: number }
  | { readonly _tag: "Release"; readonly borrower: number }
  | { readonly _tag: "Cancel"; readonly borrower: number; readonly keep: boolean }
  | { readonly _tag: "Transaction"; readonly session: number; readonly open: boolean }
  | { readonly _tag: "Connected"; readonly attempt: number; readonly index: number }
  | {
    readonly _tag: "NotConnected"
    readonly attempt: number
    readonly index: number
    readonly error: string
  }
  | { readonly _tag: "Validated"; readonly session: number; readonly alive: boolean }
  | { readonly _tag: "Confirmed"; readonly session: number; readonly clean: boolean }
  | { readonly _tag: "HeardGoodbye"; readonly session: number }
  | { readonly _tag: "Died"; readonly session: number }
  | { readonly _tag: "Close"; readonly grace: number }
  | { readonly _tag: "Passed"; readonly time: number }

export interface Session {
  readonly id: number
  readonly expiresAt: number
  state: "idle" | "validating" | "leased" | "quarantined" | "draining"
  generation: number
  idleSince: number
  /** Its generation once the validation under way succeeds. */
  validatedAs: number
  borrower: number | undefined
  keep: boolean
  inTransaction: boolean
}

interface Waiter {
  readonly borrower: number
  readonly ticket: number
  readonly held: number
  readonly timeoutTag: string
}

interface Attempt {
  readonly ticket: number
  readonly round: number
}

type Cause =
  | { readonly _tag: "waiter"; readonly borrower: number }
  | { readonly _tag: "attempt"; readonly ticket: number }
  | { readonly _tag: "session"; readonly id: number }
  | { readonly _tag: "wake" | "sweep" | "grace" }

export interface Model {
  readonly settings: Settings
  now: number
  /** In the order of being opened. */
  sessions: Array<Session>
  /** Ids; the last is the top of the stack. */
  idle: Array<number>
  waiters: Array<Waiter>
  attempts: Array<Attempt>
  /** In the order of being set. */
  timers: Array<{ readonly at: number; readonly cause: Cause }>
  /** By borrower: `session 3`, or the error's name. */
  answers: Record<number, string>
  /** How many gave up. */
  gone: number
  opened: number
  destroyed: number
  tickets: number
  generation: number
  failures: number
  round: number
  limit: number
  retryAt: number
  closing: boolean
  closed: number
}

export const make = (settings: Settings, now: number): Model => {
  const m: Model = {
    settings,
    now,
    sessions: [],
    idle: [],
    waiters: [],
    attempts: [],
    timers: [],
    answers: {},
    gone: 0,
    opened: 0,
    destroyed: 0,
    tickets: 0,
    generation: 0,
    failures: 0,
    round: 0,
    limit: settings.size + settings.maxOverflow,
    retryAt: Number.NEGATIVE_INFINITY,
    closing: false,
    closed: 0
  }
  if (settings.minimumIdle > 0) {
    startSweeping(m)
    dispatch(m)
  }
  return m
}

export const step = (model: Model, event: Event): Model => {
  const m: Model = {
    ...model,
    sessions: model.sessions.map((session) => ({ ...session })),
    answers: { ...model.answers }
  }
  for (const list of ["idle", "waiters", "attempts", "timers"] as const)
    Object.assign(m, { [list]: model[list].slice() })
  apply(m, event)
  return m
}

export const inState = (m: Model, state: Session["state"]): Array<Session> =>
  m.sessions.filter((session) => session.state === state)

const apply = (m: Model, event: Event): void => {
  switch (event._tag) {
    case "Acquire":
      return acquire(m, event)
    case "GiveUp":
      leave(m, event.borrower)
      m.gone++
      return
    case "Release":
      return m.sessions.filter(({ borrower }) => borrower === event.borrower).forEach((session) => release(m, session))
    case "Cancel":
      return m.sessions.filter(({ borrower }) => borrower === event.borrower).forEach((session) => {
        if (session.state === "quarantined") {
          session.keep &&= event.keep
          return
        }
        setTimer(m, 2 * times.cancel, { _tag: "session", id: session.id })
        session.state = "quarantined"
        session.keep = event.keep
      })
    case "Transaction":
      return m.sessions.forEach((session) => {
        if (session.id === event.session) session.inTransaction = event.open
      })
    case "Connected":
      return connected(m, event.attempt)
    case "NotConnected":
      return notConnected(m, event.attempt, event.error)
    case "Validated":
      return validated(m, find(m, event.session), event.alive)
    case "Confirmed":
      return confirmed(m, find(m, event.session), event.clean)
    case "HeardGoodbye":
      remove(m, event.session)
      return dispatch(m)
    case "Died": {
      if (find(m, event.session).state !== "draining") m.generation++
      remove(m, event.session)
      return dispatch(m)
    }
    case "Close":
      return close(m, event.grace)
    case "Passed":
      return pass(m, m.now + event.time)
  }
}

const find = (m: Model, id: number): Session => m.sessions.find((session) => session.id === id)!
const max = (m: Model) => m.settings.size + m.settings.maxOverflow
const setTimer = (m: Model, after: number, cause: Cause) => m.timers.push({ at: m.now + after, cause })
const clearTimer = (m: Model, is: (cause: Cause) => boolean) => {
  m.timers = m.timers.filter(({ cause }) => !is(cause))
}
const clearSession = (m: Model, id: number) => clearTimer(m, (cause) => cause._tag === "session" && cause.id === id)

const fresh = (m: Model, { expiresAt, generation, idleSince }: Session): boolean =>
  generation === m.generation && m.now < expiresAt && (!m.settings.prePing || m.now - idleSince <= times.bypass)

const acquire = (m: Model, { borrower, budget, held }: Event & { _tag: "Acquire" }): void => {
  const top = m.sessions.find(({ id }) => id === m.idle.at(-1))
  const refuse = (error: string) => (m.answers[borrower] = error)
  if (m.closing) return void refuse("ConnectionError closed")
  if (budget !== undefined && budget <= 0) return void refuse("StatementTimeoutError")
  if (m.waiters.length === 0 && top !== undefined && fresh(m, top)) {
    m.idle.pop()
    return lend(m, top, borrower)
  }
  const borrowed =
    m.sessions.filter(({ keep, state }) => state === "leased" || (state === "quarantined" && keep)).length
  if (held > 0 && m.waiters.length >= max(m) - borrowed) return void refuse("PoolSelfDeadlock")
  const own = budget === undefined || budget > times.timeout
  setTimer(m, own ? times.timeout : budget, { _tag: "waiter", borrower })
  m.waiters.push({ borrower, held, ticket: ++m.tickets, timeoutTag: own ? "PoolTimeout" : "StatementTimeoutError" })
  dispatch(m)
}

const lend = (m: Model, session: Session, borrower: number): void => {
  session.state = "leased"
  session.borrower = borrower
  m.answers[borrower] = `session ${session.id}`
}

const leave = (m: Model, borrower: number): Waiter | undefined => {
  const waiter = m.waiters.find((waiter) => waiter.borrower === borrower)
  m.waiters = m.waiters.filter((other) => other !== waiter)
  clearTimer(m, (cause) => cause._tag === "waiter" && cause.borrower === borrower)
  return waiter
}

const rest = (m: Model, session: Session): void => {
  session.state = "idle"
  session.idleSince = m.now
  m.idle.push(session.id)
}

/** A good session: to the head of the queue, or to rest. */
const offer = (m: Model, session: Session): void => {
  const [first] = m.waiters
  if (first === undefined) return rest(m, session)
  leave(m, first.borrower)
  lend(m, session, first.borrower)
}

const release = (m: Model, session: Session): void => {
  if (session.state === "quarantined") {
    session.keep = false
    return
  }
  session.borrower = undefined
  if (session.inTransaction) {
    remove(m, session.id)
    dispatch(m)
  } else if (m.closing || m.now >= session.expiresAt) {
    drain(m, session)
  } else if (m.waiters.length === 0) {
    // The hot path: sessions kept in advance have time until the next sweep.
    rest(m, session)
  } else if (session.generation === m.generation) {
    offer(m, session)
    dispatch(m)
  } else {
    validate(m, session)
  }
}

const remove = (m: Model, id: number): void => {
  clearSession(m, id)
  m.idle = m.idle.filter((other) => other !== id)
  m.sessions = m.sessions.filter((session) => session.id !== id)
  m.destroyed++
  announceClosed(m)
}

const drain = (m: Model, session: Session): void => {
  setTimer(m, times.close, { _tag: "session", id: session.id })
  m.idle = m.idle.filter((id) => id !== session.id)
  session.state = "draining"
}

const validate = (m: Model, session: Session): void => {
  setTimer(m, times.validate, { _tag: "session", id: session.id })
  m.idle = m.idle.filter((id) => id !== session.id)
  session.state = "validating"
  session.validatedAs = m.generation
}

const validated = (m: Model, session: Session, alive: boolean): void => {
  clearSession(m, session.id)
  if (alive) {
    session.generation = session.validatedAs
    offer(m, session)
  } else {
    m.generation++
    remove(m, session.id)
    // Its place goes to a new connection, if somebody needs it and one may be tried.
    if (wanted(m) > 0 && m.attempts.length < m.limit && m.now >= m.retryAt) connect(m)
  }
  dispatch(m)
}

const confirmed = (m: Model, session: Session, clean: boolean): void => {
  clearSession(m, session.id)
  if (clean) {
    session.state = "leased"
    if (!session.keep) release(m, session)
  } else {
    remove(m, session.id)
    dispatch(m)
  }
}

const connect = (m: Model): void => {
  setTimer(m, times.connect, { _tag: "attempt", ticket: ++m.tickets })
  m.attempts.push({ ticket: m.tickets, round: m.round })
}

const takeAttempt = (m: Model, ticket: number): Attempt => {
  const attempt = m.attempts.find((attempt) => attempt.ticket === ticket)!
  m.attempts = m.attempts.filter((other) => other !== attempt)
  clearTimer(m, (cause) => cause._tag === "attempt" && cause.ticket === ticket)
  return attempt
}

const connected = (m: Model, ticket: number): void => {
  takeAttempt(m, ticket)
  m.failures = 0
  m.retryAt = Number.NEGATIVE_INFINITY
  m.limit = Math.min(2 * m.limit, max(m))
  const session: Session = {
    id: ++m.opened,
    expiresAt: m.now + times.recycle,
    state: "idle",
    generation: m.generation,
    idleSince: m.now,
    validatedAs: 0,
    borrower: undefined,
    keep: false,
    inTransaction: false
  }
  m.sessions.push(session)
  startSweeping(m)
  offer(m, session)
  dispatch(m)
}

const notConnected = (m: Model, ticket: number, error: string): void => {
  const attempt = takeAttempt(m, ticket)
  m.limit = 1
  if (attempt.round === m.round) {
    m.round++
    m.retryAt = m.now + Math.min(250, 10 * 2 ** m.failures++) / 2
  }
  const hope = m.sessions.length - inState(m, "draining").length + m.attempts.length
  for (const waiter of m.waiters) {
    if (waiter.ticket > ticket || hope > waiter.held) continue
    leave(m, waiter.borrower)
    m.answers[waiter.borrower] = error
  }
  dispatch(m)
}

/** Waiters for whom nothing is on its way; negative: so much is on its way for nobody. */
const wanted = (m: Model): number => m.waiters.length - m.attempts.length - inState(m, "validating").length

const dispatch = (m: Model): void => {
  while (!m.closing) {
    const top = m.sessions.find(({ id }) => id === m.idle.at(-1))
    if (top !== undefined && m.waiters.length > 0) {
      if (m.now >= top.expiresAt) {
        drain(m, top)
      } else if (fresh(m, top)) {
        m.idle.pop()
        offer(m, top)
      } else if (wanted(m) > 0) {
        validate(m, top)
      } else {
        return
      }
      continue
    }
    const all = m.sessions.length + m.attempts.length
    const forReserve = m.idle.length - wanted(m) < m.settings.minimumIdle && all < m.settings.size
    if (!(wanted(m) > 0 ? all < max(m) : forReserve) || m.attempts.length >= m.limit) return
    if (m.now < m.retryAt) {
      if (!m.timers.some(({ cause }) => cause._tag === "wake")) setTimer(m, m.retryAt - m.now, { _tag: "wake" })
      return
    }
    connect(m)
  }
}

const startSweeping = (m: Model): void => {
  if (!m.timers.some(({ cause }) => cause._tag === "sweep")) setTimer(m, times.sweep, { _tag: "sweep" })
}

const sweep = (m: Model): void => {
  let surplus = m.sessions.length - inState(m, "draining").length - m.settings.size
  for (const session of m.idle.map((id) => find(m, id))) {
    if (!(surplus > 0 && m.now - session.idleSince >= times.idle) && m.now < session.expiresAt) continue
    surplus--
    drain(m, session)
  }
  dispatch(m)
  if (m.sessions.length > 0 || m.settings.minimumIdle > 0) startSweeping(m)
}

const close = (m: Model, grace: number): void => {
  setTimer(m, grace, { _tag: "grace" })
  if (!m.closing) {
    m.closing = true
    clearTimer(m, ({ _tag }) => _tag === "sweep")
    for (const { ticket } of m.attempts) takeAttempt(m, ticket)
    for (const { borrower } of m.waiters) {
      leave(m, borrower)
      m.answers[borrower] = "ConnectionError closed"
    }
    inState(m, "idle").forEach((session) => drain(m, session))
    inState(m, "validating").forEach(({ id }) => remove(m, id))
  }
  m.closed -= 1
  announceClosed(m)
}

/** `closed` counts up from minus the number of those who wait for the end. */
const announceClosed = (m: Model): void => {
  if (!m.closing || m.sessions.length > 0 || m.closed >= 0) return
  m.closed = 0
  clearTimer(m, ({ _tag }) => _tag === "grace")
}

const pass = (m: Model, until: number): void => {
  for (;;) {
    const due = m.timers.filter(({ at }) => at <= until)
    const next = due.find(({ at }) => due.every((other) => at <= other.at))
    if (next === undefined) break
    m.timers = m.timers.filter((timer) => timer !== next)
    m.now = next.at
    fire(m, next.cause)
  }
  m.now = until
}

const fire = (m: Model, cause: Cause): void => {
  switch (cause._tag) {
    case "waiter": {
      m.answers[cause.borrower] = leave(m, cause.borrower)!.timeoutTag
      return
    }
    case "attempt":
      return notConnected(m, cause.ticket, "ConnectTimeout")
    case "session": {
      const session = find(m, cause.id)
      if (session.state === "validating") return validated(m, session, false)
      if (session.state === "quarantined") return confirmed(m, session, false)
      remove(m, session.id)
      return dispatch(m)
    }
    case "wake":
      return dispatch(m)
    case "sweep":
      return sweep(m)
    case "grace":
      return m.sessions.filter(({ state }) => state !== "draining").forEach(({ id }) => remove(m, id))
  }
}
