import { defineAction, z } from 'trae-os/sdk'
import { request } from '../request.ts'

interface Page {
  readonly items?: readonly {
    readonly id: string
    readonly summary?: string
    readonly primary?: boolean
    readonly accessRole?: string
  }[]
  readonly nextPageToken?: string
}

export const listCalendars = defineAction({
  title: 'List calendars',
  description: 'The calendars that the account sees, with the ids by which one is chosen.',
  input: z.object({}),
  output: z.object({
    calendars: z.array(z.object({ id: z.string(), name: z.string(), primary: z.boolean(), role: z.string() })),
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {},
  run: async (_input, ctx) => {
    const calendars = []
    let pageToken: string | undefined
    do {
      const page: Page = await request<Page>(ctx, {
        path: '/users/me/calendarList',
        query: { maxResults: 250, pageToken },
      })
      for (const { id, summary = id, primary = false, accessRole: role = '' } of page.items ?? [])
        calendars.push({ id, name: summary, primary, role })
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
    return { calendars }
  },
})
