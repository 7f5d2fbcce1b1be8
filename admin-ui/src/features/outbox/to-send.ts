import { useEffect } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { usePath } from '../../router.tsx'
import { HAND_COUNT } from './outbox-operations.ts'

/**
 * How many messages a person has yet to send by hand; counted anew on every page, without a stream of its own: a browser has few
 * connections to a host. On their own page the list says it.
 */
export function useToSend(): number | undefined {
  const path = usePath()
  const { data, reload } = useLoaded(HAND_COUNT, {}, false)
  useEffect(() => reload(), [path, reload])
  return path === '/outbox' ? undefined : (data?.messages.totalCount ?? undefined)
}
