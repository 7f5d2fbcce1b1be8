/**
 * One life of a memory, for the crash tests: does the deeds it is told, on the database that the environment names, a Pinecone at
 * PINECONE_INDEX_HOST and a clock that begins where TEST_NOW says; dies at TRAE_CRASH_AT. Every deed may be told again after a death.
 */
import { firstBoot } from '../../core/access/first-boot.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { keepVectors } from '../../core/memory/keep-vectors.ts'
import { moveMemory } from '../../core/memory/move-store.ts'
import { searchMemory } from '../../core/memory/search-memory.ts'
import { storeEntry } from '../../core/memory/store-entry.ts'
import { erasePerson } from '../../core/privacy/erase-person.ts'

const core = await openCore(readConfig(), { clock: new VirtualClock(process.env['TEST_NOW']!) })
const { workspaceId } = await firstBoot(core)
const PEOPLE = ['ana', 'bia', 'carla'] as const
const addressOf = (name: string) => `${name}@acme.com.br`

async function store(): Promise<void> {
  for (const name of PEOPLE) {
    const content = `${name} gosta de café`
    await storeEntry(core, workspaceId, { type: 'lead', email: addressOf(name), content }, 'test')
    await storeEntry(
      core,
      workspaceId,
      { type: 'note', content: `Reunião com ${addressOf(name)} sobre telhados` },
      `test:${name}`,
    )
  }
  for (const n of [1, 2, 3])
    await storeEntry(core, workspaceId, { type: 'note', content: `A padaria ${n} compra farinha` }, `test:${n}`)
}
const erase = (name: string) => async () => {
  const erased = await erasePerson(core, workspaceId, addressOf(name), 'host')
  if (!erased) throw new Error('Runs of the person are not over.')
}
const deeds = {
  store,
  'erase ana': erase('ana'),
  'another embedder': () =>
    core.sql.query({ name: 'test-another-embedder', text: `update memory_store set vectors_of = 'another'` }),
  move: () => moveMemory(core, 'pinecone'),
  'erase bia': erase('bia'),
  'erase carla': erase('carla'),
  nothing: () => Promise.resolve(),
}
export type Deed = keyof typeof deeds

/** The memory as it stands, ids of notes left out: what it holds, where vectors are, and what is found. */
export interface Stands {
  readonly entries: readonly { readonly content: string; readonly stale: boolean }[]
  readonly store: { readonly kind: string; readonly moving_to: string | null; readonly leaving: string | null }
  readonly removals: number
  /** Ids of vectors of the database; of people, and how many of all. */
  readonly people: readonly string[]
  readonly vectors: number
  readonly found: readonly { readonly content: string; readonly by: string }[]
}

async function stands(): Promise<Stands> {
  const entries = await core.sql.query<Stands['entries'][number]>({
    name: 'test-entries',
    text: `select content, stale from memory_entries order by content`,
  })
  const [rest] = await core.sql.query<Omit<Stands, 'entries' | 'found'>>({
    name: 'test-stores',
    text: `select (select jsonb_build_object('kind', kind, 'moving_to', moving_to, 'leaving', leaving) from memory_store) as store,
             (select count(*) from memory_removals)::int as removals, (select count(*) from memory_vectors)::int as vectors,
             (select coalesce(jsonb_agg(id order by id), '[]') from memory_vectors where id like 'lead%') as people`,
  })
  const { found } = await searchMemory(core, workspaceId, 'café, telhados, padaria', { first: 50 })
  return { entries, ...rest!, found: found.map(({ entry, by }) => ({ content: entry.content, by })) }
}

process.on('message', async (message: { readonly do: Deed }) => {
  await deeds[message.do]()
  const look = keepVectors(core, process.env['TEST_NOW']!) // as after a start: it compares the embedder
  for (let looks = 0; looks < 3; looks++) await look() // the third has nothing to do
  process.send!({ stands: await stands() })
})
process.send!({ ready: true, workspaceId })
process.on('disconnect', () => process.exit())
