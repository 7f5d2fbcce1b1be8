import { defineAction, draft, Findings, findingsShape, sayIn, z } from 'trae-os/sdk'
import { checkText, FORMAT_NAMES, FORMATS } from '../formats.ts'
import { write } from '../write.ts'

export const content = defineAction({
  title: 'Write content',
  description:
    'A post, e-mail, ad or script from what was told and what is remembered; writing takes a model. A text that is there already is checked: room in the ' +
    'format, gaps left open, the call to action.',
  input: z.object({
    format: z.enum(FORMAT_NAMES).default('linkedin-post'),
    theme: z.string().trim().max(300).nullish(),
    audience: z.string().trim().max(500).nullish(),
    message: z.string().trim().max(1000).nullish().describe('The one thing that is to stay.'),
    proof: z.array(z.string().trim().min(1).max(500)).max(20).default([]).describe('Facts that it may use.'),
    call: z.string().trim().max(200).nullish().describe('What readers should do, in the words of the text.'),
    title: z.string().max(500).nullish().describe('Of a text that is there already.'),
    body: z.string().max(20_000).nullish().describe('A text that is there already: it is checked.'),
  }),
  output: z.object({
    ...findingsShape,
    problems: z.array(
      z.object({ what: z.enum(['title-long', 'body-long', 'shouts', 'no-call', 'unfilled']), found: z.string() }),
    ),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    format: 'google-ad',
    theme: 'Leads esquecidos',
    message: 'Todo lead é atendido',
    call: 'Peça uma demonstração',
    proof: [],
  },
  run: async ({ format, title, body, ...answers }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    findings.told(say, answers)
    if (body?.trim()) findings.fact(say('field.body'), body, 'given', 'input.body')
    const problems = body?.trim() ? checkText(format, title ?? undefined, body, answers.call ?? undefined) : []
    for (const { what, found } of problems)
      findings.fact(say('content.problem'), say(`content.${what}`, { found }), 'computed', 'input.body')
    await findings.recall(ctx, 'aquisicao', answers.theme ?? say('query'))
    const room: { readonly title?: number; readonly body: number } = FORMATS[format]
    const wish = say(room.title === undefined ? 'content.wish' : 'content.wish.title', {
      format,
      title: room.title ?? 0,
      body: room.body,
    })
    return { problems, draft: await write(ctx, findings, 'content', wish), ...findings.shown }
  },
})
