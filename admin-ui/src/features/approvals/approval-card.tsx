import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { ApprovalDecision, ApprovalStatus } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { DeclaredFields, declaredFields, type Typed, valuesOf } from '../../components/declared-fields.tsx'
import { LinkedText } from '../../components/linked-text.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { APPROVAL_DECIDE, type ApprovalDetails } from './approval-operations.ts'
import styles from './approvals.module.css'

/** What is asked, who has decided what, until when, and, for who is asked, the decision. */
export function ApprovalCard({ approval, onDecided }: { approval: ApprovalDetails; onDecided: () => void }) {
  const { t } = useLanguage()
  const { title, message, status, votes, run, dueAt, required, veto } = approval
  const mine = votes.find(vote => vote.isViewer)
  return (
    <Card title={title} aside={<Status tone={TONES[status]} label={t.approvals.statuses[status]} />}>
      {message && (
        <p className={styles.message}>
          <LinkedText text={message} />
        </p>
      )}
      <p className={styles.facts}>
        {run && <Link to={`/runs/${encodeURIComponent(run.id)}`}>{t.approvals.ofRun(run.playbook.name)}</Link>}
        <span>
          {t.approvals.asked} <Time at={approval.createdAt} as="dateTime" />
        </span>
        {status === 'OPEN' && dueAt && (
          <span>
            {t.approvals.due} <Time at={dueAt} as="dateTime" /> (<Time at={dueAt} />)
          </span>
        )}
        {approval.decidedAt && (
          <span>
            {t.approvals.over} <Time at={approval.decidedAt} as="dateTime" />
          </span>
        )}
        <span>
          {t.approvals.takes(required, votes.length)}
          {veto && ` ${t.approvals.veto}`}
        </span>
      </p>
      <ul className={styles.votes} aria-label={t.approvals.votes}>
        {votes.map(vote => (
          <li key={vote.email}>
            <span>
              {vote.name ?? vote.email}
              {vote.isViewer && <em> ({t.approvals.you})</em>}
            </span>
            <span data-decision={vote.decision}>
              {vote.decision ? t.approvals.decisions[vote.decision] : t.approvals.undecided}
            </span>
            {vote.comment && <q>{vote.comment}</q>}
          </li>
        ))}
      </ul>
      {status === 'OPEN' && mine && mine.decision === null && <Decide approval={approval} onDecided={onDecided} />}
    </Card>
  )
}

function Decide({ approval, onDecided }: { approval: ApprovalDetails; onDecided: () => void }) {
  const { t } = useLanguage()
  const [typed, setTyped] = useState<Typed>({})
  const [comment, setComment] = useState('')
  const [decision, setDecision] = useState<ApprovalDecision>()
  const { sending, problem, send } = useSending()
  const [, decide] = useMutation(APPROVAL_DECIDE)
  const fields = declaredFields(approval.form)
  const answer = async (decision: ApprovalDecision) => {
    setDecision(decision)
    const done = await send(async () => {
      const { data, error } = await decide({
        approvalId: approval.id,
        decision,
        comment: comment.trim() || null,
        form: decision === 'APPROVED' ? valuesOf(fields, typed) : null,
      })
      return { error, answer: data?.answer }
    })
    if (done) onDecided()
  }
  return (
    <form
      className={styles.decide}
      onSubmit={event => {
        event.preventDefault()
        void answer('APPROVED')
      }}
    >
      <DeclaredFields fields={fields} typed={typed} onType={setTyped} />
      <Textarea
        label={t.approvals.comment}
        value={comment}
        onChange={event => setComment(event.currentTarget.value)}
        maxLength={2000}
        autosize
        minRows={1}
      />
      <SendingProblem problem={problem} />
      <p className={styles.answers}>
        <Button type="submit" loading={sending && decision === 'APPROVED'}>
          {t.approvals.approve}
        </Button>
        <Button variant="default" loading={sending && decision === 'REJECTED'} onClick={() => void answer('REJECTED')}>
          {t.approvals.reject}
        </Button>
        <span className={styles.once}>{t.approvals.once}</span>
      </p>
    </form>
  )
}

const TONES: Record<ApprovalStatus, Tone> = {
  OPEN: 'wait',
  APPROVED: 'good',
  REJECTED: 'bad',
  TIMED_OUT: 'quiet',
  WITHDRAWN: 'quiet',
}
