/**
 * Whether the server is about to stop. The server sets it before it does anything else; the health route answers 503 from then on,
 * so that load balancers turn away while requests under way are still served.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"

/**
 * The flag of one server. `serve` provides a fresh one to the app it builds; without a server of ours it stays `false`.
 *
 * @since 0.1.0
 * @category tags
 */
export class Draining extends Context.Reference<Draining>()("effect-svc-infra/Http/Draining", {
  defaultValue: (): { current: boolean } => ({ current: false })
}) {}
