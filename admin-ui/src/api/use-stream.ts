import { useEffect, useRef } from 'react'
import { type AnyVariables, type TypedDocumentNode } from 'urql'
import { useApi } from './api.ts'
import { textOf } from './text-of.ts'

/** Without a stream by then, the page loads anyway and asks again once the stream stands. */
const PATIENCE_MS = 400
const LONGEST_RETRY_MS = 5000

export interface StreamHandlers<Data> {
  /** Another key is another stream. */
  readonly key?: string
  readonly onData: (data: Data) => void
  readonly onReady?: (ready: boolean) => void
  readonly onResumed?: () => void
}

/**
 * Keeps a subscription open while the page is mounted and its tab is visible (a page that nobody looks at costs
 * the host nothing), and opens it again when it breaks.
 *
 * `variables` is asked at each opening: an append-only stream goes on after the last cursor it saw. `onReady` is told
 * when the stream stands: what is loaded from then on has no gap to what the stream brings. `onResumed` is called when
 * it stands again after a gap, for streams without a cursor: load again.
 */
export function useStream<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: () => Variables,
  handlers: StreamHandlers<Data>,
): void {
  const { openStream } = useApi()
  const latest = useRef({ variables, handlers })
  latest.current = { variables, handlers }

  useEffect(() => {
    const setReady = (ready: boolean) => latest.current.handlers.onReady?.(ready)
    let close: (() => void) | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let failures = 0
    let hasGap = false
    const patience = setTimeout(() => {
      hasGap = true
      setReady(true)
    }, PATIENCE_MS)

    const open = () => {
      if (close || globalThis.document.hidden) return
      let current = true
      const ended = () => {
        if (!current) return
        current = false
        close = undefined
        hasGap = true
        timer = setTimeout(open, Math.min(LONGEST_RETRY_MS, 500 * 2 ** failures++) * (0.75 + Math.random() / 2))
      }
      const dispose = openStream<Data>(
        { query: textOf(document), variables: latest.current.variables() as Record<string, unknown> },
        {
          onStanding() {
            clearTimeout(patience)
            failures = 0
            setReady(true)
            if (hasGap) latest.current.handlers.onResumed?.()
            hasGap = false
          },
          onData: data => latest.current.handlers.onData(data),
          onEnd: ended,
        },
      )
      close = () => {
        current = false
        close = undefined
        dispose()
      }
    }
    const onVisibility = () => {
      clearTimeout(timer)
      if (globalThis.document.hidden) {
        hasGap = true
        close?.()
      } else open()
    }
    globalThis.document.addEventListener('visibilitychange', onVisibility)
    open()
    return () => {
      globalThis.document.removeEventListener('visibilitychange', onVisibility)
      clearTimeout(patience)
      clearTimeout(timer)
      close?.()
      setReady(false)
    }
  }, [openStream, document, handlers.key])
}
