import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import type { selfSigned } from '../plugins/certificate.ts'

/** Dovecot, the IMAP server of Debian (`apt-get install dovecot-imapd`), with one account whose password is `secret`. */
export interface ImapServer {
  readonly port: number
  /** Lays a letter into a folder, as mail that comes in. */
  deliver(letter: string, folder?: string): Promise<void>
  /** Makes a folder anew: the server then numbers its letters anew. */
  renew(folder: string): Promise<void>
  close(): Promise<void>
}
export const IMAP_USER = 'sales'
export const IMAP_PASSWORD = 'secret'

/** Throws where there is no Dovecot: `TRAE_TEST_DOVECOT` names another binary. */
export async function startImapServer(certificate: ReturnType<typeof selfSigned>): Promise<ImapServer> {
  const binary = process.env['TRAE_TEST_DOVECOT'] ?? '/usr/sbin/dovecot'
  if (!existsSync(binary))
    throw new Error(`There is no ${binary}: apt-get install dovecot-imapd, or name it in TRAE_TEST_DOVECOT.`)
  const folder = await mkdtemp(join(tmpdir(), 'trae-dovecot-'))
  const { key, cert } = certificate
  const port = await freePort()
  const root = process.getuid?.() === 0
  const [uid, gid] = root ? idsOf('mail') : [process.getuid!(), process.getgid!()]
  await mkdir(join(folder, 'home'))
  if (root) {
    await chown(folder, uid, gid)
    await chown(join(folder, 'home'), uid, gid)
  }
  await writeFile(join(folder, 'key.pem'), key)
  await writeFile(join(folder, 'cert.pem'), cert)
  const own = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim()
  await writeFile(
    join(folder, 'dovecot.conf'),
    [
      `base_dir = ${folder}/run`,
      `log_path = ${folder}/log`,
      ...(root ? [] : [`default_internal_user = ${own}`, `default_login_user = ${own}`]),
      'protocols = imap',
      'ssl = required',
      `ssl_cert = <${folder}/cert.pem`,
      `ssl_key = <${folder}/key.pem`,
      'auth_mechanisms = plain',
      `passdb {\n driver = static\n args = password=${IMAP_PASSWORD}\n}`,
      `userdb {\n driver = static\n args = uid=${uid} gid=${gid} home=${folder}/home/%u\n}`,
      'mail_location = maildir:~/mail',
      'first_valid_uid = 1',
      'first_valid_gid = 1',
      `service imap-login {\n${root ? '' : ' chroot =\n'} inet_listener imap {\n port = 0\n }\n inet_listener imaps {\n address = 127.0.0.1\n port = ${port}\n ssl = yes\n }\n}`,
      ...(root ? [] : ['service anvil {\n chroot =\n}']),
    ].join('\n'),
  )
  const server = spawn(binary, ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: 'ignore' })
  const client = async <T>(work: (client: ImapFlow) => Promise<T>): Promise<T> => {
    const own = new ImapFlow({
      host: '127.0.0.1',
      port,
      secure: true,
      servername: 'localhost',
      tls: { ca: cert, servername: 'localhost' },
      auth: { user: IMAP_USER, pass: IMAP_PASSWORD },
      logger: false,
    })
    await own.connect()
    try {
      return await work(own)
    } finally {
      await own.logout()
    }
  }
  await answering(server, port, join(folder, 'log'))
  return {
    port,
    deliver: (letter, name = 'INBOX') =>
      client(async own => void (await own.append(name, letter.replaceAll(/\r?\n/g, '\r\n')))),
    renew: name =>
      client(async own => {
        const there = (await own.list()).some(({ path }) => path === name)
        if (there) await own.mailboxDelete(name)
        await own.mailboxCreate(name)
      }),
    async close() {
      const over = new Promise(resolve => server.once('exit', resolve))
      server.kill('SIGTERM')
      await over
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answering(server: ChildProcess, port: number, log: string): Promise<void> {
  for (const until = Date.now() + 15_000; Date.now() < until && server.exitCode === null;) {
    const open = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.once('error', () => resolve(false))
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
    })
    if (open) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`Dovecot does not answer at ${port}: ${await readFile(log, 'utf8').catch(() => 'it wrote no log')}`)
}

const idsOf = (user: string): [number, number] =>
  ['-u', '-g'].map(flag => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))) as [number, number]

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
