/**
 * What a transaction must carry on the server, such as the tenant that row-level security reads. Rooms above SqlLayer set it,
 * SqlLayer applies it inside the transaction: no upward import.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"

/**
 * Names and values of settings (`app.tenant_id`), local to each transaction of the effect they are provided to.
 *
 * @since 0.1.0
 * @category references
 */
export class SessionSettings extends Context.Reference<SessionSettings>()("effect-svc-infra/SessionSettings", {
  defaultValue: (): Readonly<Record<string, string>> => ({})
}) {}
