import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runServiceSuite } from '../../core/testing/service-suite.ts'
import { openTestBed } from '../../core/testing/test-bed.ts'
import { buildSmsProvider } from '../support/sms-provider.ts'

const OURS: readonly [string, readonly string[]][] = [
  ['mailbox', ['email']],
  ['outbox', ['sms', 'whatsapp']],
  ['local-calendar', ['calendar']],
  ['local-crm', ['crm']],
  ['enricher', ['enrichment']],
  ['notices', ['notify']],
  ['proposals', ['proposal']],
  ['charges', ['payment']],
  ['campaigns', ['ads']],
  ['audiences', ['audience']],
]

test.each(OURS)('%s keeps the contract of every service that it provides', async (id, services) => {
  const bed = await openTestBed(join(import.meta.dirname, '../../plugins', id))
  try {
    expect(Object.keys(bed.manifest.provides).sort()).toEqual([...services].sort())
    for (const service of services) {
      const results = await runServiceSuite(bed, service)
      expect(results.filter(({ passed }) => !passed)).toEqual([])
      expect(results.length).toBeGreaterThanOrEqual(2)
    }
  } finally {
    await bed.close()
  }
})

test('a vendor that does not know the key is found out, one that does is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trae-suite-'))
  try {
    await buildSmsProvider(folder, 'vendor')
    const bed = await openTestBed(join(folder, 'vendor-source'))
    let count = 0
    const forgetful = () => ({ api: () => ({ text: String(count++) }) })
    const mindful = () => ({
      api: ({ headers }: { headers: Readonly<Record<string, string>> }) => ({ text: headers['idempotency-key']! }),
    })
    const failed = (await runServiceSuite(bed, 'sms', forgetful)).filter(({ passed }) => !passed)
    expect(failed.map(({ name }) => name)).toEqual(['send does once what it is asked for twice under one key'])
    const others = (await runServiceSuite(bed, 'sms', mindful)).filter(({ passed }) => !passed)
    expect(others.map(({ message }) => message?.slice(0, 40))).toEqual([]) // sentAt is the time of the first
    await expect(runServiceSuite(bed, 'email')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await bed.close()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
