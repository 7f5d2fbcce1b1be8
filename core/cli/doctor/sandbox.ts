import { createHash } from 'node:crypto'
import { createLog } from '../../log.ts'
import { Sandbox } from '../../sandbox/sandbox.ts'
import type { Finding } from './finding.ts'

const SOURCE =
  'export default { actions: { answer: { run: input => ({ answer: input.question + 1 }) } }, triggers: {} }'

/** Runs a plugin of one line through the real sandbox. */
export async function checkSandbox(): Promise<Finding> {
  const sandbox = new Sandbox({ log: createLog('silent') })
  try {
    const { output } = await sandbox.call({
      code: { digest: createHash('sha256').update(SOURCE).digest('hex'), source: async () => SOURCE },
      workspaceId: 'doctor',
      entry: 'actions.answer',
      input: '{"question":41}',
      context: {
        run: { id: 'doctor', path: 'doctor', attempt: 1, key: 'doctor' },
        workspace: { id: 'doctor', timeZone: 'UTC', locale: 'en' },
        locale: 'en',
        timeZone: 'UTC',
        messages: {},
      },
      limits: { memoryMb: 64, cpuMs: 1000, wallMs: 10_000 },
      host: () => Promise.reject(new Error('not offered')),
    })
    if ((JSON.parse(output) as { answer: number }).answer !== 42) throw new Error(`it answered ${output}`)
    const message = `a plugin ran and answered; level ${sandbox.level}`
    if (!sandbox.level.startsWith('0')) return { name: 'sandbox', status: 'ok', message }
    return {
      name: 'sandbox',
      status: 'warn',
      message,
      todo: 'The operating system adds no wall here. On Linux, allow user namespaces to get the stronger levels.',
    }
  } catch (error) {
    return {
      name: 'sandbox',
      status: 'fail',
      message: `a plugin of one line cannot be run: ${(error as Error).message}`,
      todo: 'Run npm ci again; the sandbox engine comes ready built for Node 24 on Linux, macOS and Windows.',
    }
  } finally {
    await sandbox.close()
  }
}
