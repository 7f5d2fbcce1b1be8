import { describe, expect, it } from 'vitest'
import { startTrae, temporaryFolder, trae } from './trae.ts'

describe('trae privacy', { timeout: 120_000 }, () => {
  it('prints all about a person, and forgets them after it was agreed', async () => {
    const env = { TRAE_DATA_DIR: await temporaryFolder() }
    const host = startTrae(['start', '--json'], { env })
    await host.until('\n')
    await trae(['lead', 'add', '--name', 'Ana Souza', '--email', 'ana@pessoal.example'], { env })
    const exported = await trae(['privacy', 'export', 'ana@pessoal.example'], { env })
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(exported.stdout)).toMatchObject({ tables: { leads: [{ name: 'Ana Souza' }] } })
    expect(await trae(['privacy', 'erase', 'ana@pessoal.example'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing was changed'),
    })
    expect(await trae(['privacy', 'erase', 'ana@pessoal.example', '--yes'], { env })).toMatchObject({ code: 0 })
    const gone = async () => {
      const { stdout } = await trae(['privacy', 'export', 'ana@pessoal.example'], { env })
      return (JSON.parse(stdout) as { tables: Record<string, unknown> }).tables['leads']
    }
    await expect.poll(gone, { timeout: 60_000, interval: 500 }).toBeUndefined()
    expect(await trae(['lead', 'add', '--name', 'Ana', '--email', 'ana@pessoal.example'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not taken in again'),
    })
  })
})
