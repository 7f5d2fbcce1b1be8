import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent, type ReactNode } from 'react'

const BASE = '/admin'
const MOVED = 'trae:moved'

/** The path inside the admin interface: '/' or '/leads/…'. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname.slice(BASE.length).replace(/\/+$/, '') || '/')
}

/** One parameter of the address. Filters live there, so that back, reload and a shared link keep them. */
export function useParameter(name: string): [string, (value: string) => void] {
  const value = useSyncExternalStore(subscribe, () => new URLSearchParams(location.search).get(name) ?? '')
  const set = (next: string) => {
    const parameters = new URLSearchParams(location.search)
    if (next) parameters.set(name, next)
    else parameters.delete(name)
    const query = parameters.toString()
    history.replaceState(null, '', location.pathname + (query ? `?${query}` : ''))
    dispatchEvent(new Event(MOVED))
  }
  return [value, set]
}

export function navigate(to: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', BASE + to)
  dispatchEvent(new Event(MOVED))
  scrollTo(0, 0)
}

/** An anchor that stays in the page; with a modifier key the browser does what it always does. */
export function Link({
  to,
  onClick,
  children,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { to: string; children: ReactNode }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    event.preventDefault()
    navigate(to)
  }
  return (
    <a href={BASE + to} onClick={follow} {...rest}>
      {children}
    </a>
  )
}

/** The parts of a path that a pattern such as '/leads/:id' names, or undefined where it does not fit. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const found = path.split('/')
  if (wanted.length !== found.length) return undefined
  const parts: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = found[index] ?? ''
    if (part.startsWith(':')) parts[part.slice(1)] = decodeURIComponent(value)
    else if (part !== value) return undefined
  }
  return parts
}

function subscribe(notify: () => void): () => void {
  addEventListener('popstate', notify)
  addEventListener(MOVED, notify)
  return () => {
    removeEventListener('popstate', notify)
    removeEventListener(MOVED, notify)
  }
}
