import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type FarSide, openFarSide } from '../plugins/far-side.ts'
import { FIXTURES } from '../plugins/world.ts'
import { createTestDatabase, DATABASE_KINDS } from '../support/database.ts'
import { packAgainst } from '../vendors/pack-plugin.ts'
import { Life } from './life.ts'
import type { Standing } from './registration-process.ts'

/** A vendor that takes the same address as often as it is told it. */
interface Hook {
  readonly id: string
  readonly url: string
  readonly secret: string
  readonly key: string
}
type Deed = 'switch on' | 'switch off' | 'change the secret' | 'nothing'
/** Longer than the lease of whoever talks to the vendor: the dead hold it until then. */
const LATER_MS = 20 * 60_000

describe.each(DATABASE_KINDS)('killed after the vendor has our address and before we know it, on %s', kind => {
  let far: FarSide
  let folder: string
  let hooks: Map<string, Hook>
  let made: number
  beforeAll(async () => {
    far = await openFarSide(['api.example.com'], (request, response) => {
      const answer = (status: number, body?: unknown) => response.writeHead(status).end(JSON.stringify(body))
      if (request.method === 'GET') return void answer(200, { hooks: [...hooks.values()] })
      if (request.method === 'DELETE') return void answer(hooks.delete(request.url!.split('/')[2]!) ? 204 : 404, {})
      const hook = { ...(JSON.parse(request.text) as Omit<Hook, 'id'>), id: `h${++made}` }
      hooks.set(hook.id, hook)
      answer(201, hook)
    })
    folder = await mkdtemp(join(tmpdir(), 'trae-registrar-'))
    await packAgainst('registrar', folder, ['api.example.com'], far.port, FIXTURES)
  })
  afterAll(async () => {
    await far?.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    hooks = new Map()
    made = 0
  })

  const makeHome = async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'trae-registered-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const database = kind === 'postgres' ? await createTestDatabase() : undefined
    if (database) onTestFinished(() => database.drop())
    let now = Date.parse('2026-03-02T12:00:00Z')
    /** A life that begins after the lease of the one before has ended. */
    return (deed: Deed, crash?: 'webhook.registered') => {
      now += LATER_MS
      return new Life('registration-process.ts', {
        TRAE_DATA_DIR: dataDir,
        TRAE_ENCRYPTION_KEY: '7'.repeat(64),
        TRAE_PUBLIC_URL: 'https://trae.example.com',
        TRAE_LOG_LEVEL: 'error',
        REGISTRAR: folder,
        REGISTRAR_PORT: String(far.port),
        REGISTRAR_CA: far.settings.privateCa!,
        TEST_NOW: new Date(now).toISOString(),
        TEST_DO: deed,
        ...(crash ? { TRAE_CRASH_AT: crash } : {}),
        ...(database ? { DATABASE_URL: database.url } : {}),
      })
    }
  }
  /** Lives until the registration is as it is to be, and answers it. */
  const until = async (life: Life, fits: (stands: Standing) => boolean): Promise<Standing> => {
    for (const deadline = Date.now() + 30_000; ;) {
      const stands = await life.ask<Standing | null>({ figures: true }, 'stands')
      if (stands === 'dead') throw new Error('The process died without being killed.')
      if (stands && fits(stands)) return stands
      if (Date.now() > deadline) throw new Error(`It does not settle: ${JSON.stringify(stands)}`)
      await life.pause(20)
    }
  }
  const dies = async (life: Life) => {
    while ((await life.pause(1000)) !== 'dead');
    expect(life.signal).toBe('SIGKILL')
  }
  const isKnown = ({ registered, begun, leased, old }: Standing) => registered && !begun && !leased && old.length === 0

  it('one registration stands in the end, and it is ours', { timeout: 120_000 }, async () => {
    const live = await makeHome()
    await dies(live('switch on', 'webhook.registered'))
    expect([...hooks.keys()]).toEqual(['h1'])
    await dies(live('nothing', 'webhook.registered')) // a second death finds what the first has left
    const life = live('nothing')
    await life.ready()
    expect(await until(life, isKnown)).toMatchObject({ data: { id: 'h1' }, failures: 0 })
    await life.kill()
    expect([...hooks.keys()]).toEqual(['h1'])
    expect(made).toBe(1)
  })

  it('one stands also where it took the place of an earlier one, which is gone', { timeout: 120_000 }, async () => {
    const live = await makeHome()
    const before = live('switch on')
    await before.ready()
    await until(before, isKnown)
    await before.kill()
    const { secret } = hooks.get('h1')!
    await dies(live('change the secret', 'webhook.registered'))
    expect([...hooks.keys()]).toEqual(['h1', 'h2'])
    const life = live('nothing')
    await life.ready()
    expect(await until(life, isKnown)).toMatchObject({ data: { id: 'h2' } })
    await life.kill()
    expect([...hooks.values()]).toMatchObject([{ id: 'h2', secret: expect.not.stringContaining(secret) }])
    expect(made).toBe(2)
  })

  it('none is left where nobody wants it any more', { timeout: 120_000 }, async () => {
    const live = await makeHome()
    await dies(live('switch on', 'webhook.registered'))
    const life = live('switch off')
    await life.ready()
    await until(life, ({ registered, begun, leased, old }) => !registered && !begun && !leased && old.length === 0)
    await life.kill()
    expect(hooks.size).toBe(0)
    expect(made).toBe(1)
  })
})
