import { TraeError } from './errors.ts'

/** `tls`: from the first byte; `starttls`: before anything is said; `none`: only to hosts of one's own network. */
export type Security = 'tls' | 'starttls' | 'none'

export interface MailServer {
  readonly host: string
  readonly port: number
  readonly security: Security
  /** Null: the server asks for no sign-in. */
  readonly user: string | null
}
export interface MailFolder extends MailServer {
  readonly user: string
  /** INBOX, or another folder of the account. */
  readonly folder: string
}

/** The servers that carry the e-mail of a workspace, and who it is from. */
export interface MailSettings {
  /** In lower case. */
  readonly address: string
  /** Beside the address; may be empty. */
  readonly name: string
  readonly smtp: MailServer
  /** Null: nothing is read. */
  readonly imap: MailFolder | null
  readonly passwords: { readonly smtp: string | null; readonly imap: string | null }
}

/**
 * `smtps://user:password@host:465`, `smtp://` with STARTTLS at 587, `imaps://user:password@host:993/INBOX`, `imap://` with STARTTLS at 143;
 * `?security=none` for a server of one's own network. Throws `CONFIG`, without the text of the addresses: they hold passwords.
 */
export function readMailSettings(given: {
  readonly smtp: string
  readonly imap: string | undefined
  readonly from: string | undefined
}): MailSettings {
  const smtp = readServer('TRAE_SMTP_URL', given.smtp, { tls: 465, starttls: 587 })
  const imap =
    given.imap === undefined ? undefined : readServer('TRAE_IMAP_URL', given.imap, { tls: 993, starttls: 143 })
  if (imap && imap.server.user === null)
    throw new TraeError('CONFIG', 'TRAE_IMAP_URL: must hold user and password, as imaps://user:password@host.')
  const sender = given.from ?? smtp.server.user ?? ''
  const [, name = '', address = sender] = /^([^<]*)<([^>]+)>$/.exec(sender) ?? []
  if (!/^[^@\s]+@[^@\s]+$/.test(address))
    throw new TraeError('CONFIG', 'TRAE_MAIL_FROM: is missing; the user of TRAE_SMTP_URL is no address to write from.')
  return {
    address: address.toLowerCase(),
    name: name.trim().replaceAll(/^"|"$/g, ''),
    smtp: smtp.server,
    imap: imap ? { ...imap.server, user: imap.server.user!, folder: imap.folder || 'INBOX' } : null,
    passwords: { smtp: smtp.password, imap: imap?.password ?? null },
  }
}

function readServer(
  variable: string,
  text: string,
  ports: { readonly tls: number; readonly starttls: number },
): { server: MailServer; password: string | null; folder: string } {
  const url = new URL(text)
  const given = url.searchParams.get('security')
  const security = given ?? (url.protocol.endsWith('s:') ? 'tls' : 'starttls')
  if (security !== 'tls' && security !== 'starttls' && security !== 'none')
    throw new TraeError('CONFIG', `${variable}: security must be tls, starttls or none.`)
  if (url.hostname === '') throw new TraeError('CONFIG', `${variable}: names no host.`)
  return {
    server: {
      host: url.hostname,
      port: url.port === '' ? ports[security === 'tls' ? 'tls' : 'starttls'] : Number(url.port),
      security,
      user: url.username === '' ? null : decodeURIComponent(url.username),
    },
    password: url.password === '' ? null : decodeURIComponent(url.password),
    folder: decodeURIComponent(url.pathname.slice(1)),
  }
}
