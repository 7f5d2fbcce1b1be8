import { Button } from '@mantine/core'
import { useState } from 'react'
import { Card } from '../../components/card.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import type { LeadDetails, LeadDuplicate } from './lead-operations.ts'
import { MergeDialog } from './merge-dialog.tsx'
import styles from './lead.module.css'

/** Other leads that may be the same person; nothing where there is none. */
export function LeadDuplicates({ lead, onMerged }: { lead: LeadDetails; onMerged: () => void }) {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [merging, setMerging] = useState<LeadDuplicate>()
  if (lead.possibleDuplicates.length === 0) return null
  return (
    <Card title={t.merge.title} note={t.merge.note}>
      <ul className={styles.duplicates}>
        {lead.possibleDuplicates.map(one => (
          <li key={one.lead.id}>
            <div>
              <Link to={`/leads/${encodeURIComponent(one.lead.id)}`}>{one.lead.name}</Link>
              <small>{[one.lead.email ?? one.lead.phone, one.lead.company].filter(Boolean).join(' · ')}</small>
              <small>{one.alike.map(kind => t.merge.alike[kind]).join(' · ')}</small>
            </div>
            {mayOperate && (
              <Button size="xs" variant="default" onClick={() => setMerging(one)}>
                {t.merge.open}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {merging && (
        <MergeDialog lead={lead} twin={merging.lead} onMerged={onMerged} onClose={() => setMerging(undefined)} />
      )}
    </Card>
  )
}
