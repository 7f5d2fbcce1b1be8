import { afterAll, describe, expect, test } from 'vitest'
import { closeTests } from '../../core/testing/testing.ts'
import { readTimes } from '../../plugins/sdr/read-times.ts'
import { skill } from './agent.ts'

afterAll(closeTests)

describe('when somebody can', () => {
  test.each([
    ['Pode ser quinta de manhã?', { weekdays: [4], from: 0, until: 12 }],
    ['Amanhã depois das 14h30 eu consigo', { inDays: [1], from: 14.5, until: undefined }],
    ['depois de amanhã à tarde', { inDays: [2], from: 12, until: 18 }],
    ['Tuesday or Friday before 11am', { weekdays: [2, 5], from: undefined, until: 11 }],
    ['next week, after 2pm', { nextWeek: true, from: 14 }],
    ['às 15h está bom', { from: 15, until: 16 }],
    ['Tenho interesse, me conta mais', { weekdays: [], inDays: [], words: [] }],
    ['Na segunda reunião falamos', { weekdays: [1] }], // a known limit: it reads words, not sense
  ])('%s', (text, wish) => expect(readTimes(text)).toMatchObject(wish))
})

describe('the SDR', { timeout: 120_000 }, () => {
  const slot = (startsAt: string) => ({ startsAt, endsAt: new Date(Date.parse(startsAt) + 1_800_000).toISOString() })
  const slots = ['2026-03-03T13:00:00.000Z', '2026-03-05T18:00:00.000Z', '2026-03-05T13:00:00.000Z'].map(slot) // Tuesday, Thursday 15:00 and 10:00
  const at = '2026-03-02T12:00:00Z'

  test('chooses the time that fits, in the zone of whom it is for', async () => {
    const { output } = await skill<{ best: unknown; understood: string[] }>('sdr', 'intelligent-scheduling', {
      input: { text: 'Pode ser quinta de manhã?', slots, at },
    })
    expect(output.best).toEqual(slots[2])
    expect(output.understood).toEqual(['quinta', 'de manhã'])
    const later = await skill<{ best: unknown }>('sdr', 'intelligent-scheduling', {
      input: { text: 'Pode ser quinta de manhã?', slots, at, timeZone: 'Asia/Tokyo' },
    })
    expect(later.output.best).toBeNull() // none of them is a morning there
  })

  test('what the lead said is never replaced, and what merely follows is no patch', async () => {
    const { output } = await skill<object>('sdr', 'data-enrichment', {
      input: {
        lead: { name: 'Ana', email: 'ana@acme.com.br', company: 'Acme', jobTitle: 'Diretora Comercial' },
        person: { company: 'ACME Ltda', phone: '+5511987654321' },
      },
    })
    expect(output).toMatchObject({
      conflicts: [{ field: 'company', given: 'Acme', other: 'ACME Ltda' }],
      patch: { phone: '+5511987654321' },
      notKnown: ['companySize'],
    })
    expect(output).toMatchObject({
      facts: expect.arrayContaining([{ field: 'seniority', value: 'director', source: 'derived' }]),
    })
  })

  const lead = { name: 'Ana Souza', email: 'ana@acme.com.br', data: { interest: 'CRM' } }
  test.each([
    ['stops for who left', { lead: { ...lead, unsubscribed: true } }, 'stop', null],
    ['stops for who answered', { answered: true }, 'stop', null],
    ['stops when it is enough', { sent: 4 }, 'stop', null],
    ['waits', { sent: 2, lastSentAt: '2026-03-01T12:00:00Z' }, 'later', '2026-03-05T12:00:00.000Z'],
    ['writes on no weekend', { sent: 1, lastSentAt: '2026-02-26T12:00:00Z' }, 'write', '2026-03-02T12:00:00.000Z'],
  ])('a follow-up %s', async (_, more, verdict, when) => {
    const { output } = await skill<{ verdict: string; at: string | null; message: unknown }>('sdr', 'auto-followup', {
      input: { lead, sent: 1, at, ...more },
    })
    expect([output.verdict, output.at]).toEqual([verdict, when])
    expect(output.message === null).toBe(verdict === 'stop')
  })

  test('a follow-up is written by a model where there is one', async () => {
    const draft = { subject: 'CRM', body: { text: 'One question about the CRM?', facts: ['F2'] } }
    const { output, asked } = await skill<{ draft: unknown }>('sdr', 'auto-followup', {
      input: { lead: { ...lead, locale: 'pt-BR' }, sent: 0, at },
      model: [draft],
    })
    expect(output.draft).toEqual(draft)
    expect(asked[0]).toMatchObject({ size: 'small', system: expect.stringContaining('Você é o SDR') })
  })
})
