import { useSyncExternalStore } from 'react'
import { useLanguage } from '../i18n/messages.tsx'

/** An instant as people say it; the full date is a hover away. Relative times move on by themselves. */
export function Time({ at, as = 'relative' }: { at: string; as?: 'relative' | 'dateTime' | 'time' | 'clock' }) {
  const { format } = useLanguage()
  const now = useNow(as === 'relative')
  return (
    <time dateTime={at} title={format.fullDateTime(at)}>
      {as === 'relative' ? format.relative(at, Math.max(now, Date.now() - 5000)) : format[as](at)}
    </time>
  )
}

const TICK_MS = 5000
let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** The present, in ticks of five seconds, from one timer for the whole page. */
export function useNow(active = true): number {
  return useSyncExternalStore(active ? subscribe : idle, () => now)
}

const idle = () => () => {}

function subscribe(notify: () => void): () => void {
  listeners.add(notify)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const listener of listeners) listener()
  }, TICK_MS)
  return () => {
    listeners.delete(notify)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
