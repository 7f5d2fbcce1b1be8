import { type Context, type Draft, type Findings, inLanguage } from 'trae-os/sdk'
import en from './prompts/en.json' with { type: 'json' }
import pt from './prompts/pt-BR.json' with { type: 'json' }

/** Has the model write in a language: the team's, or the customer's for what goes out. */
export async function advise(
  ctx: Context,
  findings: Findings,
  skill: Exclude<keyof typeof en, 'role'>,
  locale = ctx.workspace.locale,
) {
  if (findings.facts.length === 0) return null
  const prompts = inLanguage({ en, 'pt-BR': pt }, locale)
  const instructions = `${prompts.role}\n\n${prompts[skill]}`
  // Somebody is on the phone: a short answer of the quick model
  const quick = skill === 'live-suggestions'
  return findings.write<Draft>(ctx, {
    instructions,
    answers: 'draft',
    locale,
    model: quick ? 'small' : 'large',
    maxTokens: quick ? 600 : 2000,
  })
}
