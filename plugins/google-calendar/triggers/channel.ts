import type { Context, Hook } from 'trae-os/sdk'
import { calendarPath, isStatus, request } from '../request.ts'

interface Channel {
  readonly id: string
  readonly resourceId: string
  /** Milliseconds since 1970, as text. */
  readonly expiration?: string
}

/** Attempts whose answers were lost, each with a channel of its own. */
const MOST_LOST = 5

/**
 * Opens a channel, by which Google rings when the calendar changes. Google shows no list of channels: one whose answer was lost
 * is noticed because its id is taken. Then another is opened, and the lost one closed by the resource that both are of.
 */
export async function register({ url, secret, key }: Hook, ctx: Context) {
  const lost: string[] = []
  for (;;) {
    const id = lost.length === 0 ? key : `${key}-${lost.length + 1}`
    try {
      const channel = await request<Channel>(ctx, {
        method: 'POST',
        path: await calendarPath(ctx, 'events', 'watch'),
        body: { id, type: 'web_hook', address: url, token: secret },
      })
      const { resourceId, expiration } = channel
      for (const one of lost) await unregister({ id: one, resourceId }, ctx)
      const expiresAt = expiration === undefined ? {} : { expiresAt: new Date(Number(expiration)).toISOString() }
      return { data: { id, resourceId }, ...expiresAt }
    } catch (error) {
      if (!isStatus(error, 400) || error.reason !== 'channelIdNotUnique' || lost.length === MOST_LOST) throw error
      lost.push(id)
    }
  }
}

/** Closes it. One that Google does not have any more is closed. */
export async function unregister(data: unknown, ctx: Context): Promise<void> {
  const { id, resourceId } = data as Pick<Channel, 'id' | 'resourceId'>
  try {
    await request(ctx, { method: 'POST', path: '/channels/stop', body: { id, resourceId } })
  } catch (error) {
    if (!isStatus(error, 404)) throw error
  }
}
