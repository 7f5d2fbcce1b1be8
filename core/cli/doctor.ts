import { readConfig } from '../config.ts'
import { TraeError } from '../errors.ts'
import { defineCommand } from './command.ts'
import { checkBuilt } from './doctor/built.ts'
import { checkDataDirectory } from './doctor/data-directory.ts'
import { checkDatabase } from './doctor/database.ts'
import type { Finding } from './doctor/finding.ts'
import { checkMailbox } from './doctor/mailbox.ts'
import { checkNode } from './doctor/node.ts'
import { checkPort } from './doctor/port.ts'
import { checkRedis } from './doctor/redis.ts'
import { checkSandbox } from './doctor/sandbox.ts'
import { checkNeighbours } from './doctor/neighbours.ts'
import { checkWall } from './doctor/workspace-wall.ts'
import type { Terminal } from './terminal.ts'

export const doctor = defineCommand({
  usage: 'doctor',
  about:
    'Looks at this machine and this installation, changes nothing, and says for each thing whether it is right and what to do.',
  flags: {},
  positionals: { least: 0, most: 0 },
  async run({ terminal }) {
    const findings = await examine()
    for (const finding of findings) terminal.line(lineOf(terminal, finding))
    const failed = findings.filter(({ status }) => status === 'fail').length
    const warned = findings.filter(({ status }) => status === 'warn').length
    terminal.line(
      failed > 0 ? `\n${failed} to be put right.` : `\nReady to start${warned > 0 ? `; ${warned} worth a look` : ''}.`,
    )
    terminal.data({ ok: failed === 0, findings })
    return failed > 0 ? 1 : 0
  },
})

async function examine(): Promise<Finding[]> {
  const still = [checkNode(), await checkSandbox(), ...(await checkBuilt())]
  try {
    const config = readConfig()
    const own = await Promise.all([
      checkDataDirectory(config),
      checkDatabase(config),
      checkWall(config),
      checkPort(config),
      checkMailbox(config),
      checkNeighbours(config),
      checkRedis(config),
    ])
    return [...still, { name: 'environment', status: 'ok', message: 'every variable is right' }, ...own.flat()]
  } catch (error) {
    if (!(error instanceof TraeError) || error.code !== 'CONFIG') throw error
    return [...still, { name: 'environment', status: 'fail', message: error.message }]
  }
}

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function lineOf(terminal: Terminal, { name, status, message, todo }: Finding): string {
  const advice = todo ? `\n${' '.repeat(19)}→ ${todo}` : ''
  return `${terminal.paint(COLOURS[status], status.padEnd(4))}  ${name.padEnd(11)}  ${message}${advice}`
}
