import { Client } from 'pg'
import type { Config } from '../../config.ts'
import { TraeError } from '../../errors.ts'
import { letIn } from '../../mail/connect-mailbox.ts'
import type { Finding } from './finding.ts'

/** Do the mail servers let us in? Those of the environment are asked; of those that people connected it is read how they are. */
export async function checkMailbox(config: Config): Promise<Finding[]> {
  const name = 'mailbox'
  const { mail, egress, databaseUrl } = config
  const own: Finding[] = []
  if (mail)
    try {
      await letIn({ egress }, mail)
      const reading = mail.imap ? `, answers are read at ${mail.imap.host}` : '; answers are not read (TRAE_IMAP_URL)'
      own.push({ name, status: 'ok', message: `e-mails of ${mail.address} go out by ${mail.smtp.host}${reading}` })
    } catch (error) {
      if (!(error instanceof TraeError)) throw error
      own.push({ name, status: 'fail', message: error.message, todo: 'Correct TRAE_SMTP_URL or TRAE_IMAP_URL.' })
    }
  const connected = databaseUrl === undefined ? [] : await connectedIn(databaseUrl)
  for (const { address, problem } of connected)
    own.push(
      problem === null
        ? { name, status: 'ok', message: `e-mails of ${address} go out` }
        : { name, status: 'warn', message: `${address}: ${problem}`, todo: 'Look at Settings, E-mail.' },
    )
  if (own.length > 0) return own
  return [
    {
      name,
      status: 'ok',
      message: 'no mail server is set here: e-mails stay on this host, unless people connected one (Settings, E-mail)',
    },
  ]
}

/** Those that people connected. None of a database that is not there, or older than mailboxes: others say that. */
async function connectedIn(url: string): Promise<{ address: string; problem: string | null }[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  try {
    await client.connect()
    const { rows } = await client.query<{ address: string; problem: string | null }>(
      `select address, coalesce(outgoing_problem, incoming_problem) as problem from mailboxes where source = 'form' order by address`,
    )
    return rows
  } catch {
    return []
  } finally {
    await client.end().catch(() => {})
  }
}
