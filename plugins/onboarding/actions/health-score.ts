import { defineAction, sourced, z } from 'trae-os/sdk'
import { customerFacts, healthOf, withContact } from '../health.ts'

export const healthScore = defineAction({
  title: 'Say how a customer is doing',
  description:
    'A health score from 0 to 100 with its factors, from what is known: use, last contact, open tickets, overdue payments, NPS. ' +
    'What nobody told does not count; where nothing is known there is no score.',
  input: z.object({
    facts: customerFacts,
    lastHeardAt: z.iso.datetime({ offset: true }).nullish().describe('When they last wrote to us.'),
    at: z.iso.datetime({ offset: true }).describe('The moment for which it holds.'),
    locale: z.string().nullish(),
  }),
  output: z.object({
    known: z.boolean().describe('False where no fact is known: `health` is null then.'),
    health: z
      .object({
        score: z.int().min(0).max(100),
        factors: z.array(
          z.object({ name: z.string(), points: z.number(), value: z.string(), reason: z.string(), ...sourced }),
        ),
      })
      .nullable(),
    missing: z.array(z.string()).describe('Facts that would say more.'),
  }),
  effect: 'none',
  idempotency: 'none',
  sample: { facts: { activeUsers: 4, seats: 10, openTickets: 2 }, at: '2026-03-02T12:00:00Z' },
  run: ({ facts, lastHeardAt, at, locale }, ctx) => {
    const told = withContact(facts, lastHeardAt)
    const heard = told.lastContactAt !== facts.lastContactAt
    return healthOf(
      told,
      new Date(at),
      (key, values) => ctx.t(key, values, locale ?? ctx.locale),
      fact => ({
        source: 'given',
        from: fact === 'lastContactAt' && heard ? 'input.lastHeardAt' : `input.facts.${fact}`,
      }),
    )
  },
})
