/**
 * What a TLS mode asks of a driver, as data: which attempts to make, what to verify, with which certificates. The words mean
 * what libpq means by them ("SSL Support" in PostgreSQL's manual), for every engine.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"

/**
 * The modes, from the weakest to the strongest.
 *
 * @since 0.1.0
 * @category models
 */
export const modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const

/**
 * @since 0.1.0
 * @category models
 */
export type TlsMode = (typeof modes)[number]

/**
 * The authorities a server's certificate is checked against: those Node trusts, or those of a PEM text.
 *
 * @since 0.1.0
 * @category models
 */
export type RootCert = { readonly _tag: "System" } | { readonly _tag: "Pem"; readonly pem: string }

/**
 * The decision a driver follows, without looking at a URL again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tls {
  readonly mode: TlsMode
  /**
   * `none`: any certificate; `ca`: the chain must end in `rootCert`; `full`: and the certificate must be for the host
   * connected to (a name, or the address when the host is one).
   */
  readonly verify: "none" | "ca" | "full"
  /**
   * What to try, in order. The next one is tried when the server has no TLS or refuses the former; the last failure is the
   * error. Over a Unix socket always `["plain"]`, as libpq.
   */
  readonly attempts: ReadonlyArray<"plain" | "tls">
  readonly minVersion: "TLSv1.2" | "TLSv1.3"
  /** The name to send (SNI); undefined for addresses and sockets. */
  readonly servername: string | undefined
  /** Defined exactly when `verify` is not `none`. */
  readonly rootCert: RootCert | undefined
  /** PEM of the client's certificate; comes together with `key`. */
  readonly cert: string | undefined
  readonly key: Redacted.Redacted | undefined
  readonly passphrase: Redacted.Redacted | undefined
}
