import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { DealStage } from '../../api/schema.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { StartCall } from '../calls/start-call.tsx'
import { ChangeDeal } from './change-deal.tsx'
import { type DealRow, MOVE_DEAL, STAGES } from './deal-operations.ts'
import styles from './deals.module.css'

/** A deal that can be moved where it stands. Winning and losing are asked about first: playbooks act on them. */
export function DealCard({ deal, named = true }: { deal: DealRow; named?: boolean }) {
  const { t, format } = useLanguage()
  const [, move] = useMutation(MOVE_DEAL)
  const { sending, problem, send } = useSending()
  const [closing, setClosing] = useState<'WON' | 'LOST'>()
  const [reason, setReason] = useState('')
  const to = async (stage: DealStage, lostReason?: string) => {
    const { data, error } = await move({ input: { dealId: deal.id, stage, ...(lostReason ? { lostReason } : {}) } })
    return { error, answer: data?.dealMoveStage }
  }
  return (
    <article className={styles.deal} aria-label={deal.title}>
      <div className={styles.line}>
        <h3>{deal.title}</h3>
        {deal.value && <strong>{format.money(deal.value)}</strong>}
      </div>
      <p className={styles.dim}>
        {named && <Link to={`/leads/${encodeURIComponent(deal.lead.id)}`}>{deal.lead.name}</Link>}
        {named && ' · '}
        <Time at={deal.updatedAt} />
      </p>
      {deal.lostReason && <p className={styles.dim}>{deal.lostReason}</p>}
      <select
        className={styles.move}
        aria-label={t.deals.moveTo(deal.title)}
        value={deal.stage}
        disabled={sending}
        onChange={event => {
          const stage = event.currentTarget.value as DealStage
          if (stage === 'WON' || stage === 'LOST') setClosing(stage)
          else void send(() => to(stage))
        }}
      >
        {STAGES.map(stage => (
          <option key={stage} value={stage}>
            {t.deals.stages[stage]}
          </option>
        ))}
      </select>
      <SendingProblem problem={problem} />
      <div className={styles.actions}>
        <ChangeDeal deal={deal} />
        {deal.stage !== 'LOST' && <StartCall short of={{ dealId: deal.id }} label={t.calls.about(deal.title)} />}
      </div>
      {closing && (
        <ConfirmDialog
          title={t.deals.closing[closing].title(deal.title)}
          confirm={t.deals.closing[closing].confirm}
          danger={closing === 'LOST'}
          send={() => to(closing, reason)}
          onClose={() => setClosing(undefined)}
        >
          <p>{t.deals.closing[closing].text}</p>
          {closing === 'LOST' && (
            <TextInput
              label={t.deals.lostReason}
              value={reason}
              maxLength={500}
              onChange={event => setReason(event.currentTarget.value)}
            />
          )}
        </ConfirmDialog>
      )}
    </article>
  )
}
