import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { LexicalEmbedder } from '../../core/adapters/embedder/lexical-embedder.ts'
import type { CrashPoint } from '../../core/crash-point.ts'
import { createTestDatabase, DATABASE_KINDS } from '../support/database.ts'
import { FakePinecone } from '../vendors/pinecone/pinecone.ts'
import { Life } from './life.ts'
import type { Deed, Stands } from './memory-process.ts'

/** Longer than the lease of whoever writes vectors: the dead hold it until then. */
const LATER_MS = 120_000
const KEY = 'pc-test-key'

/** In their order: what each life dies of, and what is done then before anything else. */
const DEATHS: readonly { readonly at: CrashPoint; readonly passing?: number; readonly next?: Deed }[] = [
  { at: 'memory.stored', passing: 3 },
  { at: 'vectors.written' },
  { at: 'memory.erased' },
  { at: 'vectors.removed' },
  { at: 'vectors.dropped' },
  { at: 'vectors.copied', next: 'erase carla' },
  { at: 'vectors.placed' },
  { at: 'store.emptying' },
  { at: 'vectors.removed' },
]
const DEEDS: readonly Deed[] = ['store', 'erase ana', 'another embedder', 'move', 'erase bia']

const cafe = (name: string) => `${name} gosta de café`
const meeting = (name: string) => `Reunião com ${name} sobre telhados`
const BAKERIES = [1, 2, 3].map(n => `A padaria ${n} compra farinha`)

describe.each(DATABASE_KINDS)('The memory of a process that is killed, on %s', kind => {
  const pinecone = new FakePinecone(new LexicalEmbedder().dimensions, KEY)
  let address: string
  beforeAll(async () => {
    address = await pinecone.open()
  })
  afterAll(() => pinecone.close())
  let home: Record<string, string>
  let now = Date.parse('2026-03-02T12:00:00Z')
  beforeEach(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'trae-memory-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const database = kind === 'postgres' ? await createTestDatabase() : undefined
    if (database) onTestFinished(() => database.drop())
    home = {
      TRAE_DATA_DIR: dataDir,
      TRAE_ENCRYPTION_KEY: '7'.repeat(64),
      TRAE_LOG_LEVEL: 'error',
      PINECONE_API_KEY: KEY,
      PINECONE_INDEX_HOST: address,
      ...(database ? { DATABASE_URL: database.url } : {}),
    }
  })
  const begin = (environment: Record<string, string> = {}) => {
    now += LATER_MS
    const life = new Life('memory-process.ts', { ...home, TEST_NOW: new Date(now).toISOString(), ...environment })
    onTestFinished(() => life.kill())
    return life
  }

  it(
    'holds and finds what was stored, and nothing of who was erased, wherever it dies',
    { timeout: 240_000 },
    async () => {
      const left: Deed[] = [...DEEDS]
      const after: Partial<Record<Deed, Stands>> = {}
      /** Does what is left until it dies. */
      const goOn = async (life: Life) => {
        if (!(await life.ready())) return
        while (left.length > 0) {
          const stands = await life.ask<Stands>({ do: left[0]! }, 'stands')
          if (stands === 'dead') return
          after[left.shift()!] = stands
        }
        await life.kill()
      }
      const died: CrashPoint[] = []
      for (const { at, passing = 1, next } of DEATHS) {
        const life = begin({ TRAE_CRASH_AT: `${at}:${passing}` })
        await goOn(life)
        if (life.signal === 'SIGKILL' && left.length > 0) died.push(at)
        if (next) left.unshift(next)
      }
      expect(died).toEqual(DEATHS.map(({ at }) => at))
      await goOn(begin())
      expect(left).toEqual([])

      const database = { kind: 'database', moving_to: null, leaving: null }
      const names = ['ana', 'bia', 'carla']
      const addresses = names.map(name => `${name}@acme.com.br`)
      expectToStand(after['store'], [...BAKERIES, ...names.map(cafe), ...addresses.map(meeting)])
      expect(after['store']).toMatchObject({
        store: database,
        vectors: 9,
        people: addresses.map(one => `lead_${one}`),
      })
      const [, bia, carla] = addresses
      const withoutAna = [...BAKERIES, ...['bia', 'carla'].map(cafe), ...['[erased]', bia!, carla!].map(meeting)]
      expectToStand(after['erase ana'], withoutAna)
      expect(after['erase ana']).toMatchObject({
        store: database,
        vectors: 8,
        people: [`lead_${bia}`, `lead_${carla}`],
      })
      expectToStand(after['another embedder'], withoutAna)
      expect(after['another embedder']).toMatchObject({ store: database, vectors: 8 })

      const elsewhere = { store: { kind: 'pinecone', moving_to: null, leaving: null }, vectors: 0, people: [] }
      expectToStand(after['move'], [...BAKERIES, cafe('bia'), ...['[erased]', bia!, '[erased]'].map(meeting)])
      expect(after['move']).toMatchObject(elsewhere)
      expectToStand(after['erase bia'], [...BAKERIES, ...['[erased]', '[erased]', '[erased]'].map(meeting)])
      expect(after['erase bia']).toMatchObject(elsewhere)
      const [space, ...others] = pinecone.namespaces()
      expect(others).toEqual([])
      expect(pinecone.idsIn(space!)).toHaveLength(6)
      expect(pinecone.idsIn(space!).filter(id => id.includes('acme'))).toEqual([])
      expect(pinecone.problems).toEqual([])
    },
  )
})

/** These entries, each with its vector, each found by both, and nothing left to do. */
function expectToStand(stands: Stands | undefined, contents: readonly string[]): void {
  const sorted = contents.toSorted()
  expect(stands?.entries.map(({ content }) => content).toSorted()).toEqual(sorted)
  expect(stands?.entries.filter(({ stale }) => stale)).toEqual([])
  expect(stands?.removals).toBe(0)
  expect(stands?.found.map(({ content }) => content).toSorted()).toEqual(sorted)
  expect(stands?.found.filter(({ by }) => by !== 'both')).toEqual([])
}
