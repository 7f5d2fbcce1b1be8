import { defineAction, draft, Findings, findingsShape, sayIn, z } from 'trae-os/sdk'
import { pageOf } from '../page.ts'
import { write } from '../write.ts'

export const landingPage = defineAction({
  title: 'Make a landing page with a form',
  description:
    'A page with a form that posts to a webhook of yours, from the texts given: complete HTML, with consent, without scripts. With a model also other ' +
    'headlines and texts to choose from.',
  input: z.object({
    headline: z.string().trim().max(200).nullish(),
    lead: z.string().trim().max(500).nullish().describe('What comes below the headline.'),
    points: z.array(z.string().trim().min(1).max(300)).max(10).default([]),
    proof: z.array(z.string().trim().min(1).max(300)).max(10).default([]),
    fields: z
      .array(
        z.object({
          name: z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,40}$/),
          label: z.string().trim().min(1).max(100),
          type: z.enum(['text', 'email', 'tel', 'number', 'textarea']).default('text'),
          required: z.boolean().default(false),
        }),
      )
      .max(12)
      .default([])
      .describe('Name, e-mail and telephone where it is left out.'),
    button: z.string().trim().max(60).nullish(),
    consent: z.string().trim().max(500).nullish().describe('What people agree to.'),
    noticeUrl: z
      .url({ protocol: /^https$/ })
      .nullish()
      .describe('Your privacy notice.'),
    postTo: z
      .url({ protocol: /^https$/ })
      .nullish()
      .describe('Where the form is sent: the address of a webhook.'),
    locale: z.enum(['pt-BR', 'en']).default('pt-BR'),
  }),
  output: z.object({
    ...findingsShape,
    html: z.string().nullable().describe('Null until headline, consent and address are told.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    headline: 'Nenhum lead esquecido',
    consent: 'Aceito ser contatado.',
    postTo: 'https://vendas.example.com/hooks/t/abc',
  },
  run: async ({ fields, button, postTo, noticeUrl, locale, points, proof, headline, lead, consent }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    findings.told(say, { headline, consent, postTo, noticeUrl, lead, points, proof })
    const shown = fields.length > 0 ? fields : defaultFields((key: string) => ctx.t(key, {}, locale))
    const html =
      headline && consent && postTo
        ? pageOf({
            locale,
            headline,
            lead,
            points,
            proof,
            fields: shown,
            consent,
            button: button || ctx.t('page.button', {}, locale),
            postTo,
            noticeUrl,
          })
        : null
    if (!shown.some(({ name }) => name === 'email' || name === 'phone'))
      findings.missing(say('page.reach'), say('page.needs.reach'))
    await findings.recall(ctx, 'aquisicao', headline ?? say('query'))
    return { html, draft: await write(ctx, findings, 'landing-page'), ...findings.shown }
  },
})

const defaultFields = (t: (key: string) => string) => [
  { name: 'name', label: t('page.name'), type: 'text', required: true },
  { name: 'email', label: t('page.email'), type: 'email', required: true },
  { name: 'phone', label: t('page.phone'), type: 'tel', required: false },
]
