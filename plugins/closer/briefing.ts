import { z } from 'trae-os/sdk'

/** What a closer has in hand before a call. */
export const briefing = z.object({
  title: z.string().describe('One line, good as the subject of an e-mail.'),
  summary: z.string(),
  facts: z.array(
    z.object({
      label: z.string(),
      value: z.string(),
      source: z.string().describe('Who says so, in words.'),
      from: z.string().describe('Where exactly: lead.company, messages.'),
    }),
  ),
  unknown: z.array(z.string()).describe('What nobody has told us.'),
  openQuestions: z.array(z.string()).describe('To ask in the call, most important first.'),
  agenda: z.array(z.object({ minutes: z.int().min(1), topic: z.string() })),
  text: z.string().describe('All of it as plain text.'),
})
export type Briefing = z.output<typeof briefing>
