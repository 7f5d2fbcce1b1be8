import { lookup as resolveName } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Core } from '../context.ts'
import { isPublicAddress } from '../credentials/public-address.ts'
import { TraeError } from '../errors.ts'
import type { MailServer } from '../mail-settings.ts'

export interface ServerAddress {
  /** IP address that was checked; the connection is made to it and to no other. */
  readonly address: string
  /** What its certificate must be for. */
  readonly servername: string
  /** Certificates (PEM) to trust beside the usual ones: of the operator's own network. */
  readonly ca: string | undefined
}

/**
 * Where a mail server is, by the rules that hold for all that leaves this host: an address of the open internet, unless the
 * operator named the host with its port. Throws `VALIDATION` for a host that may not be reached, or not without TLS;
 * `UNAVAILABLE` for a name that is not known.
 */
export async function serverAddress(
  { egress }: Pick<Core, 'egress'>,
  { host, port, security }: Pick<MailServer, 'host' | 'port' | 'security'>,
): Promise<ServerAddress> {
  const name = host.toLowerCase().replace(/\.$/, '')
  const isPrivate = egress.privateHosts?.has(`${name}:${port}`) ?? false
  if (security === 'none' && !isPrivate)
    throw new TraeError(
      'VALIDATION',
      `${host}:${port} would be sent the password unencrypted. Choose TLS or STARTTLS; without encryption only hosts that the operator named in TRAE_PRIVATE_HOSTS are reached.`,
    )
  const found = isIP(name) ? [{ address: name }] : await resolve(egress.resolve, name)
  if (!isPrivate && !found.every(({ address }) => isPublicAddress(address)))
    throw new TraeError(
      'VALIDATION',
      `${host}:${port} does not lead to the open internet. Whoever runs this host can allow it: TRAE_PRIVATE_HOSTS=${name}:${port}.`,
    )
  return { address: found[0]!.address, servername: name, ca: isPrivate ? egress.privateCa : undefined }
}

async function resolve(own: Core['egress']['resolve'], host: string): Promise<readonly { readonly address: string }[]> {
  try {
    const found = await (own ? own(host) : resolveName(host, { all: true }))
    if (found.length > 0) return found
  } catch {
    // said below
  }
  throw new TraeError('UNAVAILABLE', `There is no host ${host}: look at its name.`)
}

/** Does a mail server stand in the way, or how it was set? Everything else is ours. */
export const isServerProblem = (error: unknown): error is TraeError =>
  error instanceof TraeError && ['VALIDATION', 'CREDENTIAL', 'NOT_FOUND', 'UNAVAILABLE'].includes(error.code)
