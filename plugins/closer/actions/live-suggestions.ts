import { defineAction, draft, Findings, findingsShape, foldText, sayIn, z } from 'trae-os/sdk'
import { advise } from '../advise.ts'
import { readObjections } from '../read-objections.ts'

const TOPICS = ['problem', 'consequence', 'decision', 'budget', 'deadline', 'next-step'] as const
/** The conversation was about it when one of these was said. */
const SAID: Readonly<Record<(typeof TOPICS)[number], RegExp>> = {
  problem: /problema|dificuldade|incomoda|desafio|problem|struggle|challenge|pain/,
  consequence: /perd(e|emos|endo)|custa|impacto|deixa(mos)? de|lose|losing|costs us|impact/,
  decision: /decid|aprova|socio|diretor|chefe|decide|approve|sign off|boss/,
  budget: /orcamento|verba|investimento|quanto custa|preco|budget|price|invest/,
  deadline: /prazo|quando|ate (o|a) |mes que vem|deadline|by when|next month|quarter/,
  'next-step': /proximo passo|agendar|marcar|mando|envio|next step|schedule|send you/,
}

export const liveSuggestions = defineAction({
  title: 'Suggest what to say in a call',
  description:
    'Looks at the last lines of a call: questions that nobody answered, objections, what has not been talked about yet, who talks how much. Quick enough to ' +
    'be asked again and again. With a model also what to say next.',
  input: z.object({
    lines: z
      .array(z.object({ who: z.enum(['us', 'them']), text: z.string().max(2000) }))
      .max(200)
      .describe('Oldest first.'),
    leadId: z.uuid().nullish().describe('What the lead told before counts as well.'),
  }),
  output: z.object({
    ...findingsShape,
    unanswered: z.array(z.string()).describe('Questions of theirs that no line of ours followed.'),
    objections: z.array(z.object({ kind: z.string(), ask: z.string() })),
    open: z.array(z.enum(TOPICS)).describe('Not talked about yet, in the order to ask.'),
    talkShare: z.number().nullable().describe('Share of words that are ours.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  timeout: '20s',
  sample: {
    lines: [
      { who: 'us', text: 'Qual é o maior problema hoje?' },
      { who: 'them', text: 'Perdemos leads. Vocês integram com o WhatsApp?' },
    ],
  },
  run: async ({ lines, leadId }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const words = (who: 'us' | 'them') =>
      lines.filter(line => line.who === who).reduce((sum, { text }) => sum + (text.match(/\S+/g)?.length ?? 0), 0)
    const all = words('us') + words('them')
    const lastOfOurs = lines.findLastIndex(({ who }) => who === 'us')
    const unanswered = lines
      .slice(lastOfOurs + 1)
      .flatMap(({ text }) => (text.match(/[^.!?]+\?/g) ?? []).map(question => question.trim()))
    const theirs = lines.filter(({ who }) => who === 'them').map(({ text }) => text)
    const objections = readObjections(theirs.join('\n')).map(({ kind, quotes }) => {
      findings.fact(say(`objection.${kind}`), quotes.at(-1)!, 'given', 'input.lines')
      return { kind, ask: say(`objection.ask.${kind}`) }
    })
    const conversation = foldText(lines.map(({ text }) => text).join('\n'))
    const open = TOPICS.filter(topic => !SAID[topic].test(conversation))
    for (const question of unanswered) findings.fact(say('live.unanswered'), question, 'given', 'input.lines')
    for (const topic of open) findings.missing(say(`topic.${topic}`), say(`topic.ask.${topic}`))
    for (const { who, text } of lines.slice(-12)) findings.fact(say(`live.${who}`), text, 'given', 'input.lines')
    if (leadId) {
      const { name, company, jobTitle, data } = await ctx.records.leads.get({ id: leadId })
      findings.fact(
        say('live.lead'),
        [name, jobTitle, company, data['interest'], data['message']]
          .filter(part => typeof part === 'string')
          .join(' · '),
        'records',
        'lead',
      )
    }
    return {
      unanswered,
      objections,
      open,
      talkShare: all === 0 ? null : words('us') / all,
      draft: lines.length === 0 ? null : await advise(ctx, findings, 'live-suggestions'),
      ...findings.shown,
    }
  },
})
