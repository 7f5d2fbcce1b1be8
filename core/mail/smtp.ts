import { once } from 'node:events'
import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { storable } from '../words.ts'
import type { OpenedMailbox } from './mailbox.ts'
import { serverAddress } from './server-address.ts'

/** What became of one letter at the server, in its words. */
export type Handed =
  | { readonly kind: 'taken'; readonly answer: string; readonly messageId: string | undefined }
  /** Not now: the same again later may be taken. */
  | { readonly kind: 'later'; readonly answer: string }
  /** Never: by the address (`recipient`), or for another reason. */
  | { readonly kind: 'refused'; readonly answer: string; readonly recipient: boolean }
  /** The letter was on its way and no answer came: it may have been taken. */
  | { readonly kind: 'unanswered'; readonly answer: string }
  /** The connection ended before any of the letter was handed over. */
  | { readonly kind: 'untouched'; readonly answer: string }

export interface SmtpSession {
  /**
   * Hands one letter over. `onWay` is awaited when the server has agreed to sender and recipient, and before the first byte of
   * the letter: where it throws, nothing was sent.
   */
  hand(
    letter: { readonly from: string; readonly to: string; readonly raw: Buffer },
    onWay: () => Promise<void>,
  ): Promise<Handed>
  close(): void
}

/** How long a server may be silent. In milliseconds. */
const SILENCE = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 60_000 }

/**
 * Connects and signs in (RFC 5321, 3207, 4954); certificates are checked. Throws `VALIDATION` for a host that may not be
 * reached, `CREDENTIAL` where the server refuses the sign-in, `UNAVAILABLE` for everything that may be over later.
 */
export async function openSmtp(
  core: Pick<Core, 'egress'>,
  { smtp, passwords, address: own }: Pick<OpenedMailbox, 'smtp' | 'passwords' | 'address'>,
): Promise<SmtpSession> {
  const { address, servername, ca } = await serverAddress(core, smtp)
  const shown = `${smtp.host}:${smtp.port}`
  const connection = new SMTPConnection({
    host: address,
    port: smtp.port,
    secure: smtp.security === 'tls',
    requireTLS: smtp.security === 'starttls',
    ignoreTLS: smtp.security === 'none',
    name: own.slice(own.indexOf('@') + 1),
    servername,
    tls: { servername, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    logger: false,
    ...SILENCE,
  })
  const failed = once(connection, 'error').then(([error]) => Promise.reject(error as SmtpError))
  failed.catch(() => undefined) // each step is told by its own callback or by this; later ones concern nobody
  try {
    await Promise.race([failed, new Promise<void>(resolve => connection.connect(() => resolve()))])
    const { user } = smtp
    if (user !== null)
      await Promise.race([
        failed,
        new Promise<void>((resolve, reject) =>
          connection.login({ user, pass: passwords.smtp ?? '' }, error => (error ? reject(error) : resolve())),
        ),
      ])
  } catch (error) {
    connection.close()
    throw explain(error as SmtpError, shown)
  }
  return {
    hand: (letter, onWay) => hand(connection, letter, onWay),
    close: () => connection.quit(),
  }
}

/** As nodemailer makes them. */
interface SmtpError extends Error {
  readonly code?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
}

async function hand(
  connection: SMTPConnection,
  { from, to, raw }: { readonly from: string; readonly to: string; readonly raw: Buffer },
  onWay: () => Promise<void>,
): Promise<Handed> {
  let begun = false
  let mine: unknown
  async function* bytes() {
    try {
      await onWay()
    } catch (error) {
      mine = error
      throw error
    }
    begun = true
    yield raw
  }
  const envelope = { from, to: [to], size: raw.length }
  const [error, info] = await new Promise<
    [SmtpError | null, { response: string; serverMessageId?: string } | undefined]
  >(resolve => {
    const body = Readable.from(bytes(), { objectMode: false })
    connection.send(envelope, body, (thrown, sent) => resolve([thrown as SmtpError | null, sent as never]))
  })
  if (mine !== undefined) {
    connection.close()
    throw mine
  }
  if (!error) return { kind: 'taken', answer: storable(info!.response, 500), messageId: info!.serverMessageId }
  const code = error.responseCode ?? 0
  const answer = storable(error.response ?? error.message, 500)
  if (code >= 500) return { kind: 'refused', answer, recipient: error.command === 'RCPT TO' && isAddressGone(answer) }
  if (code >= 400) return { kind: 'later', answer }
  if (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') return { kind: 'refused', answer, recipient: false }
  return { kind: begun ? 'unanswered' : 'untouched', answer }
}

/**
 * Do these words of a server say that there is no such mailbox, now or ever? By the enhanced code of RFC 3463 where there is
 * one (5.1.x without the sender's, 5.2.1), else by the reply of RFC 5321. Refused for what it says, or for who sends it, is another matter.
 */
export function isAddressGone(answer: string): boolean {
  const enhanced = /\b5\.(\d{1,3})\.(\d{1,3})\b/.exec(answer)
  if (enhanced) {
    const [subject, detail] = [Number(enhanced[1]), Number(enhanced[2])]
    return (subject === 1 && detail !== 7 && detail !== 8) || (subject === 2 && detail === 1)
  }
  return /^(550|551|553)\b/.test(answer) && /user|mailbox|recipient|address|account|no such|unknown/i.test(answer)
}

function explain(error: SmtpError, shown: string): TraeError {
  const said = error.response ?? error.message
  if (error.code === 'EAUTH')
    return new TraeError(
      'CREDENTIAL',
      `${shown} refuses the sign-in: ${said}. Look at user and password; many providers want a password made for apps.`,
      { cause: error },
    )
  if (error.code === 'ETLS' || /certificate|self.signed|altname|wrong version number/i.test(error.message))
    return new TraeError(
      'UNAVAILABLE',
      `${shown} cannot be trusted or speaks no TLS there: ${error.message.split(';')[0]}. TLS is usual at port 465, STARTTLS at 587.`,
      { cause: error },
    )
  return new TraeError('UNAVAILABLE', `${shown} cannot be reached: ${said}. Look at host and port.`, { cause: error })
}
