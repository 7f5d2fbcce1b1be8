import { createContext, useContext, useMemo, useState, type ReactNode } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { UNREAD, UNREAD_CHANGED } from './notice-operations.ts'

interface NoticeNews {
  /** Undefined until it is known. */
  readonly unread: number | undefined
  /** Grows with every news, also one that leaves the count as it was. */
  readonly revision: number
}
const NoticesContext = createContext<NoticeNews>({ unread: undefined, revision: 0 })

/** One stream for the bell and for the page: a browser has few connections to a host. */
export function NoticesProvider({ children }: { children: ReactNode }) {
  const [ready, setReady] = useState(false)
  const [revision, setRevision] = useState(0)
  const loaded = useLoaded(UNREAD, {}, ready)
  useStream(UNREAD_CHANGED, () => ({}), {
    onReady: setReady,
    onData: ({ noticesUnreadChanged }) => {
      loaded.change(() => ({ noticesUnread: noticesUnreadChanged }))
      setRevision(count => count + 1)
    },
    onResumed: () => {
      loaded.reload()
      setRevision(count => count + 1)
    },
  })
  const unread = loaded.data?.noticesUnread
  const value = useMemo(() => ({ unread, revision }), [unread, revision])
  return <NoticesContext.Provider value={value}>{children}</NoticesContext.Provider>
}

export const useUnreadNotices = () => useContext(NoticesContext).unread
export const useNoticeRevision = () => useContext(NoticesContext).revision
