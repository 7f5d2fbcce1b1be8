import { cited, type Context, defineAction, Findings, findingsShape, foldText, inLanguage, sayIn, z } from 'trae-os/sdk'
import { ownWords } from '../own-words.ts'
import en from '../prompts/en.json' with { type: 'json' }
import pt from '../prompts/pt-BR.json' with { type: 'json' }
import { readReply } from '../read-reply.ts'

export const REPLY_LABELS = ['positive', 'negative', 'question', 'unsubscribe', 'unclear'] as const
type Label = (typeof REPLY_LABELS)[number]

/** Characters. Nobody says yes or no later than that; what is longer costs CPU. */
const LONGEST = 5000
/** Seconds. The run waits, and has an answer without. */
const PATIENCE = 15

const judged = cited.extend({
  label: z.enum(REPLY_LABELS),
  words: z.array(z.string().min(1).max(200)).max(5).describe('Copied from the reply letter by letter: what decides.'),
  sure: z.boolean().describe('False where two people could read it differently.'),
})

export const classifyReply = defineAction({
  title: 'Classify a reply',
  description:
    'Says what a lead’s reply in Portuguese or English means: positive (wants to talk), negative, question, unsubscribe, or unclear. Word rules read it first; only what they call ' +
    'unclear is read by a model, where there is one. Unclear is the answer to every doubt: then a person should read it.',
  input: z.object({
    text: z.string().describe('The reply as it arrived; what it quotes is left out.'),
    subject: z.string().nullish().describe('Tells an automatic answer.'),
  }),
  output: z.object({
    ...findingsShape,
    label: z.enum(REPLY_LABELS),
    words: z.array(z.string()).describe('The words that decided, as they were written.'),
    reason: z
      .string()
      .describe('The decision in words, and who read it where the rules were not sure, in the language of the team.'),
    readBy: z.enum(['rules', 'model']),
    judged: judged.nullable().describe('What a model read where the rules were not sure; null where it was not used.'),
  }),
  effect: 'none',
  idempotency: 'none',
  sample: { text: 'Sim, podemos conversar na quinta!' },
  run: async ({ text, subject }, ctx) => {
    const said = ownWords(text.slice(0, 4 * LONGEST)).slice(0, LONGEST)
    const rules = readReply(said, subject ?? '')
    const shown = rules.words.slice(0, 5).map(word => word.slice(0, 80)) // of a long letter: enough to see why
    const say = sayIn(ctx)
    const findings = new Findings()
    const reply = findings.given(say('fact.reply'), said, 'input.text', say('reply.ask'))
    // What a machine answered is nobody's answer, however well a model could read it
    const ask = reply !== undefined && rules.label === 'unclear' && !rules.automatic
    const judged = ask ? await judge(ctx, findings, said) : null
    const { label, words } = judged ?? { label: rules.label, words: shown }
    const reason = say(`reply.${label}`, { words: words.join(', ') || '–' })
    // Where the rules are sure there is nobody else
    const by = judged
      ? ` (${say('reply.by.model', { model: findings.shown.model! })})`
      : rules.label === 'unclear'
        ? ` (${say('reply.by.rules')})`
        : ''
    findings.fact(say('fact.label'), reason, 'computed', reply ?? 'input.text')
    const readBy = judged ? ('model' as const) : ('rules' as const)
    return { label, words, reason: `${reason}${by}`, readBy, judged, ...findings.shown }
  },
})

/** What a model reads. It has to be sure and to show the words; what is not in the reply shows nothing. */
async function judge(ctx: Context, findings: Findings, said: string) {
  const { locale } = ctx.workspace
  const instructions = inLanguage({ en, 'pt-BR': pt }, locale)['classify-reply']
  const task = { instructions, locale, answers: 'judged', maxTokens: 300, within: PATIENCE }
  const read = await findings.write<{ label: Label; words: string[]; sure: boolean; text: string; facts: string[] }>(
    ctx,
    task,
  )
  if (!read) return null
  const plain = (text: string) => foldText(text).replace(/\s+/g, ' ').trim()
  const shows = read.words.length > 0 && read.words.every(word => plain(said).includes(plain(word)))
  if (read.label === 'unclear' || (read.sure && shows)) return read
  findings.refuse(ctx.t(shows ? 'reply.unsure' : 'reply.unshown', {}, locale), locale)
  return null
}
