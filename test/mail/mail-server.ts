import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { selfSigned } from '../plugins/certificate.ts'

export interface TakenLetter {
  readonly from: string
  readonly to: string
  readonly mail: ParsedMail
  readonly source: string
}

/** What the server does with the next letters: each answer is used once, then letters are taken. */
export type Behaviour =
  | { readonly at: 'recipient' | 'letter'; readonly code: number; readonly text: string }
  /** Takes the letter, and hangs up without a word. */
  | { readonly at: 'hang-up' }

/** smtp-server of npm: a real SMTP server with TLS and sign-in (`sales`, `secret`), whose letters stay in memory. */
export interface MailServer {
  readonly port: number
  readonly certificate: string
  readonly pair: ReturnType<typeof selfSigned>
  readonly letters: TakenLetter[]
  /** For the next letters, in order. */
  readonly next: Behaviour[]
  password: string
  /** Resolves when nobody is connected and every letter that came in is among `letters`. */
  quiet(): Promise<void>
  close(): Promise<void>
}

/** Not `secure`: TLS begins when it is asked for (STARTTLS), and nobody signs in before. */
export async function startMailServer({
  secure = true,
  certificate = selfSigned('localhost'),
}: { secure?: boolean; certificate?: ReturnType<typeof selfSigned> } = {}): Promise<MailServer> {
  const { key, cert } = certificate
  const letters: TakenLetter[] = []
  const next: Behaviour[] = []
  const own = { password: 'secret', reading: 0 }
  const server = new SMTPServer({
    secure,
    key,
    cert,
    logger: false,
    authMethods: ['PLAIN', 'LOGIN'],
    onAuth({ username, password }, _session, done) {
      if (username === 'sales' && password === own.password) return done(null, { user: username })
      done(Object.assign(new Error('5.7.8 Username and password are not accepted'), { responseCode: 535 }))
    },
    onRcptTo(_address, _session, done) {
      const [behaviour] = next
      if (behaviour?.at !== 'recipient') return done()
      next.shift()
      done(Object.assign(new Error(behaviour.text), { responseCode: behaviour.code }))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const behaviour = next[0]?.at === 'recipient' ? undefined : next.shift()
        if (behaviour?.at === 'letter')
          return done(Object.assign(new Error(behaviour.text), { responseCode: behaviour.code }))
        const source = Buffer.concat(chunks).toString('utf8')
        const from = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address
        const to = session.envelope.rcptTo.map(({ address }) => address).join(', ')
        own.reading++
        void simpleParser(source).then(mail => {
          own.reading--
          letters.push({ from, to, mail, source })
          if (behaviour?.at === 'hang-up') for (const one of server.connections) (one as { close(): void }).close()
          else done(null, '2.0.0 taken')
        })
      })
    },
  })
  server.on('error', () => undefined) // a client that does not trust us hangs up
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: (server.server.address() as { port: number }).port,
    certificate: cert,
    pair: certificate,
    letters,
    next,
    get password() {
      return own.password
    },
    set password(value) {
      own.password = value
    },
    async quiet() {
      while (server.connections.size > 0 || own.reading > 0) await new Promise(resolve => setTimeout(resolve, 10))
    },
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}
