import { useEffect } from 'react'
import type { RunFilter, RunSlaState, RunStatus } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { PLAYBOOK_NAMES } from './bulk-operations.ts'
import type { RunRow } from './run-operations.ts'

/** The states by `sla` that people look for. */
export type LateState = Extract<RunSlaState, 'BREACHED' | 'DUE_SOON'>

/** What the address says of the runs that are wanted. */
export function useRunFilter() {
  const { t } = useLanguage()
  const [givenStatus, setStatus] = useParameter('status')
  const [slug, setSlug] = useParameter('playbook')
  const [givenSla, setSla] = useParameter('sla')
  const loaded = useList(PLAYBOOK_NAMES, {})
  const { nodes: playbooks, hasMore, loadingMore, more } = loaded
  useEffect(() => {
    if (hasMore && !loadingMore) more()
  }, [hasMore, loadingMore, more])
  const status: RunStatus | '' = isIn(givenStatus, t.runs.statuses) ? givenStatus : ''
  const sla: LateState | '' = isIn(givenSla, t.runs.slaStates) ? givenSla : ''
  const playbook = playbooks.find(one => one.slug === slug)
  const filter: RunFilter = {
    ...(status && { statuses: [status] }),
    ...(playbook && { playbookIds: [playbook.id] }),
    ...(sla && { slaStates: [sla] }),
  }
  return {
    filter,
    /** False as long as nobody knows which playbook is meant. */
    isKnown:
      slug === '' ||
      playbook !== undefined ||
      (loaded.data !== undefined && !hasMore && !loadingMore) ||
      loaded.error !== undefined,
    isFiltered: status !== '' || sla !== '' || playbook !== undefined,
    status,
    setStatus,
    sla,
    setSla,
    playbooks,
    slug: playbook?.slug ?? '',
    setSlug,
    /** Does a run that has changed belong to the list? */
    fits: (run: RunRow) =>
      (!status || run.status === status) &&
      (!playbook || run.playbook.slug === playbook.slug) &&
      (!sla || run.slaState === sla),
  }
}

const isIn = <Key extends string>(text: string, known: Readonly<Record<Key, string>>): text is Key =>
  Object.hasOwn(known, text)
