import { afterAll, describe, expect, test } from 'vitest'
import { closeTests } from '../../core/testing/testing.ts'
import { checkText } from '../../plugins/aquisicao/formats.ts'
import { skill, SOON } from './agent.ts'

afterAll(closeTests)

describe('acquisition', { timeout: 120_000 }, () => {
  test('a calendar spreads posts over free days and says what found none', async () => {
    const { output } = await skill<{ slots: unknown; dropped: number }>('aquisicao', 'editorial-calendar', {
      input: {
        from: '2026-03-02',
        weeks: 1,
        channels: [
          { name: 'LinkedIn', perWeek: 2 },
          { name: 'Blog', perWeek: 2, weekdays: [1] },
        ],
        themes: ['Caso', 'Bastidores'],
        notOn: ['2026-03-03'],
      },
    })
    expect(output.slots).toEqual([
      { day: '2026-03-02', channel: 'Blog', theme: 'Caso' },
      { day: '2026-03-04', channel: 'LinkedIn', theme: 'Bastidores' },
      { day: '2026-03-06', channel: 'LinkedIn', theme: 'Caso' },
    ])
    expect(output.dropped).toBe(1)
  })

  test('content that is there is checked; the model is told how much room there is', async () => {
    expect(checkText('google-ad', 'x'.repeat(31), 'Peça [nome] já', 'Compre').map(({ what }) => what)).toEqual([
      'title-long',
      'no-call',
      'unfilled',
    ])
    expect(checkText('meta-ad', 'Título', 'COMPRE AGORA MESMO ESTA OFERTA', undefined).map(({ what }) => what)).toEqual(
      ['shouts'],
    )
    const draft = { parts: [{ heading: 'Todo lead', text: 'Atendido.', facts: [] }] }
    const { output, asked } = await skill<{ draft: unknown }>('aquisicao', 'content', {
      input: { format: 'google-ad', theme: 'Leads', proof: [] },
      model: [draft],
    })
    expect(output.draft).toEqual(draft)
    expect(asked[0]!.system).toContain('at most 30 characters')
  })

  test('a landing page is whole, and what strangers wrote is text', async () => {
    const told = { headline: '<script>x</script>', consent: 'Aceito', postTo: 'https://a.example/hooks/t/1?a=1&b=2' }
    const { output } = await skill<{ html: string | null }>('aquisicao', 'landing-page', { input: told })
    expect(output.html).toContain('<h1>&lt;script&gt;')
    expect(output.html).toContain('action="https://a.example/hooks/t/1?a=1&amp;b=2"')
    expect(output.html).not.toContain('<script')
    expect(output.html).toMatch(/<input type="email" name="email" required/)
    const { output: half } = await skill<{ html: string | null }>('aquisicao', 'landing-page', {
      input: { headline: 'Oi' },
    })
    expect(half.html).toBeNull()
    expect(half.notKnown.map(({ what }) => what)).toEqual(expect.arrayContaining(['Consent', 'Address of the form']))
  })

  test('a budget follows what a lead has cost; without history there is no forecast', async () => {
    const day = (leads: number, spend: number) => ({ day: '2026-03-01', impressions: 1, clicks: 1, leads, spend })
    const campaign = (channel: string, leads: number, spend: number) => ({
      name: channel,
      channel,
      status: 'ACTIVE',
      currency: 'BRL',
      days: [day(leads, spend)],
    })
    const { output } = await skill<{ plan: { channel: string; budget: number; leads: unknown }[] }>(
      'aquisicao',
      'campaign-plan',
      {
        campaigns: [campaign('meta', 100, 100_000), campaign('google', 50, 150_000), campaign('x', 3, 900)],
        input: { budget: 1000, channels: ['meta', 'google', 'x'], at: SOON },
      },
    )
    expect(output.plan).toMatchObject([
      { channel: 'meta', budget: 600, costPerLead: 10, leads: { expected: 60 } },
      { channel: 'google', budget: 200, costPerLead: 30 },
      { channel: 'x', budget: 200, costPerLead: null, leads: null },
    ])
  })

  test('a form is read by the names that forms use', async () => {
    const { output } = await skill<{ ok: boolean; lead: object; problems: unknown }>('aquisicao', 'lead-capture', {
      input: {
        fields: {
          'Nome completo': ' Ana Souza ',
          'E-mail': 'ANA@acme.com.br',
          Telefone: '12',
          Cargo: 'CEO',
          'O que procura?': 'CRM',
          LGPD: 'sim',
        },
        pageUrl: 'https://x.example/p?utm_source=meta&utm_campaign=m%C3%A3e&x=1#a?utm_medium=no',
      },
    })
    expect(output).toMatchObject({
      ok: true,
      lead: {
        name: 'Ana Souza',
        email: 'ana@acme.com.br',
        phone: null,
        jobTitle: 'CEO',
        data: { 'O que procura?': 'CRM' },
        utm: { source: 'meta', campaign: 'mãe' },
        consent: { basis: 'CONSENT' },
      },
      problems: [{ field: 'phone' }],
    })
  })
})
