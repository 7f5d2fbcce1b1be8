import { afterAll, describe, expect, test } from 'vitest'
import { closeTests } from '../../core/testing/testing.ts'
import { contrastOf } from '../../plugins/posicionamento/contrast.ts'
import { readVoice } from '../../plugins/posicionamento/read-voice.ts'
import { skill } from './agent.ts'

afterAll(closeTests)
const DRAFT = { parts: [{ heading: 'Narrow', text: 'For clinics that lose leads.', facts: ['F1'] }] }

describe('positioning', { timeout: 120_000 }, () => {
  const answers = {
    product: 'TRAE',
    customer: 'clinics',
    need: 'lose leads',
    category: 'a sales system',
    benefit: 'answers every lead',
    alternative: 'spreadsheets',
    difference: 'nothing is lost',
  }

  test('fills the statement when all of it is told, and asks for what is not', async () => {
    const full = await skill<{ statement: string }>('posicionamento', 'positioning-statement', { input: answers })
    expect(full.output.statement).toBe(
      'For clinics, who lose leads, TRAE is a sales system that answers every lead. Unlike spreadsheets, nothing is lost.',
    )
    const { difference: _, ...six } = answers
    const { output } = await skill<{ statement: string | null }>('posicionamento', 'positioning-statement', {
      input: six,
    })
    expect(output.statement).toBeNull()
    expect(output.notKnown[0]).toEqual({ what: 'Difference', needs: 'Why is it better than that?' })
  })

  test('writes with a model, from what is told and remembered', async () => {
    const { output, asked } = await skill<{ draft: unknown }>('posicionamento', 'positioning-statement', {
      input: answers,
      memory: [{ type: 'context', module: 'posicionamento', content: 'Clinics buy most often.' }],
      model: [DRAFT],
    })
    expect(output).toMatchObject({ draft: DRAFT, model: 'played-large' })
    expect(asked[0]!.system).toContain('three variants of the positioning statement')
    expect(asked[0]!.prompt).toContain('(memory)')
  })

  test('a manifesto without a model is not written, and of nothing not even asked for', async () => {
    const { output } = await skill<{ draft: unknown }>('posicionamento', 'brand-manifesto', {
      input: { belief: 'Nobody waits' },
    })
    expect(output).toMatchObject({ draft: null, facts: [{ label: 'Belief', source: 'given' }] })
    expect(output.notKnown.at(-1)!.needs).toContain('OPENAI_API_KEY')
    const nothing = await skill<{ draft: unknown }>('posicionamento', 'brand-manifesto', { input: {}, model: [] })
    expect(nothing.asked).toEqual([])
  })

  test('the tone of samples is counted, and what is to be avoided is found in them', async () => {
    const sample = `${'Você vai gostar, a gente mostra! '.repeat(6)}Quer ver uma demonstração sinergética agora?`
    const { output } = await skill<{ voice: object; avoided: unknown }>('posicionamento', 'tone-of-voice', {
      input: { samples: [sample], avoid: ['sinergética'] },
    })
    expect(output.voice).toMatchObject({ sentences: 7, address: 'voce', emoji: 0 })
    expect(output.avoided).toEqual([{ words: 'sinergética', sample: 0 }])
    expect(readVoice(['Too short.'])).toBeUndefined()
  })

  test('a brand book says which colours can be read', async () => {
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21)
    expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.48, 2) // the grey that just fails AA
    const { output } = await skill<{ contrasts: unknown }>('posicionamento', 'brand-book', {
      input: {
        colours: [
          { name: 'grey', hex: '#777777' },
          { name: 'paper', hex: '#FFFFFF' },
        ],
      },
    })
    expect(output.contrasts).toEqual([{ text: 'grey', on: 'paper', ratio: 4.48, readable: false }])
  })
})
