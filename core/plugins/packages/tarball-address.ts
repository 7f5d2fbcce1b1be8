import { createHash } from 'node:crypto'
import type { Core } from '../../context.ts'
import { egress } from '../../credentials/egress.ts'
import { TraeError } from '../../errors.ts'
import type { UrlSource } from '../entities.ts'
import { MAX_TARBALL_BYTES, refused } from './package-limits.ts'

const PATIENCE_MS = 30_000
const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/

/**
 * The tarball at an https address, by the rules of all that leaves this host, redirects included. `#sha512-<base64>` behind the
 * address is the hash that it must have. Throws `BAD_USER_INPUT` for what is no such address, `NOT_FOUND`, `UNAVAILABLE`, and
 * `MANIFEST` for what may not be asked, is too large or has another hash.
 */
export async function downloadTarball(
  core: Pick<Core, 'egress'>,
  spec: string,
): Promise<{ source: UrlSource; bytes: Uint8Array }> {
  const url = URL.parse(spec)
  if (url?.protocol !== 'https:')
    throw new TraeError('BAD_USER_INPUT', 'The address of a tarball starts with https://. Nothing was fetched.')
  if (url.username || url.password)
    throw new TraeError(
      'BAD_USER_INPUT',
      'The address holds a user name or a password, which would be kept. Download the tarball yourself and hand in the file.',
    )
  const expected = url.hash.slice(1)
  if (expected !== '' && !INTEGRITY.test(expected))
    throw new TraeError(
      'BAD_USER_INPUT',
      'Behind the # of the address belongs the hash of the tarball, as sha512-<base64>, which `trae plugin pack` prints. Nothing was fetched.',
    )
  const shown = `${url.origin}${url.pathname}`
  const bytes = await fetchBytes(core, `${shown}${url.search}`, shown)
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  if (expected !== '' && integrity !== expected)
    throw refused(
      `What came from ${shown} is not what was asked for: its hash is ${integrity}, expected ${expected}. Nothing was unpacked. Do not trust this copy.`,
    )
  return { source: { kind: 'url', url: shown, integrity }, bytes }
}

async function fetchBytes(core: Pick<Core, 'egress'>, url: string, shown: string): Promise<Uint8Array> {
  const limits = { totalMs: PATIENCE_MS, ...core.egress.limits, responseBytes: MAX_TARBALL_BYTES }
  const policy = { ...core.egress, allows: () => true, limits, encoding: 'latin1' } as const
  const { status, body } = await egress({ url, method: 'GET', headers: {} }, policy).catch((error: unknown) => {
    if (!(error instanceof TraeError) || error.code === 'UNAVAILABLE') throw error
    throw refused(`${shown}: ${error.message.replace(/^fetch: /, '')} Nothing was changed.`, error)
  })
  if (status === 200) return Buffer.from(body, 'latin1')
  throw status === 404
    ? new TraeError('NOT_FOUND', `There is nothing at ${shown}.`)
    : new TraeError('UNAVAILABLE', `${shown} answered ${status}. Nothing was changed.`)
}
