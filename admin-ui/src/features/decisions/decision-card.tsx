import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { Card } from '../../components/card.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { DECISION_CORRECT, DECISION_DECIDE, DECISION_OUTCOME, type DecisionDetails } from './decision-operations.ts'
import { DecisionWhy } from './decision-why.tsx'
import styles from './decisions.module.css'

/** What is decided, why, and what a person can still do about it. `open`: with its seven steps from the first. */
export function DecisionCard({
  decision,
  onDone,
  open = false,
}: {
  decision: DecisionDetails
  onDone: () => void
  open?: boolean
}) {
  const { t } = useLanguage()
  const [showing, setShowing] = useState(open)
  const { question, status, options, chosen, policy, lead, run, outcome } = decision
  const titleOf = (key: string | null) => options.find(option => option.key === key)?.title ?? key ?? ''
  return (
    <Card
      title={question}
      note={policy.name}
      aside={
        <Status tone={TONES[status]} label={status === 'DECIDED' ? titleOf(chosen) : t.decisions.statuses[status]} />
      }
    >
      <p className={styles.facts}>
        {lead && <Link to={`/leads/${encodeURIComponent(lead.id)}`}>{lead.name}</Link>}
        {run && <Link to={`/runs/${encodeURIComponent(run.id)}`}>{t.decisions.ofRun}</Link>}
        <span>
          <Time at={decision.createdAt} as="dateTime" />
        </span>
        {status === 'DECIDED' && (
          <span>{decision.automatic ? t.decisions.automatic : (decision.decidedBy ?? t.decisions.byTime)}</span>
        )}
        {outcome && <span data-outcome={outcome}>{t.decisions.outcomes[outcome]}</span>}
      </p>
      <ul className={styles.reasons} aria-label={t.decisions.why}>
        {decision.reasons.map(reason => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <p className={styles.answers}>
        <Button size="xs" variant="subtle" px={0} aria-expanded={showing} onClick={() => setShowing(before => !before)}>
          {showing ? t.decisions.steps.hide : t.decisions.steps.show}
        </Button>
      </p>
      {showing && <DecisionWhy id={decision.id} titleOf={titleOf} />}
      {decision.comment && <q className={styles.comment}>{decision.comment}</q>}
      {status === 'PENDING' && <Decide decision={decision} onDone={onDone} />}
      {status === 'DECIDED' &&
        (outcome ? (
          <Correction decision={decision} outcome={outcome} onDone={onDone} />
        ) : (
          <Outcome decision={decision} onDone={onDone} />
        ))}
    </Card>
  )
}

function Decide({ decision, onDone }: { decision: DecisionDetails; onDone: () => void }) {
  const { t } = useLanguage()
  const [comment, setComment] = useState('')
  const [choice, setChoice] = useState('')
  const { sending, problem, send } = useSending()
  const [, decide] = useMutation(DECISION_DECIDE)
  const answer = async (choice: string) => {
    setChoice(choice)
    const done = await send(async () => {
      const { data, error } = await decide({ decisionId: decision.id, choice, comment: comment.trim() || null })
      return { error, answer: data?.answer }
    })
    if (done) onDone()
  }
  return (
    <div className={styles.decide}>
      <Textarea
        label={t.decisions.comment}
        value={comment}
        onChange={event => setComment(event.currentTarget.value)}
        maxLength={2000}
        autosize
        minRows={1}
      />
      <SendingProblem problem={problem} />
      <p className={styles.answers}>
        {decision.options.map(({ key, title }) => (
          <Button
            key={key}
            variant={key === decision.recommended ? 'filled' : 'default'}
            loading={sending && choice === key}
            onClick={() => void answer(key)}
          >
            {title}
          </Button>
        ))}
      </p>
    </div>
  )
}

function Outcome({ decision, onDone }: { decision: DecisionDetails; onDone: () => void }) {
  const { t } = useLanguage()
  const { sending, problem, send } = useSending()
  const [, record] = useMutation(DECISION_OUTCOME)
  const answer = async (outcome: 'SUCCESS' | 'FAILURE') => {
    const done = await send(async () => {
      const { data, error } = await record({ decisionId: decision.id, outcome })
      return { error, answer: data?.answer }
    })
    if (done) onDone()
  }
  return (
    <>
      <SendingProblem problem={problem} />
      <p className={styles.answers}>
        <span className={styles.ask}>{t.decisions.howDidItGo}</span>
        <Button size="xs" variant="default" disabled={sending} onClick={() => void answer('SUCCESS')}>
          {t.decisions.outcomes.SUCCESS}
        </Button>
        <Button size="xs" variant="default" disabled={sending} onClick={() => void answer('FAILURE')}>
          {t.decisions.outcomes.FAILURE}
        </Button>
      </p>
    </>
  )
}

/** A person knows better: what was learnt from the wrong outcome is learnt again from the right one. */
function Correction({
  decision,
  outcome,
  onDone,
}: {
  decision: DecisionDetails
  outcome: 'SUCCESS' | 'FAILURE'
  onDone: () => void
}) {
  const { t } = useLanguage()
  const { sending, problem, send } = useSending()
  const [asking, setAsking] = useState(false)
  const [, correct] = useMutation(DECISION_CORRECT)
  const other = outcome === 'SUCCESS' ? 'FAILURE' : 'SUCCESS'
  const answer = async () => {
    const done = await send(async () => {
      const { data, error } = await correct({ decisionId: decision.id, outcome: other })
      return { error, answer: data?.answer }
    })
    if (done) {
      setAsking(false)
      onDone()
    }
  }
  if (!asking)
    return (
      <p className={styles.answers}>
        <Button size="xs" variant="subtle" px={0} onClick={() => setAsking(true)}>
          {t.decisions.correct}
        </Button>
      </p>
    )
  return (
    <>
      <SendingProblem problem={problem} />
      <p className={styles.answers}>
        <span className={styles.ask}>{t.decisions.correctSure(t.decisions.outcomes[other])}</span>
        <Button size="xs" disabled={sending} onClick={() => void answer()}>
          {t.decisions.outcomes[other]}
        </Button>
        <Button size="xs" variant="default" disabled={sending} onClick={() => setAsking(false)}>
          {t.common.cancel}
        </Button>
      </p>
    </>
  )
}

const TONES: Record<DecisionDetails['status'], Tone> = { PENDING: 'wait', DECIDED: 'good', WITHDRAWN: 'quiet' }
