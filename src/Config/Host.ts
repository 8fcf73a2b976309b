/**
 * Hosts as configuration writes them: names, IPv4 and IPv6 addresses (without brackets), absolute paths of sockets.
 *
 * @since 0.1.0
 */

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

/**
 * Whether the host is the absolute path of a socket or of a socket's directory.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isSocket = (host: string): boolean => host.startsWith("/")

const isIPv6 = (host: string): boolean => {
  const [address = "", zone, ...rest] = host.split("%")
  if (rest.length > 0 || zone === "" || !/^[\da-f:.]+$/i.test(address)) return false
  const halves = address.split("::")
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => half === "" ? [] : half.split(":"))
  const last = groups.at(-1) ?? ""
  const dotted = last.includes(".")
  if (dotted && !ipv4.test(last)) return false
  if (!(dotted ? groups.slice(0, -1) : groups).every((group) => /^[\da-f]{1,4}$/i.test(group))) return false
  const count = groups.length + (dotted ? 1 : 0)
  return halves.length === 2 ? count < 8 : count === 8
}

/**
 * Whether the host is an address, for which there is no name to send in TLS.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isAddress = (host: string): boolean => ipv4.test(host) || isIPv6(host)

/**
 * Whether the host is this machine: `localhost` and names below it, 127.0.0.0/8, `::1`.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isLoopback = (host: string): boolean => {
  const name = host.toLowerCase().replace(/\.$/, "").replace(/^::ffff:(?=\d)/, "")
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || name === "0:0:0:0:0:0:0:1" ||
    (ipv4.test(name) && name.startsWith("127."))
}

/**
 * What is wrong with a host that was not written in brackets; undefined when nothing is.
 *
 * @since 0.1.0
 * @category predicates
 */
export const flawOf = (host: string): string | undefined => {
  if (host.includes("\0")) return "the host holds a NUL"
  if (isSocket(host) || isAddress(host)) return undefined
  if (host.length > 253) return "the host is longer than a host name can be"
  return /[\s\p{Cc}/\\?#@:[\]<>"^`{|},;%]/u.test(host)
    ? "the host holds a character that no host name has"
    : undefined
}

/**
 * What is wrong with the text between the brackets of a URL; undefined when nothing is.
 *
 * @since 0.1.0
 * @category predicates
 */
export const flawOfAddress = (host: string): string | undefined =>
  isIPv6(host) ? undefined : "there is no IPv6 address between the brackets"

/**
 * Whether the text is a port, 1 to 65535.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535
