import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as net from "node:net"
import { eventually, pause } from "./Eventually.js"
import * as FaultProxy from "./FaultProxy.js"

/** Answers every line with the same line, and remembers what it got. */
const echo = Effect.gen(function*() {
  const got: Array<string> = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.on("data", (chunk) => {
      got.push(chunk.toString())
      socket.write(chunk)
    })
  })
  yield* Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)))
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      server.close()
      sockets.forEach((socket) => socket.destroy())
    })
  )
  return { host: "127.0.0.1", port: (server.address() as net.AddressInfo).port, got }
})

const dial = (port: number) =>
  Effect.acquireRelease(
    Effect.async<{ socket: net.Socket; seen: () => string; ended: () => string | undefined }, Error>((resume) => {
      let seen = ""
      let ended: string | undefined
      const socket = net.connect(port, "127.0.0.1")
      socket.on("data", (chunk) => (seen += chunk.toString()))
      socket.on("error", (error: NodeJS.ErrnoException) => {
        ended = error.code ?? error.message
        resume(Effect.fail(error))
      })
      socket.on("close", () => (ended ??= "closed"))
      socket.once("connect", () => resume(Effect.succeed({ socket, seen: () => seen, ended: () => ended })))
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

const soon = <A>(observe: () => A, expected: A) => eventually(Effect.sync(observe), (value) => value === expected)

describe("FaultProxy", () => {
  it.scoped("passes both ways, and holds everything while paused", () =>
    Effect.gen(function*() {
      const proxy = yield* FaultProxy.make(yield* echo)
      const line = yield* dial(proxy.port)
      line.socket.write("one ")
      yield* soon(line.seen, "one ")
      yield* proxy.pause
      line.socket.write("two ")
      const late = yield* dial(proxy.port)
      late.socket.write("three")
      yield* pause(50)
      expect([line.seen(), late.seen()]).toEqual(["one ", ""])
      expect([yield* proxy.open, yield* proxy.accepted]).toEqual([2, 2])
      yield* proxy.resume
      yield* soon(line.seen, "one two ")
      yield* soon(late.seen, "three")
    }))

  it.scoped("cuts, refuses and accepts again on the same port", () =>
    Effect.gen(function*() {
      const proxy = yield* FaultProxy.make(yield* echo)
      const line = yield* dial(proxy.port)
      yield* proxy.refuse
      expect(yield* Effect.flip(dial(proxy.port))).toMatchObject({ code: "ECONNREFUSED" })
      line.socket.write("still")
      yield* soon(line.seen, "still")
      yield* proxy.cut
      yield* soon(line.ended, "ECONNRESET")
      yield* proxy.accept
      const again = yield* dial(proxy.port)
      again.socket.write("hello")
      yield* soon(again.seen, "hello")
    }))

  it.scoped("delays answers", () =>
    Effect.gen(function*() {
      const proxy = yield* FaultProxy.make(yield* echo)
      const line = yield* dial(proxy.port)
      yield* proxy.delay(60)
      const before = Date.now()
      line.socket.write("slow")
      yield* soon(line.seen, "slow")
      expect(Date.now() - before).toBeGreaterThanOrEqual(59)
    }))

  it.scoped("drops answers after some bytes, silently or with a reset", () =>
    Effect.gen(function*() {
      const target = yield* echo
      const proxy = yield* FaultProxy.make(target)
      const line = yield* dial(proxy.port)
      line.socket.write("x")
      yield* soon(line.seen, "x")
      yield* proxy.dropAnswersAfter(3)
      line.socket.write("abcdef")
      yield* soon(line.seen, "xabc")
      yield* pause(20)
      expect([line.seen(), line.ended()]).toEqual(["xabc", undefined])
      yield* proxy.dropAnswersAfter(2, "reset")
      line.socket.write("ghi")
      // A reset right behind data: some kernels tell the reader of it, some only say that it is the end.
      yield* eventually(Effect.sync(line.ended), (how) => how !== undefined)
      expect(line.seen()).toBe("xabcgh")
      expect(target.got.join("")).toBe("xabcdefghi")
    }))

  it.scoped("loses one request before the server, or its answer after it", () =>
    Effect.gen(function*() {
      const target = yield* echo
      const proxy = yield* FaultProxy.make(target)
      yield* proxy.cutBefore("commit")
      const first = yield* dial(proxy.port)
      first.socket.write("commit 1;")
      yield* soon(first.ended, "ECONNRESET")
      expect(target.got).toEqual([])
      yield* proxy.cutAnswerTo("commit")
      const second = yield* dial(proxy.port)
      second.socket.write("commit 2;")
      yield* soon(second.ended, "ECONNRESET")
      expect([target.got, second.seen()]).toEqual([["commit 2;"], ""])
      const third = yield* dial(proxy.port)
      third.socket.write("commit 3;")
      yield* soon(third.seen, "commit 3;")
    }))

  it.scoped("changes only host and port of a URL", () =>
    Effect.gen(function*() {
      const proxy = yield* FaultProxy.make({ host: "127.0.0.1", port: 1 })
      expect(proxy.through("postgresql://app:p%40s@db.test:5432/x?sslmode=disable"))
        .toBe(`postgresql://app:p%40s@127.0.0.1:${proxy.port}/x?sslmode=disable`)
    }))
})

describe("odd servers", () => {
  it.scoped("one is silent, one says no to TLS, one hangs up", () =>
    Effect.gen(function*() {
      const silent = yield* FaultProxy.silentServer
      const noTls = yield* FaultProxy.noTlsServer
      const hangingUp = yield* FaultProxy.hangingUpServer
      const lines = yield* Effect.forEach([silent, noTls, hangingUp], ({ port }) => dial(port))
      lines.forEach(({ socket }) => socket.write("hello"))
      yield* soon(lines[1]!.seen, "N")
      yield* eventually(Effect.sync(lines[2]!.ended), (how) => how !== undefined)
      expect([lines[0]!.seen(), lines[0]!.ended(), yield* silent.open]).toEqual(["", undefined, 1])
    }))
})
