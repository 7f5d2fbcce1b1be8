import { defineAction, draft, Findings, findingsShape, sayIn, z } from 'trae-os/sdk'
import { contrastOf } from '../contrast.ts'
import { write } from '../write.ts'

/** What WCAG 2.2 asks of text, AA. */
const READABLE = 4.5

export const brandBook = defineAction({
  title: 'Put the brand book together',
  description:
    'Statement, manifesto, tone, names and colours in one book. Says which pairs of colours can be read (WCAG AA) and which chapters are missing. With a ' +
    'model also what stands between the chapters.',
  input: z.object({
    brand: z.string().trim().max(200).nullish(),
    statement: z.string().trim().max(2000).nullish().describe('From posicionamento/positioning-statement.'),
    manifesto: z.string().trim().max(8000).nullish(),
    tone: z.string().trim().max(4000).nullish(),
    logo: z.string().trim().max(1000).nullish().describe('How it is used: space, sizes, what not.'),
    colours: z
      .array(z.object({ name: z.string().min(1).max(60), hex: z.string().regex(/^#[0-9a-fA-F]{6}$/) }))
      .max(12)
      .default([]),
    fonts: z.array(z.string().min(1).max(100)).max(6).default([]),
  }),
  output: z.object({
    ...findingsShape,
    contrasts: z.array(z.object({ text: z.string(), on: z.string(), ratio: z.number(), readable: z.boolean() })),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    brand: 'TRAE',
    colours: [
      { name: 'tinta', hex: '#102030' },
      { name: 'papel', hex: '#ffffff' },
    ],
    fonts: ['Inter'],
  },
  run: async ({ colours, fonts, ...chapters }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    findings.told(say, { ...chapters, fonts })
    findings.given(
      say('field.colours'),
      colours.map(({ name, hex }) => `${name} ${hex}`).join(', '),
      'input.colours',
      say('ask.colours'),
    )
    const contrasts = colours.flatMap((one, i) =>
      colours.slice(i + 1).map(other => {
        const ratio = Math.round(contrastOf(one.hex, other.hex) * 100) / 100
        return { text: one.name, on: other.name, ratio, readable: ratio >= READABLE }
      }),
    )
    for (const { text, on, ratio, readable } of contrasts)
      findings.fact(
        `${text} / ${on}`,
        say(readable ? 'contrast.readable' : 'contrast.unreadable', { ratio }),
        'computed',
        'input.colours',
      )
    await findings.recall(ctx, 'posicionamento', say('query'))
    return { contrasts, draft: await write(ctx, findings, 'brand-book'), ...findings.shown }
  },
})
