/**
 * Measures candidates against a control on a noisy machine: all of them in one run, in interleaved slices of time, judged by the
 * median of paired ratios. Absolute figures are printed for orientation only.
 */
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"

/** Something that can be done over and over: does it until `until` (`performance.now()`), `concurrency` at a time; says how often. */
export type Slice = (until: number, concurrency: number) => Promise<number>

/** One way to do the operations; an operation it lacks is left out of its table. */
export interface Candidate<Operation extends string> {
  readonly name: string
  readonly operations: { readonly [O in Operation]?: Slice }
}

/** An operation as a function that answers a promise. `n` counts up within a worker. */
export const promise = (operation: (n: number) => Promise<unknown>): Slice => {
  let counter = 0
  return async (until, concurrency) => {
    let done = 0
    const worker = async (): Promise<void> => {
      while (performance.now() < until) {
        await operation(counter++)
        done++
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
    return done
  }
}

/** An operation as a plain synchronous function; yields to the event loop now and then, as any server must. */
export const synchronous = (operation: (n: number) => unknown): Slice => {
  let counter = 0
  return async (until) => {
    let done = 0
    while (performance.now() < until) {
      for (let index = 0; index < 256; index++) operation(counter++)
      done += 256
      await new Promise((resolve) => setImmediate(resolve))
    }
    return done
  }
}

/** An operation as an Effect; each worker is a fiber. */
export const effect = <E, R>(
  runtime: Runtime.Runtime<R>,
  operation: (n: number) => Effect.Effect<unknown, E, R>
): Slice => {
  let counter = 0
  return async (until, concurrency) => {
    let done = 0
    const worker: Effect.Effect<void, E, R> = Effect.whileLoop({
      while: () => performance.now() < until,
      body: () => operation(counter++),
      step: () => {
        done++
      }
    })
    await Runtime.runPromise(runtime)(
      Effect.all(Array.from({ length: concurrency }, () => worker), { concurrency: "unbounded", discard: true })
    )
    return done
  }
}

/** How to measure. */
export interface Options {
  readonly concurrency: number
  /** Milliseconds of one slice. */
  readonly sliceMs: number
  /** Milliseconds of warm-up of each operation of each candidate. */
  readonly warmUpMs: number
  /** Paired rounds. */
  readonly rounds: number
}

export const thorough: Options = { concurrency: 32, sliceMs: 250, warmUpMs: 1500, rounds: 9 }

/** For a look, and for the test that the benchmarks still run. */
export const quick: Options = { concurrency: 8, sliceMs: 20, warmUpMs: 20, rounds: 3 }

/** A line of a report: `ratio` to the control is the median over the rounds, with its quartiles. */
export interface Line {
  readonly operation: string
  readonly candidate: string
  readonly ratio: number
  readonly low: number
  readonly high: number
  readonly perSecond: number
}

const quantile = (values: ReadonlyArray<number>, q: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)]!
  return below + (sorted[Math.ceil(position)]! - below) * (position - Math.floor(position))
}

/** Measures every operation; the first candidate is the control. */
export const compare = async <Operation extends string>(
  operations: ReadonlyArray<Operation>,
  candidates: ReadonlyArray<Candidate<Operation>>,
  options: Options
): Promise<ReadonlyArray<Line>> => {
  const lines: Array<Line> = []
  for (const operation of operations) {
    const able = candidates.flatMap(({ name, operations }) => {
      const slice = operations[operation]
      return slice === undefined ? [] : [{ name, slice, rates: [] as Array<number> }]
    })
    for (const { slice } of able) await slice(performance.now() + options.warmUpMs, options.concurrency)
    for (let round = 0; round < options.rounds; round++) {
      // Nobody is always first after a pause of the machine.
      for (let index = 0; index < able.length; index++) {
        const { rates, slice } = able[(index + round) % able.length]!
        const started = performance.now()
        const done = await slice(started + options.sliceMs, options.concurrency)
        rates.push(done / ((performance.now() - started) / 1000))
      }
    }
    const control = able[0]!
    for (const { name, rates } of able) {
      const ratios = rates.map((rate, round) => rate / control.rates[round]!)
      lines.push({
        operation,
        candidate: name,
        ratio: quantile(ratios, 0.5),
        low: quantile(ratios, 0.25),
        high: quantile(ratios, 0.75),
        perSecond: quantile(rates, 0.5)
      })
    }
  }
  return lines
}

/** A table for people: operations across, candidates down, ratios to the control. */
export const table = (title: string, lines: ReadonlyArray<Line>): string => {
  const operations = [...new Set(lines.map(({ operation }) => operation))]
  const candidates = [...new Set(lines.map(({ candidate }) => candidate))]
  const cell = (candidate: string, operation: string): string => {
    const line = lines.find((one) => one.candidate === candidate && one.operation === operation)
    return line === undefined ? "" : `${line.ratio.toFixed(2)} (${line.low.toFixed(2)}-${line.high.toFixed(2)})`
  }
  return [
    `### ${title}`,
    "",
    `| ratio to ${candidates[0]} | ${operations.join(" | ")} |`,
    `|---|${operations.map(() => "---:|").join("")}`,
    ...candidates.map((candidate) =>
      `| ${candidate} | ${operations.map((operation) => cell(candidate, operation)).join(" | ")} |`
    ),
    ""
  ].join("\n")
}
