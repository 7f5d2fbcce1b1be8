import { unfilled } from 'trae-os/sdk'

/** Where content appears, and how many characters it has room for there: what is cut off or refused beyond that. */
export const FORMATS = {
  'blog-post': { title: 60, body: 20_000 },
  'linkedin-post': { body: 3000 },
  'instagram-post': { body: 2200 },
  'x-post': { body: 280 },
  email: { title: 60, body: 10_000 },
  'meta-ad': { title: 40, body: 125 },
  'google-ad': { title: 30, body: 90 },
  'video-script': { body: 6000 },
} as const
export type Format = keyof typeof FORMATS
export const FORMAT_NAMES = Object.keys(FORMATS) as [Format, ...Format[]]

export interface Problem {
  readonly what: 'title-long' | 'body-long' | 'shouts' | 'no-call' | 'unfilled'
  readonly found: string
}

/** What stands against a text in a format. Pure. */
export function checkText(
  format: Format,
  title: string | undefined,
  body: string,
  call: string | undefined,
): Problem[] {
  const room: { readonly title?: number; readonly body: number } = FORMATS[format]
  const letters = body.replace(/[^\p{L}]/gu, '')
  const shouting = letters.length >= 20 && letters.replace(/[^\p{Lu}]/gu, '').length / letters.length > 0.5
  const gaps = unfilled(`${title ?? ''}\n${body}`)
  return [
    ...(title !== undefined && room.title !== undefined && title.length > room.title
      ? [{ what: 'title-long' as const, found: `${title.length} > ${room.title}` }]
      : []),
    ...(body.length > room.body ? [{ what: 'body-long' as const, found: `${body.length} > ${room.body}` }] : []),
    ...(shouting ? [{ what: 'shouts' as const, found: body.slice(0, 60) }] : []),
    ...(call && !body.toLowerCase().includes(call.toLowerCase()) ? [{ what: 'no-call' as const, found: call }] : []),
    ...gaps.map(found => ({ what: 'unfilled' as const, found })),
  ]
}
