import { z } from 'zod'
import { MEMORY_OUTCOMES, MEMORY_TYPES } from '../memory/entry.ts'
import type { SearchResult } from '../memory/search-memory.ts'
import { MODULE_KEYS } from '../playbooks/playbook.ts'

/** What is looked for, in the address. */
export const memoryQuery = z.object({
  q: z.string().min(1).max(2000).meta({ description: 'What is looked for, by words and by meaning.' }),
  limit: z.coerce.number().int().min(1).max(50).default(10).meta({ description: 'How many.' }),
  type: z.enum(MEMORY_TYPES).optional(),
  module: z.enum(MODULE_KEYS).optional(),
  outcome: z.enum(MEMORY_OUTCOMES).optional(),
})

export const memoryAnswer = z
  .object({
    results: z.array(
      z.object({
        key: z.string().meta({ description: 'decision_…, diagnostic_…, lead_…, context_… or note_….' }),
        type: z.enum(MEMORY_TYPES),
        module: z.enum(MODULE_KEYS).nullable(),
        outcome: z.enum(MEMORY_OUTCOMES).nullable(),
        content: z.string(),
        timestamp: z.iso.datetime(),
        score: z.number().min(0).max(1),
        by: z.enum(['words', 'meaning', 'both']),
      }),
    ),
    without_meaning: z
      .string()
      .nullable()
      .meta({ description: 'Why only words were looked for; null where meaning was as well.' }),
  })
  .meta({ id: 'MemorySearch' })

export const memoryAnswerOf = ({ found, withoutMeaning }: SearchResult): z.input<typeof memoryAnswer> => ({
  results: found.map(({ entry, score, by }) => ({
    key: entry.key,
    type: entry.type,
    module: entry.module,
    outcome: entry.outcome,
    content: entry.content,
    timestamp: entry.timestamp.toISOString(),
    score,
    by,
  })),
  without_meaning: withoutMeaning,
})
