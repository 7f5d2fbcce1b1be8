import { resolve } from 'node:path'
import { type ActionTest, testAction } from '../../core/testing/testing.ts'

/** What every skill of an agent answers beside its own. */
export interface Shown {
  readonly facts: readonly { id: string; label: string; value: string; source: string; from: string }[]
  readonly notKnown: readonly { what: string; needs: string }[]
  readonly toCheck: readonly string[]
  readonly model: string | null
}

/** Calls a skill of one of our agents as a run would: built, installed, in the real sandbox. */
export async function skill<Output>(plugin: string, action: string, test: ActionTest) {
  const result = await testAction(resolve(import.meta.dirname, '../../plugins', plugin), action, { ...test })
  return { ...result, output: result.output as Output & Shown }
}

/** The moment at which tests of actions stand: everything made before one is younger than this. */
export const SOON = '2026-03-02T12:00:01Z'

/** So many leads from a source, `won` of which bought. */
export function sales(
  ...groups: { source: string; leads: number; won?: number; lost?: number; amount?: string; data?: object }[]
) {
  const leads: Record<string, unknown>[] = []
  const deals: Record<string, unknown>[] = []
  for (const { source, leads: many, won = 0, lost = 0, amount = '1000.00', data = {} } of groups)
    for (let i = 0; i < many; i++) {
      const lead = leads.push({ name: `Lead ${leads.length}`, email: `${leads.length}@example.com`, source, data }) - 1
      if (i >= won + lost) continue
      const end = i < won ? { stage: 'WON' } : { stage: 'LOST', lostReason: 'Preço; foi para o Concorrente Á' }
      deals.push({ lead, title: 'Negócio', value: { amount, currency: 'BRL' }, ...end })
    }
  return { leads, deals }
}
