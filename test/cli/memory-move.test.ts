import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LexicalEmbedder } from '../../core/adapters/embedder/lexical-embedder.ts'
import { FakePinecone } from '../vendors/pinecone/pinecone.ts'
import { startTrae, temporaryFolder, trae } from './trae.ts'

const KEY = 'pcsk_of_the_move'
const PATIENCE = { timeout: 400_000 } // the lease of a host that was killed lasts a minute, and so may the pause after an error
const ENTRIES = 450

describe('trae memory move', PATIENCE, () => {
  let pinecone: FakePinecone
  let url: string
  beforeAll(async () => {
    pinecone = new FakePinecone(new LexicalEmbedder().dimensions, KEY)
    url = await pinecone.open()
  })
  afterAll(() => pinecone.close())

  it('shows how far it is, goes on after the host was killed, and tells when it is done', async () => {
    const env = { TRAE_DATA_DIR: await temporaryFolder(), TRAE_OWNER_PASSWORD: 'correct horse battery' }
    const known = { ...env, PINECONE_API_KEY: KEY, PINECONE_INDEX_HOST: url }
    const start = async (more: Record<string, string> = {}) => {
      const host = startTrae(['start', '--json'], { env: { ...known, ...more } })
      return { host, url: (JSON.parse(await host.until('\n')) as { url: string }).url }
    }
    // Killed by itself when the first page is in Pinecone and its place is kept
    const first = await start({ TRAE_CRASH_AT: 'vectors.placed' })
    await remember(first.url, ENTRIES)
    await expect
      .poll(async () => (await trae(['memory', 'status'], { env })).stdout, { timeout: 60_000, interval: 500 })
      .toContain(`${ENTRIES} entries, 0 of them without a vector yet`)

    expect((await trae(['memory', 'move'], { env })).stderr).toContain('--to database or --to pinecone')
    expect(await trae(['memory', 'move', '--to', 'pinecone', '--detach'], { env })).toMatchObject({ code: 0 })
    expect((await first.host.ended).signal).toBe('SIGKILL')
    const copied = pinecone.ids().length
    expect(copied).toBeGreaterThan(0)
    expect(copied).toBeLessThan(ENTRIES)

    // Away when the next host begins: the same command looks on, and says how far it is and what is in the way
    pinecone.instead.push(...Array<number>(40).fill(500))
    const second = await start()
    const looking = startTrae(['memory', 'move', '--to', 'pinecone'], { env })
    await expect
      .poll(async () => (await trae(['memory', 'status'], { env })).stdout, { timeout: 150_000, interval: 500 })
      .toMatch(/moving to pinecone: 200 of 450 entries; waiting: .*Pinecone/)
    pinecone.instead.length = 0
    const done = await looking.ended
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toContain('The vectors are in pinecone.')
    expect(done.stdout).toMatch(/moving to pinecone: 200 of 450 entries/)
    expect(new Set(pinecone.ids()).size).toBe(ENTRIES)
    expect((await trae(['memory', 'status'], { env })).stdout).toContain('kept in pinecone')
    expect(pinecone.problems).toEqual([])
    second.host.process.kill('SIGKILL')
    await second.host.ended
    expect(await readdir(env.TRAE_DATA_DIR)).not.toEqual([])
  })

  it('refuses a store that the host is not set up for, by the command and over GraphQL, and changes nothing', async () => {
    const env = { TRAE_DATA_DIR: await temporaryFolder(), TRAE_OWNER_PASSWORD: 'correct horse battery' }
    const host = startTrae(['start', '--json'], { env })
    const { url: at } = JSON.parse(await host.until('\n')) as { url: string }
    const refused = await trae(['memory', 'move', '--to', 'pinecone'], { env })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('set PINECONE_API_KEY and PINECONE_INDEX_HOST')
    const ask = await asker(at)
    const move = `mutation ($to: MemoryStore!) { memoryMove(input: { to: $to }) { to userErrors { code message } } }`
    expect(await ask(move, { to: 'PINECONE' })).toMatchObject({
      memoryMove: { to: null, userErrors: [{ message: expect.stringContaining('not set up for Pinecone') }] },
    })
    expect(await ask(move, { to: 'DATABASE' })).toEqual({ memoryMove: { to: 'DATABASE', userErrors: [] } })
    expect((await trae(['memory', 'status'], { env })).stdout).not.toContain('moving')
  })
})

/** Operations as the owner of a host. */
async function asker(url: string) {
  const post = async (path: string, body: unknown, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
    return (await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  }
  const owner = { email: 'owner@trae.local', password: 'correct horse battery' }
  const { access_token: token } = (await post('/auth/login', owner)) as { access_token: string }
  return async (query: string, variables: Record<string, unknown>) =>
    ((await post('/graphql', { query, variables }, token)) as { data: unknown }).data
}

async function remember(url: string, entries: number): Promise<void> {
  const ask = await asker(url)
  for (let from = 0; from < entries; from += 25) {
    const stored = Array.from({ length: Math.min(25, entries - from) }, (_, n) => from + n)
      .map(n => `m${n}: memoryStore(input: { type: NOTE, content: "lembrança ${n}" }) { userErrors { message } }`)
      .join('\n')
    await ask(`mutation { ${stored} }`, {})
  }
}
