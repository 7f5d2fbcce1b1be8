import { type Context, type Draft, type Findings, inLanguage } from 'trae-os/sdk'
import en from './prompts/en.json' with { type: 'json' }
import pt from './prompts/pt-BR.json' with { type: 'json' }

type Skill = Exclude<keyof typeof en, 'role'>

/** What the model is told of a skill, in a language. */
export function instructionsOf(skill: Skill, locale: string): string {
  const prompts = inLanguage({ en, 'pt-BR': pt }, locale)
  return `${prompts.role}\n\n${prompts[skill]}`
}

/** Seconds: less than the time of a call, so that what the rules came to is still answered. */
const PATIENCE = 25

/** Has the model advise the team in its language, from the facts alone. Of nothing that is known, nothing is advised. */
export async function advise(
  ctx: Context,
  findings: Findings,
  skill: Exclude<Skill, 'onboarding-message'>,
): Promise<Draft | null> {
  if (findings.facts.length === 0) return null
  const { locale } = ctx.workspace
  const instructions = instructionsOf(skill, locale)
  const task = { instructions, answers: 'draft', locale, model: 'large', maxTokens: 1500, within: PATIENCE } as const
  return findings.write<Draft>(ctx, task)
}
