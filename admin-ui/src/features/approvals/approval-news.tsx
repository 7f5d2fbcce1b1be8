import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { APPROVAL_UPDATED, type ApprovalDetails, OPEN_APPROVALS } from './approval-operations.ts'

export interface ApprovalNews {
  readonly onApproval: (approval: ApprovalDetails) => void
  readonly onResumed: () => void
}

interface Approvals {
  /** That wait for the viewer; undefined until it is known. */
  readonly open: number | undefined
  readonly ready: boolean
  readonly listen: (news: ApprovalNews) => () => void
}
const ApprovalsContext = createContext<Approvals>({ open: undefined, ready: false, listen: () => () => {} })

/** One stream for the count in the navigation and for the page: a browser has few connections to a host. */
export function ApprovalsProvider({ children }: { children: ReactNode }) {
  const [ready, setReady] = useState(false)
  const loaded = useLoaded(OPEN_APPROVALS, {}, ready)
  const listeners = useRef(new Set<ApprovalNews>())
  useStream(APPROVAL_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ approvalUpdated: { approval } }) => {
      if (approval.votes.some(vote => vote.isViewer)) loaded.reload()
      for (const { onApproval } of listeners.current) onApproval(approval)
    },
    onResumed: () => {
      loaded.reload()
      for (const { onResumed } of listeners.current) onResumed()
    },
  })
  const open = loaded.data?.openApprovals
  const value = useMemo(
    () => ({
      open,
      ready,
      listen: (news: ApprovalNews) => {
        listeners.current.add(news)
        return () => void listeners.current.delete(news)
      },
    }),
    [open, ready],
  )
  return <ApprovalsContext.Provider value={value}>{children}</ApprovalsContext.Provider>
}

export const useOpenApprovals = () => useContext(ApprovalsContext).open

/** Tells what happens to approvals while the page is there; answers whether the stream stands. */
export function useApprovalNews(news: ApprovalNews): boolean {
  const { ready, listen } = useContext(ApprovalsContext)
  const latest = useRef(news)
  latest.current = news
  useEffect(
    () =>
      listen({
        onApproval: approval => latest.current.onApproval(approval),
        onResumed: () => latest.current.onResumed(),
      }),
    [listen],
  )
  return ready
}
