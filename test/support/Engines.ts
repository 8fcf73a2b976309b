/**
 * The database servers of a run of the tests, as a test sees them: asked for by name, started when first asked for.
 */
import * as Effect from "effect/Effect"
import { inject } from "vitest"
import type * as EngineHost from "./EngineHost.js"

/** The name of an engine. */
export type Name = EngineHost.Name

/**
 * Waits for the engine and says what is known of it. A missing engine is a defect: it fails the test with the message
 * that says how to get it.
 */
export const get = <N extends Name>(name: N): Effect.Effect<EngineHost.Infos[N]> =>
  Effect.promise(async () => {
    // A test that keeps the thread busy for seconds does not see the host end an idle connection: none is kept.
    const response = await fetch(`${inject("engineHost")}/${name}`, { headers: { connection: "close" } })
    if (!response.ok) throw new Error(`engine ${name}: ${await response.text()}`)
    // The host answers with the value of that name.
    return await response.json() as EngineHost.Infos[N]
  })

/** The machine's PostgreSQL (15 on Debian 12), with TLS. */
export const postgresql = get("postgresql")

/** PostgreSQL 18, without TLS. */
export const postgresql18 = get("postgresql18")

/** MariaDB. */
export const mariadb = get("mariadb")

/** SQLite; asking says that a test ran on it. */
export const sqlite = get("sqlite")
