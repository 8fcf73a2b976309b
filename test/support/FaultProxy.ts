/**
 * A network that misbehaves on demand: a TCP proxy on loopback before a real server, and servers that never answer.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as net from "node:net"

/** Which address, and what the faults are. All controls act at once on the connections that are open. */
export interface FaultProxy {
  readonly host: string
  readonly port: number
  /** The same URL with the proxy's host and port. */
  readonly through: (url: string) => string
  /** How many connections are open now. */
  readonly open: Effect.Effect<number>
  /** How many connections were accepted since the start. */
  readonly accepted: Effect.Effect<number>
  /** A black hole: nothing passes in either direction, nothing is lost; new connections are accepted and as silent. */
  readonly pause: Effect.Effect<void>
  /** Lets pass what was held by `pause`. */
  readonly resume: Effect.Effect<void>
  /** Resets every open connection. */
  readonly cut: Effect.Effect<void>
  /** Refuses new connections (nothing listens); open ones stay. */
  readonly refuse: Effect.Effect<void>
  /** Listens again, on the same port. */
  readonly accept: Effect.Effect<void>
  /** Holds every piece of an answer back for so long. */
  readonly delay: (milliseconds: number) => Effect.Effect<void>
  /** Of each open connection's answers, so many bytes still pass; then it is reset, or stays open and `silent`. */
  readonly dropAnswersAfter: (bytes: number, then?: "reset" | "silent") => Effect.Effect<void>
  /** The next request that contains the text does not reach the server: its connection is reset instead. */
  readonly cutBefore: (text: string) => Effect.Effect<void>
  /** The next request that contains the text reaches the server, which answers; the answer is lost and its connection reset. */
  readonly cutAnswerTo: (text: string) => Effect.Effect<void>
}

interface Pair {
  readonly client: net.Socket
  readonly server: net.Socket
  allowance: number
  afterwards: "reset" | "silent"
}

const listen = (server: net.Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject)
      // A listening TCP server's address is never a pipe name or null.
      resolve((server.address() as net.AddressInfo).port)
    })
  })

const ignore = () => {}

