/**
 * `npm run bench [-- --quick] [--json FILE] [postgresql] [sqlite]`: measures, prints tables, and writes the figures as JSON.
 * PostgreSQL: `BENCH_PG_URL` of an empty database, or a server of the machine, started for the run.
 */
import { writeFileSync } from "node:fs"
import * as os from "node:os"
import { parseArgs } from "node:util"
import * as PostgresServer from "../test/support/PostgresServer.js"
import * as Harness from "./Harness.js"
import * as Postgresql from "./postgresql.js"
import * as Sqlite from "./sqlite.js"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } }
})
const wanted = new Set(positionals.length === 0 ? ["postgresql", "sqlite"] : positionals)
const options = values.quick ? Harness.quick : Harness.thorough
const results: Record<string, ReadonlyArray<Harness.Line>> = {}

const onPostgresql = async (): Promise<ReadonlyArray<Harness.Line>> => {
  const given = process.env["BENCH_PG_URL"]
  if (given !== undefined) return Postgresql.run(given, options)
  const server = await PostgresServer.start("postgresql")
  try {
    const { admin, app, host, port } = server.info
    await PostgresServer.execute(
      { host, port, ...admin, database: "postgres" },
      `create database bench owner ${app.user}`
    )
    const credentials = `${encodeURIComponent(app.user)}:${encodeURIComponent(app.password)}`
    return await Postgresql.run(`postgresql://${credentials}@${host}:${port}/bench?sslmode=disable`, options)
  } finally {
    await server.dispose()
  }
}

if (wanted.has("postgresql")) results["postgresql"] = await onPostgresql()
if (wanted.has("sqlite")) results["sqlite"] = await Sqlite.run(options)

const { concurrency, rounds, sliceMs, warmUpMs } = options
process.stdout.write(
  `${os.cpus().length} cores, Node ${process.version}; ${rounds} paired rounds of ${sliceMs} ms after ${warmUpMs} ms of warm-up, ` +
    `concurrency ${concurrency}; median of ratios (quartiles), higher is better\n\n`
)
for (const [engine, lines] of Object.entries(results)) process.stdout.write(`${Harness.table(engine, lines)}\n`)
if (values.json !== undefined) {
  writeFileSync(
    values.json,
    JSON.stringify({ node: process.version, cpus: os.cpus().length, options, results }, null, 2)
  )
}
