import { z } from 'zod'
import type { Decision } from '../decisions/decision.ts'
import { explainDecision } from '../decisions/explain-decision.ts'

/** What `POST /decisions/request` takes. */
export const decisionBody = z.strictObject({
  policy: z.string().min(1).max(100).meta({ description: 'The decision policy: first-contact.' }),
  context: z.record(z.string(), z.unknown()).default({}).meta({ description: 'What the policy asks for, by name.' }),
  lead_id: z.uuid().optional().meta({ description: 'The lead that it is about.' }),
})

export const decisionAnswer = z.object({
  id: z.uuid(),
  status: z.enum(['pending', 'decided', 'withdrawn']).meta({ description: 'pending: a person is asked.' }),
  question: z.string(),
  decision: z.string().nullable().meta({ description: 'Key of the option; null while it is pending.' }),
  recommended: z.string(),
  confidence: z.int().meta({ description: '0 to 100.' }),
  score: z.int().nullable().meta({ description: '0 to 100, where the policy scores.' }),
  reasons: z
    .array(z.string())
    .meta({ description: 'Why, a sentence each, in the language of `accept-language`, else of the workspace.' }),
})

/** `locale`: of the reasons, pt-BR or en. */
export function decisionOf(decision: Decision, locale: string): z.input<typeof decisionAnswer> {
  const { id, status, question, chosen, recommended, confidence, score } = decision
  return {
    id,
    status,
    question,
    decision: chosen,
    recommended,
    confidence,
    score,
    reasons: explainDecision(decision, locale),
  }
}