/** Starts a proxy before the server at `target`; closing the scope resets what is open. */
export const make = (
  target: { readonly host: string; readonly port: number }
): Effect.Effect<FaultProxy, never, Scope.Scope> =>
  Effect.gen(function*() {
    const pairs = new Set<Pair>()
    let accepted = 0
    let paused = false
    let delay = 0
    let fault: { readonly text: string; readonly at: "request" | "answer" } | undefined

    const reset = (pair: Pair) => {
      pair.client.resetAndDestroy()
      pair.server.resetAndDestroy()
    }
    const passRequest = (pair: Pair, chunk: Buffer) => {
      if (fault !== undefined && chunk.includes(fault.text)) {
        const { at } = fault
        fault = undefined
        if (at === "request") return reset(pair)
        pair.allowance = 0
        pair.afterwards = "reset"
      }
      pair.server.write(chunk)
    }
    const passAnswer = (pair: Pair, chunk: Buffer) => {
      const passing = chunk.subarray(0, Math.min(chunk.length, pair.allowance))
      pair.allowance -= passing.length
      if (passing.length > 0 && !pair.client.destroyed) pair.client.write(passing)
      if (passing.length < chunk.length && pair.afterwards === "reset") {
        // After what was let through has left: a reset overtakes bytes that still wait.
        setImmediate(() => reset(pair))
      }
    }
    const connected = (client: net.Socket) => {
      accepted++
      const server = net.connect(target)
      const pair: Pair = { client, server, allowance: Infinity, afterwards: "silent" }
      pairs.add(pair)
      client.setNoDelay(true)
      server.setNoDelay(true)
      client.on("error", ignore)
      server.on("error", ignore)
      if (paused) {
        client.pause()
        server.pause()
      }
      client.on("data", (chunk: Buffer) => passRequest(pair, chunk))
      server.on("data", (chunk: Buffer) => {
        if (delay === 0) passAnswer(pair, chunk)
        else setTimeout(() => passAnswer(pair, chunk), delay)
      })
      client.on("close", () => {
        pairs.delete(pair)
        server.destroy()
      })
      server.on("close", () => {
        if (delay === 0) client.destroySoon()
        else setTimeout(() => client.destroySoon(), delay)
      })
    }

    let listener = net.createServer(connected)
    const port = yield* Effect.promise(() => listen(listener, 0))
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        listener.close()
        for (const pair of pairs) reset(pair)
      })
    )
    const arm = (text: string, at: "request" | "answer") => Effect.sync(() => void (fault = { text, at }))
    return {
      host: "127.0.0.1",
      port,
      through: (url) => {
        const changed = new URL(url)
        changed.hostname = "127.0.0.1"
        changed.port = String(port)
        return changed.href
      },
      open: Effect.sync(() => pairs.size),
      accepted: Effect.sync(() => accepted),
      pause: Effect.sync(() => {
        paused = true
        for (const { client, server } of pairs) {
          client.pause()
          server.pause()
        }
      }),
      resume: Effect.sync(() => {
        paused = false
        for (const { client, server } of pairs) {
          client.resume()
          server.resume()
        }
      }),
      cut: Effect.sync(() => pairs.forEach(reset)),
      refuse: Effect.sync(() => void listener.close()),
      accept: Effect.promise(async () => {
        if (listener.listening) return
        listener = net.createServer(connected)
        await listen(listener, port)
      }),
      delay: (milliseconds) => Effect.sync(() => void (delay = milliseconds)),
      dropAnswersAfter: (bytes, then = "silent") =>
        Effect.sync(() => {
          for (const pair of pairs) {
            pair.allowance = bytes
            pair.afterwards = then
          }
        }),
      cutBefore: (text) => arm(text, "request"),
      cutAnswerTo: (text) => arm(text, "answer")
    }
  })

/** A server that is not what it should be. */
export interface OddServer {
  readonly host: string
  readonly port: number
  /** How many connections it has accepted. */
  readonly accepted: Effect.Effect<number>
  /** How many are open now. */
  readonly open: Effect.Effect<number>
}

const odd = (onData: (socket: net.Socket, chunk: Buffer) => void): Effect.Effect<OddServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const sockets = new Set<net.Socket>()
    let accepted = 0
    const server = net.createServer((socket) => {
      accepted++
      sockets.add(socket)
      socket.on("error", ignore)
      socket.on("close", () => sockets.delete(socket))
      socket.on("data", (chunk: Buffer) => onData(socket, chunk))
    })
    const port = yield* Effect.promise(() => listen(server, 0))
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        server.close()
        for (const socket of sockets) socket.destroy()
      })
    )
    return {
      host: "127.0.0.1",
      port,
      accepted: Effect.sync(() => accepted),
      open: Effect.sync(() => sockets.size)
    }
  })

/** Accepts connections and reads, and never answers. */
export const silentServer: Effect.Effect<OddServer, never, Scope.Scope> = odd(ignore)

/** Answers the first bytes of each connection with these, and is silent then. */
export const answeringServer = (answer: string | Uint8Array): Effect.Effect<OddServer, never, Scope.Scope> => {
  const answered = new WeakSet<net.Socket>()
  return odd((socket) => {
    if (answered.has(socket)) return
    answered.add(socket)
    socket.write(answer)
  })
}

/** Answers PostgreSQL's request for TLS with "no", and is silent then. */
export const noTlsServer: Effect.Effect<OddServer, never, Scope.Scope> = Effect.suspend(() => answeringServer("N"))

/** Hangs up on whoever connects, as soon as they say something. */
export const hangingUpServer: Effect.Effect<OddServer, never, Scope.Scope> = odd((socket) => socket.destroy())
