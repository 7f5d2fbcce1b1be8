import { type Context, z } from 'trae-os/sdk'
import { CONTENT, request } from './request.ts'

export interface Content {
  readonly sid: string
  readonly friendly_name: string | null
  readonly language: string | null
  readonly variables: Readonly<Record<string, string>> | null
  readonly types: Readonly<Record<string, { readonly body?: string } | undefined>> | null
}
interface Page {
  readonly contents: readonly Content[]
  readonly meta: { readonly next_page_url?: string | null }
}

export const template = z.object({
  id: z.string().describe('The ContentSid: `template.name` of twilio/send-whatsapp.'),
  name: z.string(),
  language: z.string(),
  variables: z.record(z.string(), z.string()),
  body: z.string().nullable(),
})

export const shownTemplate = ({ sid, friendly_name, language, variables, types }: Content) => ({
  id: sid,
  name: friendly_name ?? sid,
  language: language ?? '',
  variables: { ...variables },
  body: Object.values(types ?? {}).find(type => type?.body !== undefined)?.body ?? null,
})

/** Templates of the account, page after page, until there are `limit`. */
export async function listContents(ctx: Context, limit: number): Promise<Content[]> {
  const found: Content[] = []
  let url: string | null | undefined = `${CONTENT}/v1/Content?PageSize=${Math.min(limit, 100)}`
  while (url && found.length < limit) {
    const { contents, meta }: Page = await request<Page>(ctx, { url })
    found.push(...contents)
    url = meta.next_page_url
  }
  return found.slice(0, limit)
}
