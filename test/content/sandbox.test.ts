import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TraeError } from '../../core/errors.ts'
import { createLog } from '../../core/log.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { Sandbox } from '../../core/sandbox/sandbox.ts'
import { PLUGINS } from './catalog.ts'

let sandbox: Sandbox
let out: string
beforeAll(async () => {
  sandbox = new Sandbox({ log: createLog('silent') })
  out = await mkdtemp(join(tmpdir(), 'content-'))
})
afterAll(async () => {
  await sandbox.close()
  await rm(out, { recursive: true, force: true })
})

/** Calls an action as the host does, with nothing granted. */
async function call(id: string, action: string, input: unknown, locale = 'pt-BR') {
  const manifest = await buildPlugin(join(import.meta.dirname, '../../plugins', id), join(out, id))
  const source = await readFile(join(out, id, 'plugin.js'), 'utf8')
  const { output, cpuMs } = await sandbox.call({
    code: { digest: createHash('sha256').update(source).digest('hex'), source: async () => source },
    workspaceId: 'w',
    entry: `actions.${action}`,
    input: JSON.stringify(input),
    context: {
      run: { id: 'r', path: 'p', attempt: 1, key: 'k', deadline: 0 },
      workspace: { id: 'w', name: 'Acme', timeZone: 'America/Sao_Paulo', locale: 'pt-BR' },
      locale,
      timeZone: 'America/Sao_Paulo',
      messages: manifest.messages,
    },
    limits: { memoryMb: 64, cpuMs: 1000, wallMs: 30_000 },
    // A host without a model says so; nothing else is granted
    host: op => Promise.reject(op === 'llm' ? new TraeError('NO_MODEL', 'none') : new Error(`no ${op} here`)),
  })
  return { output: JSON.parse(output) as Record<string, unknown>, cpuMs }
}

describe('behind the wall', () => {
  const pure = PLUGINS.flatMap(({ id, actions }) =>
    Object.entries(actions)
      .filter(([, { effect }]) => effect === 'none')
      .map(([name, action]) => [id, name, action] as const),
  )
  test.each(pure)('%s/%s answers its sample as its schema says', async (id, name, action) => {
    const { output } = await call(id, name, action.input.parse(action.sample))
    expect(action.output.safeParse(output)).toMatchObject({ success: true })
  })

  test('times and languages are those of the call: the guest has Intl', async () => {
    const input = { kind: 'meeting-confirmation', lead: { name: 'Ana' }, meeting: { startsAt: '2026-03-05T13:00:00Z' } }
    expect(
      (await call('sdr', 'automated-outreach', { ...input, lead: { name: 'Ana', locale: 'pt-BR' } })).output['subject'],
    ).toMatch(/quinta-feira, 5 de março.*10:00/)
    expect(
      (await call('sdr', 'automated-outreach', { ...input, lead: { name: 'Ana', locale: 'en' } }, 'en')).output[
        'subject'
      ],
    ).toMatch(/Thursday, March 5.*10:00/)
  })

  test.each([
    'Olá, não sei se o interesse agora é esse, mas podemos talvez marcar uma conversa no mês que vem, ok? ',
    'sim ',
    'nao quero ',
    'me remova ',
    '\n',
    'Em '.padEnd(170, 'x'),
  ])('the longest letter full of %j costs a fraction of the CPU that a call may use', async text => {
    const { cpuMs } = await call('sdr', 'classify-reply', { text: text.repeat(50_000 / text.length) })
    expect(cpuMs).toBeLessThan(800) // of 1000; what backtracks takes minutes
  })
})
