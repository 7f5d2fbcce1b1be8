import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, readConfig } from '../config.ts'
import { ADMIN_UI } from '../http/static-ui.ts'
import { type Host, startHost } from '../main.ts'
import { buildParts, staleParts } from './build-parts.ts'
import { defineCommand } from './command.ts'
import { readCliToken, writeCliToken, writeHostFile } from './host-file.ts'
import { signIn } from './host-session.ts'
import { DIST } from './paths.ts'
import { boxed, inColumns, type Terminal } from './terminal.ts'

export const start = defineCommand({
  usage: 'start',
  about:
    'Runs TRAE OS until SIGTERM or SIGINT (Ctrl-C), which finish what is under way; a second one ends it at once.\nEverything is set by environment variables: docs/settings.md lists them.',
  flags: {},
  positionals: { least: 0, most: 0 },
  async run({ terminal }) {
    const config = readConfig()
    const stopped = untilStopped()
    await buildMissingPlugins(config, terminal)
    const host = await startHost(config, terminal.progress)
    const removeHostFile = writeHostFile(config.dataDir, { url: host.url, pid: process.pid })
    try {
      await keepOperatorToken(config, host)
      announce(terminal, config, host)
      await stopped
      terminal.progress('Stopping: finishing what is under way')
    } finally {
      removeHostFile()
      await host.stop()
    }
    terminal.progress('Stopped')
    terminal.data({ stopped: true })
    return 0
  },
})

/** Ctrl-C reaches us from the terminal and again through npm and the launcher: what follows at once is the same signal. */
const ECHO_MS = 200

function untilStopped(): Promise<void> {
  let first: number | undefined
  return new Promise(resolve => {
    const onSignal = () => {
      first ??= performance.now()
      if (performance.now() - first > ECHO_MS) process.exit(1)
      resolve()
    }
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  })
}

/** A checkout whose plugins were edited runs what is written there; a production image runs what it was built with. */
async function buildMissingPlugins(config: Config, terminal: Terminal): Promise<void> {
  const wanted = config.production ? !existsSync(join(DIST, 'plugins')) : (await staleParts(['plugins'])).length > 0
  if (!wanted) return
  await buildParts(['plugins'], terminal.progress)
  await (await import('esbuild')).stop() // its own process, of no use until the next build
}

function announce(terminal: Terminal, config: Config, host: Host): void {
  const { paint } = terminal
  const url = config.publicUrl ?? host.url
  const seconds = process.uptime()
  const broken = host.broken.map(({ file, error }) => ({ file, code: error.code, message: error.message }))
  terminal.data({
    ready: true,
    url,
    admin: `${url}/admin`,
    form: `${url}/l/demo`,
    database: host.core.databaseKind,
    owner: host.owner ?? null,
    startSeconds: Number(seconds.toFixed(2)),
    broken,
    edited: host.edited.map(({ file, keptVersion, replacedVersion }) => ({ file, keptVersion, replacedVersion })),
  })
  terminal.line()
  terminal.line(`${paint(['bold', 'green'], 'TRAE OS is ready')}, after ${seconds.toFixed(1)} s`)
  terminal.line(
    inColumns([
      ['Admin', `${url}/admin${existsSync(join(ADMIN_UI, 'index.html')) ? '' : '   not built yet: npm run build'}`],
      ['Form', `${url}/l/demo`],
      ['API', `${url}/graphql`],
      ['Database', databaseSentence(config, host)],
    ]),
  )
  if (!host.core.brain.running)
    terminal.line(
      `\n${paint('yellow', 'The brain was stopped and stays so: start it in the admin, on the page Brain.')}`,
    )
  if (host.owner) terminal.line(`\n${ownerBox(host.owner)}`)
  for (const { file, message } of broken)
    terminal.line(`\n${paint('red', `${file} was not published; what was published before stays.`)}\n${message}`)
  for (const { file, keptVersion, replacedVersion } of host.edited)
    terminal.line(
      keptVersion === undefined
        ? `\n${paint('yellow', `${file} has changed and was published in place of version ${replacedVersion}, which was made elsewhere.`)}\nThat version is in the list of versions: roll back to it if it was to stay.`
        : `\n${file} has not changed, so version ${keptVersion}, which was made elsewhere, stays in force. Change the file to let it win.`,
    )
  terminal.line()
}

function databaseSentence(config: Config, host: Host): string {
  if (host.core.databaseKind === 'postgres') return `Postgres at ${new URL(config.databaseUrl!).host}`
  return `embedded, in ${config.dataDir}: safe against a killed process, not against a power cut; set DATABASE_URL for Postgres`
}

function ownerBox(owner: NonNullable<Host['owner']>): string {
  const { email, password } = owner
  return boxed(
    password
      ? [
          'Sign in with',
          `  e-mail    ${email}`,
          `  password  ${password}`,
          'It is shown this once and kept nowhere: write it down.',
        ]
      : ['Sign in with', `  e-mail    ${email}`, '  password  the one of TRAE_OWNER_PASSWORD'],
  )
}

/**
 * At the first boot the owner's password is known: a session of its own for the commands on this machine (`trae lead add`,
 * `trae playbook run`), so that they need not ask. Without it they ask.
 */
async function keepOperatorToken(config: Config, host: Host): Promise<void> {
  const password = host.owner?.password ?? config.owner.password
  if (password === undefined || (host.owner === undefined && readCliToken(config.dataDir) !== undefined)) return
  try {
    const { refreshToken } = await signIn(host.url, host.owner?.email ?? config.owner.email, password)
    writeCliToken(config.dataDir, refreshToken)
  } catch (error) {
    host.core.log.info({ err: error }, 'no session for the commands on this machine; they will ask for a password')
  }
}
