import { type Context, type Draft, type Findings, inLanguage } from 'trae-os/sdk'
import en from './prompts/en.json' with { type: 'json' }
import pt from './prompts/pt-BR.json' with { type: 'json' }

/** Has the model write, in the language of the team. Of nothing that was told, nothing is written. */
export async function write(
  ctx: Context,
  findings: Findings,
  skill: Exclude<keyof typeof en, 'role'>,
  wish = '',
): Promise<Draft | null> {
  if (!findings.facts.some(({ source }) => source !== 'computed')) return null
  const { locale } = ctx.workspace
  const prompts = inLanguage({ en, 'pt-BR': pt }, locale)
  const instructions = [prompts.role, prompts[skill], wish].filter(Boolean).join('\n\n')
  return findings.write<Draft>(ctx, { instructions, answers: 'draft', locale, model: 'large', maxTokens: 3000 })
}
