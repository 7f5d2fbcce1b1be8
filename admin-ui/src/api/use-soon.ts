import { useCallback, useEffect, useRef } from 'react'

const QUIET_MS = 2500
const SHORTEST_MS = 150

/** Calls once after a burst, and at most once in a while during a long one. */
export function useSoon(): (call: () => void) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef<() => void>(undefined)
  const last = useRef(0)
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(call => {
    latest.current = call
    if (timer.current !== undefined) return
    timer.current = setTimeout(
      () => {
        timer.current = undefined
        last.current = Date.now()
        latest.current?.()
      },
      Math.max(SHORTEST_MS, last.current + QUIET_MS - Date.now()),
    )
  }, [])
}
