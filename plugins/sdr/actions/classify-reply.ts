import { defineAction, z } from 'trae-os/sdk'
import { ownWords } from '../own-words.ts'
import { readReply } from '../read-reply.ts'

export const REPLY_LABELS = ['positive', 'negative', 'question', 'unsubscribe', 'unclear'] as const

/** Characters. Nobody says yes or no later than that; what is longer costs CPU. */
const LONGEST = 5000

export const classifyReply = defineAction({
  title: 'Classify a reply',
  description:
    'Says what a lead’s reply in Portuguese or English means: positive (wants to talk), negative, question, ' +
    'unsubscribe, or unclear. Unclear is the answer to every doubt: then a person should read it.',
  input: z.object({
    text: z.string().describe('The reply as it arrived; what it quotes is left out.'),
    subject: z.string().nullish().describe('Tells an automatic answer.'),
  }),
  output: z.object({
    label: z.enum(REPLY_LABELS),
    words: z.array(z.string()).describe('The words that decided, as they were written.'),
    reason: z.string().describe('The decision in words, in the language of the team.'),
  }),
  effect: 'none',
  idempotency: 'none',
  sample: { text: 'Sim, podemos conversar na quinta!' },
  run: ({ text, subject }, ctx) => {
    const { label, words } = readReply(ownWords(text.slice(0, 4 * LONGEST)).slice(0, LONGEST), subject ?? '')
    const shown = words.slice(0, 5).map(word => word.slice(0, 80)) // of a long letter: enough to see why
    return {
      label,
      words: shown,
      reason: ctx.t(`reply.${label}`, { words: shown.join(', ') || '–' }, ctx.workspace.locale),
    }
  },
})
