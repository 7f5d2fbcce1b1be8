/**
 * The figures of a workspace as they change, for all who look at them. They are counted when something happened that they
 * count, at most once a second (and never for more than a fifth of the time), however many look; while nobody looks, nothing
 * is counted. Who comes later is shown what was counted last, where nothing has happened since.
 */
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Topic } from '../pubsub.ts'
import type { AnalyticsOverview } from './analytics.ts'
import { keptOverview } from './kept-figures.ts'

type FiguresCore = Pick<Core, 'sql' | 'clock' | 'pubsub' | 'log' | 'cache'>

/** What changes figures. */
const COUNTED: readonly Topic[] = [
  'lead.updated',
  'message.created',
  'meeting.updated',
  'deal.updated',
  'customer.updated',
  'run.updated',
]
const AT_MOST_EVERY_MS = 1000

interface Feed {
  lookers: number
  readonly stop: () => void
  /** What was counted last. */
  latest: Promise<AnalyticsOverview> | undefined
  /** Something happened since. */
  stale: boolean
  count(): Promise<AnalyticsOverview>
}
const feeds = new WeakMap<Core['pubsub'], Map<string, Feed>>()

/**
 * Begins to look at the figures of the last `days` days. `figures.changed` tells that they were counted again: then `latest`
 * has them. `read` gives them as they are now. Whoever looks no more must call `leave`.
 */
export function lookAtFigures(
  core: FiguresCore,
  workspaceId: WorkspaceId,
  days: number,
): { read(): Promise<AnalyticsOverview>; latest(): Promise<AnalyticsOverview>; leave(): void } {
  const own = feeds.get(core.pubsub) ?? new Map<string, Feed>()
  feeds.set(core.pubsub, own)
  const name = `${workspaceId} ${days}`
  let feed = own.get(name)
  if (!feed) own.set(name, (feed = openFeed(core, workspaceId, days)))
  const mine = feed
  mine.lookers++
  let left = false
  return {
    read: () => (mine.latest && !mine.stale ? mine.latest : mine.count()),
    latest: () => mine.latest ?? mine.count(),
    leave() {
      if (left) return
      left = true
      if (--mine.lookers > 0) return
      mine.stop()
      own.delete(name)
    },
  }
}

function openFeed(core: FiguresCore, workspaceId: WorkspaceId, days: number): Feed {
  let timer: NodeJS.Timeout | undefined
  let rest = AT_MOST_EVERY_MS
  const feed: Feed = {
    lookers: 0,
    latest: undefined,
    stale: false,
    count() {
      const began = performance.now()
      const counted = keptOverview(core, workspaceId, days)
      feed.stale = false
      feed.latest = counted
      void counted.then(
        () => (rest = Math.max(AT_MOST_EVERY_MS, (performance.now() - began) * 4)),
        () => feed.latest === counted && (feed.latest = undefined),
      )
      return counted
    },
    stop() {
      clearTimeout(timer)
      for (const off of offs) off()
    },
  }
  const countAgain = async () => {
    timer = undefined
    try {
      await feed.count()
      core.pubsub.publish('figures.changed', { workspaceId, days })
    } catch (error) {
      core.log.warn({ err: error, workspaceId }, 'figures could not be counted; they are when something happens again')
    }
  }
  const offs = COUNTED.map(topic =>
    core.pubsub.on(topic, detail => {
      if (detail.workspaceId !== workspaceId) return
      feed.stale = true
      timer ??= setTimeout(() => void countAgain(), rest)
    }),
  )
  return feed
}
