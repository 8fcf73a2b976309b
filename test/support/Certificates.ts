/**
 * A certificate authority of an hour's life, with a server certificate for `localhost` (not for 127.0.0.1: a test of
 * `verify-full` needs a name that does not match), a client certificate, and a second authority that signed none of them.
 */
import { chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { type Account, run } from "./Machine.js"

/** Paths of PEM files. */
export interface Certificates {
  readonly ca: string
  readonly otherCa: string
  readonly serverCertificate: string
  readonly serverKey: string
  /** The client certificate's common name is the role it may be used for. */
  readonly clientCertificate: string
  readonly clientKey: string
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]

/** Makes the directory and the files in it by the `openssl` command. */
export const make = async (
  directory: string,
  account: Account | undefined,
  clientName: string
): Promise<Certificates> => {
  mkdirSync(directory)
  const file = (name: string) => path.join(directory, name)
  const authority = async (name: string) => {
    await run("openssl", [
      ...["req", "-x509", ...newKey, "-subj", `/CN=${name}`],
      ...["-addext", "basicConstraints=critical,CA:TRUE", "-keyout", file(`${name}.key`), "-out", file(`${name}.crt`)]
    ])
    return file(`${name}.crt`)
  }
  const signed = async (name: string, commonName: string, extensions: string) => {
    writeFileSync(file(`${name}.ext`), extensions)
    await run("openssl", [
      ...["req", "-new", ...newKey.slice(0, -2), "-subj", `/CN=${commonName}`],
      ...["-keyout", file(`${name}.key`), "-out", file(`${name}.csr`)]
    ])
    await run("openssl", [
      ...["x509", "-req", "-in", file(`${name}.csr`), "-CA", file("ca.crt"), "-CAkey", file("ca.key")],
      ...["-CAcreateserial", "-CAserial", file(`${name}.srl`), "-days", "2"],
      ...["-extfile", file(`${name}.ext`), "-out", file(`${name}.crt`)]
    ])
    return { certificate: file(`${name}.crt`), key: file(`${name}.key`) }
  }
  const [ca, otherCa] = await Promise.all([authority("ca"), authority("other-ca")])
  const [server, client] = await Promise.all([
    signed("server", "localhost", "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n"),
    signed("client", clientName, "extendedKeyUsage=clientAuth\n")
  ])
  if (account !== undefined) chownSync(directory, account.uid, account.gid)
  for (const name of readdirSync(directory)) {
    chmodSync(file(name), name.endsWith(".key") ? 0o600 : 0o644)
    if (account !== undefined) chownSync(file(name), account.uid, account.gid)
  }
  return {
    ca,
    otherCa,
    serverCertificate: server.certificate,
    serverKey: server.key,
    clientCertificate: client.certificate,
    clientKey: client.key
  }
}
