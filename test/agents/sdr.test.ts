import { afterAll, describe, expect, test } from 'vitest'
import { TraeError } from '../../core/errors.ts'
import { type ActionTest, closeTests } from '../../core/testing/testing.ts'
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
      facts: expect.arrayContaining([
        { field: 'company', value: 'Acme', source: 'given', from: 'input.lead.company' },
        { field: 'phone', value: '+5511987654321', source: 'enrichment', from: 'input.person.phone' },
        { field: 'seniority', value: 'director', source: 'derived', from: 'input.lead.jobTitle' },
      ]),
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

  describe('a reply', () => {
    const read = (text: string, model?: ActionTest['model'], subject?: string) =>
      skill<{ label: string; reason: string; readBy: string; words: string[]; judged: unknown }>(
        'sdr',
        'classify-reply',
        {
          input: { text, subject },
          ...(model ? { model } : {}),
        },
      )
    const judged = { label: 'negative', words: ['com meu sócio'], sure: true, text: 'Outro decide.', facts: ['F1'] }
    const doubt = 'Talvez, isso é com meu sócio.'

    test('that the rules can read is read by them, and one that a machine wrote by nobody: no model is asked', async () => {
      for (const [text, label, subject] of [
        ['Sim, podemos conversar', 'positive'],
        ['Não, obrigado', 'negative'],
        ['Sim, volto logo.', 'unclear', 'Resposta automática: Olá'],
        ['', 'unclear'],
      ] as const) {
        const { output, asked } = await read(text, [], subject)
        expect(asked).toEqual([])
        expect(output).toMatchObject({ label, readBy: 'rules', judged: null })
        expect(output.reason.endsWith('(read by the word rules)')).toBe(label === 'unclear')
      }
    })

    test('that they call unclear is read by the model, and the reason says so', async () => {
      const { output, asked } = await read(doubt, [judged])
      expect(asked).toMatchObject([{ size: 'small', prompt: expect.stringContaining(doubt) as unknown }])
      expect(output).toMatchObject({ label: 'negative', words: ['com meu sócio'], readBy: 'model', judged })
      expect(output.reason).toBe(
        'Does not want to: com meu sócio (read by the model played-small: the word rules were not sure)',
      )
    })

    test.each([
      ['is not sure', { ...judged, label: 'positive', sure: false }, 'was not sure'],
      ['shows words that are not in it', { ...judged, words: ['podemos conversar'] }, 'not in the reply'],
      ['shows none', { ...judged, words: [] }, 'not in the reply'],
      ['names a label that does not exist', { ...judged, label: 'yes' }, 'answers as it is asked'],
    ])('stays unclear where the model %s', async (_, answer, why) => {
      const { output } = await read(doubt, () => answer)
      expect(output).toMatchObject({ label: 'unclear', words: ['Talvez'], readBy: 'rules', judged: null, model: null })
      expect(output.reason).toContain('(read by the word rules)')
      expect(output.notKnown.at(-1)!.needs).toContain(why)
    })

    test('does not wait for a model that cannot be reached', async () => {
      const { output } = await read(doubt, () => {
        throw new TraeError('UNAVAILABLE', 'away', { retryable: true })
      })
      expect(output).toMatchObject({ label: 'unclear', readBy: 'rules', model: null })
      expect(output.notKnown.at(-1)!.needs).toContain('did not answer in time')
    })

    test('does not wait longer than it has time for', { timeout: 60_000 }, async () => {
      const { output } = await read(doubt, () => new Promise(() => {}))
      expect(output).toMatchObject({ label: 'unclear', readBy: 'rules', model: null })
    })
  })

  describe('a first contact', () => {
    const ana = { ...lead, company: 'Acme', phone: '+5511987654321', locale: 'en' }
    const write = (paragraphs: readonly string[], subject = 'about the CRM', more: object = {}) =>
      skill<{ subject: string; body: string; text: string; written: unknown }>('sdr', 'automated-outreach', {
        input: { kind: 'first-contact', lead: ana, sender: { name: 'Bia', company: 'Trae' }, ...more },
        model: [{ subject, paragraphs: paragraphs.map(text => ({ text, facts: ['F3'] })) }],
      })
    const fit = 'You are looking for a CRM, and we would like to see how that works at Acme today.'

    test('is written by the model between what stays ours: greeting, question, signature, way out', async () => {
      const { output } = await write([fit])
      expect(output).toMatchObject({ subject: 'about the CRM', model: 'played-small', toCheck: [] })
      expect(output.body.split('\n\n')).toEqual([
        'Hello Ana,',
        fit,
        expect.stringContaining('reply “yes”'),
        'Best regards,\nBia\nTrae',
        expect.stringContaining('“unsubscribe”'),
      ])
      expect(output.text.startsWith(`Hello Ana, ${fit}\n\n`)).toBe(true)
    })

    test.each([
      ['a figure', 'We have helped 300 teams with a CRM.', '“300”'],
      ['a name', 'We know how Globex works with a CRM.', '“Globex”'],
      ['a promise', 'You get a discount on the CRM.', '“discount”'],
      ['an address', 'Look at crm.example.com for the CRM.', '“crm.example.com”'],
      ['a gap', 'We would like to see how [company] works.', '“[company]”'],
      ['a greeting of its own', 'Hello, you are looking for a CRM.', '“Hello”'],
      ['too many words', 'we would like to see how this works. '.repeat(30), 'too long'],
    ])('with %s that no fact has is not sent: the fixed words are', async (_, text, why) => {
      const { output } = await write([text])
      expect(output).toMatchObject({
        subject: 'Thank you for getting in touch about Acme',
        written: null,
        model: null,
        toCheck: [],
      })
      expect(output.body).toContain('your interest in CRM')
      expect(output.notKnown.at(-1)!.needs).toContain(why)
    })

    test('to who has told nothing, and any other message, is of fixed words: no model is asked', async () => {
      const { asked } = await write([fit], 'x', { lead: { name: 'Ana', company: 'Acme' } })
      expect(asked).toEqual([])
      expect((await write([fit], 'x', { kind: 'follow-up' })).asked).toEqual([])
    })
  })
})
