import { cited, type Context, type Findings, inLanguage, z } from 'trae-os/sdk'
import en from './prompts/en.json' with { type: 'json' }
import pt from './prompts/pt-BR.json' with { type: 'json' }

/** What the model makes of the facts: all of it names the facts it rests on. */
export const judgement = z
  .object({
    conclusions: z.array(cited).max(8).describe('What the facts mean, most important first.'),
    actions: z.array(cited).max(8).describe('What to do next, most useful first.'),
  })
  .nullable()
  .describe('Null where no model took part.')

type Judgement = { conclusions: { text: string; facts: string[] }[]; actions: { text: string; facts: string[] }[] }

/** The judgement of one skill, in the language of the team. Nothing is judged of nothing. */
export async function judge(ctx: Context, findings: Findings, skill: Exclude<keyof typeof en, 'role'>) {
  if (findings.facts.length === 0) return null
  const { locale } = ctx.workspace
  const prompts = inLanguage({ en, 'pt-BR': pt }, locale)
  const instructions = `${prompts.role}\n\n${prompts[skill]}`
  return findings.write<Judgement>(ctx, { instructions, answers: 'judgement', locale, model: 'large' })
}

export const days = z.int().min(7).max(1095).describe('How far back, in days.')
export const at = z.iso.datetime({ offset: true }).nullish().describe('The moment for which it holds; now without it.')
