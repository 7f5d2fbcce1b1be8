import type { ImapFlow } from 'imapflow'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { OpenedMailbox } from './mailbox.ts'
import { serverAddress } from './server-address.ts'

export interface Folder {
  /** Changes when the server numbers the letters anew (RFC 3501, 2.3.1.1). */
  readonly uidValidity: string
  /** What the next letter that comes will have. */
  readonly uidNext: number
  /** Letters from this UID on, in order, at most `limit`; each in full up to 2 MiB. Marks nothing as read. */
  from(uid: number, limit: number): Promise<{ readonly uid: number; readonly source: Buffer }[]>
  /** UIDs of the letters that came on that day or later, in order. */
  since(day: Date): Promise<number[]>
  close(): Promise<void>
}

/** What is read of one letter: attachments may be cut off, texts are not. */
const MOST_BYTES = 2 * 1024 * 1024

/**
 * Signs in and opens the folder to read (RFC 3501); certificates are checked. Throws `VALIDATION` for a host that may not be reached,
 * `CREDENTIAL` where the server refuses the sign-in, `NOT_FOUND` for a folder that is not there, `UNAVAILABLE` for the rest.
 */
export async function openFolder(
  core: Pick<Core, 'egress'>,
  { imap, passwords }: Pick<OpenedMailbox, 'passwords'> & { readonly imap: NonNullable<OpenedMailbox['imap']> },
): Promise<Folder> {
  const { address, servername, ca } = await serverAddress(core, imap)
  const shown = `${imap.host}:${imap.port}`
  const { ImapFlow } = await import('imapflow') // some megabytes of memory, for those who read a folder
  const client = new ImapFlow({
    host: address,
    port: imap.port,
    servername,
    secure: imap.security === 'tls',
    doSTARTTLS: imap.security === 'tls' ? undefined : imap.security === 'starttls',
    auth: { user: imap.user, pass: passwords.imap ?? '' },
    tls: { servername, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 60_000,
  })
  client.on('error', () => undefined) // whoever waits for an answer is told by that
  try {
    await client.connect()
  } catch (error) {
    client.close()
    throw explain(error as ImapError, shown)
  }
  const ended = (error: ImapError): never => {
    throw explain(error, shown)
  }
  try {
    const { uidValidity, uidNext } = await client.mailboxOpen(imap.folder, { readOnly: true })
    return {
      uidValidity: String(uidValidity),
      uidNext,
      from: (uid, limit) => lettersFrom(client, uid, limit).catch(ended),
      async since(day) {
        const found = await client.search({ since: day }, { uid: true }).catch(ended)
        return (found || []).toSorted((a, b) => a - b)
      },
      close: () => client.logout().catch(() => client.close()),
    }
  } catch (error) {
    client.close()
    const { serverResponseCode, responseText } = error as ImapError
    if (serverResponseCode === 'NONEXISTENT' || /exist/i.test(responseText ?? ''))
      throw new TraeError('NOT_FOUND', `${shown} has no folder ${imap.folder} for ${imap.user}.`, { cause: error })
    throw explain(error as ImapError, shown)
  }
}

async function lettersFrom(client: ImapFlow, uid: number, limit: number): Promise<{ uid: number; source: Buffer }[]> {
  const found = await client.search({ uid: `${uid}:*` }, { uid: true })
  // `n:*` names the last letter even where that is an older one
  const wanted = (found || [])
    .filter(one => one >= uid)
    .toSorted((a, b) => a - b)
    .slice(0, limit)
  if (wanted.length === 0) return []
  const letters: { uid: number; source: Buffer }[] = []
  const query = { uid: true, source: { maxLength: MOST_BYTES } }
  for await (const { uid: own, source } of client.fetch(wanted.join(','), query, { uid: true }))
    if (source) letters.push({ uid: own, source })
  return letters.toSorted((a, b) => a.uid - b.uid)
}

interface ImapError extends Error {
  readonly authenticationFailed?: boolean
  readonly responseText?: string
  readonly serverResponseCode?: string
}

function explain(error: ImapError, shown: string): TraeError {
  const said = error.responseText ?? error.message
  if (error.authenticationFailed)
    return new TraeError(
      'CREDENTIAL',
      `${shown} refuses the sign-in: ${said}. Look at user and password; many providers want a password made for apps.`,
      { cause: error },
    )
  if (/certificate|self.signed|altname|wrong version number|STARTTLS|tls/i.test(error.message))
    return new TraeError(
      'UNAVAILABLE',
      `${shown} cannot be trusted or speaks no TLS there: ${error.message.split(';')[0]}. TLS is usual at port 993, STARTTLS at 143.`,
      { cause: error },
    )
  return new TraeError('UNAVAILABLE', `${shown} cannot be reached: ${said}. Look at host and port.`, { cause: error })
}
