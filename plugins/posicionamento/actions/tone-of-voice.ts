import { defineAction, draft, Findings, findingsShape, sayIn, sayShare, z } from 'trae-os/sdk'
import { write } from '../write.ts'
import { readVoice } from '../read-voice.ts'

export const toneOfVoice = defineAction({
  title: 'Describe the tone of voice',
  description:
    'How the samples sound: length of sentences, how readers are addressed, questions, exclamations, long words, emoji. With a model also rules with ' +
    'examples of what to write and what not.',
  input: z.object({
    samples: z
      .array(z.string().max(20_000))
      .max(50)
      .default([])
      .describe('Texts that sound as the brand should: e-mails, posts, pages.'),
    traits: z
      .array(z.string().trim().min(1).max(100))
      .max(10)
      .default([])
      .describe('How it should sound: direct, warm.'),
    avoid: z
      .array(z.string().trim().min(1).max(100))
      .max(20)
      .default([])
      .describe('Words and manners that it never uses.'),
  }),
  output: z.object({
    ...findingsShape,
    voice: z
      .object({
        words: z.int(),
        sentences: z.int(),
        wordsPerSentence: z.number(),
        questions: z.number(),
        exclamations: z.number(),
        long: z.number(),
        emoji: z.int(),
        we: z.number(),
        address: z.enum(['voce', 'tu', 'senhor', 'you', 'mixed', 'none']),
      })
      .nullable()
      .describe('Counted in the samples; null below thirty words.'),
    avoided: z
      .array(z.object({ words: z.string(), sample: z.int() }))
      .describe('What is to be avoided and stands in a sample.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    samples: [
      'Oi, Ana! Vi que você procura uma forma mais simples de vender. Podemos conversar na quinta? A gente mostra em vinte minutos como funciona, sem compromisso nenhum, e você decide depois.',
    ],
    traits: ['direto', 'próximo'],
  },
  run: async ({ samples, traits, avoid }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const voice = readVoice(samples) ?? null
    if (voice === null) findings.missing(say('field.voice'), say('ask.samples'))
    else {
      const share = (figure: number) => sayShare(figure, ctx.workspace.locale)
      const values = {
        sentence: voice.wordsPerSentence.toFixed(1),
        address: say(`address.${voice.address}`),
        questions: share(voice.questions),
        exclamations: share(voice.exclamations),
        long: share(voice.long),
        we: share(voice.we),
        emoji: voice.emoji,
      }
      for (const [name, value] of Object.entries(values))
        findings.fact(say(`voice.${name}`), value, 'computed', 'input.samples')
    }
    findings.given(say('field.traits'), traits.join(', '), 'input.traits', say('ask.traits'))
    if (avoid.length > 0) findings.fact(say('field.avoid'), avoid.join(', '), 'given', 'input.avoid')
    for (const [i, sample] of samples.slice(0, 5).entries())
      findings.fact(say('field.sample'), sample, 'given', `input.samples[${i}]`)
    const avoided = avoid.flatMap(words =>
      samples.flatMap((sample, i) =>
        sample.toLowerCase().includes(words.toLowerCase()) ? [{ words, sample: i }] : [],
      ),
    )
    return { voice, avoided, draft: await write(ctx, findings, 'tone-of-voice'), ...findings.shown }
  },
})
