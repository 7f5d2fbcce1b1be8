import { Button } from '@mantine/core'
import { useState } from 'react'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { rowsOf, showMetric } from '../dashboard/show-metric.ts'
import { Bar } from '../dashboard/bar.tsx'
import { Link } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { EnterValue } from './enter-value.tsx'
import { CLOSE_OBJECTIVE, type KeyResultRow, type ObjectiveRow } from './okr-operations.ts'
import styles from './okrs.module.css'

const TONES: Record<KeyResultRow['state'], Tone> = {
  NOT_BEGUN: 'quiet',
  UNKNOWN: 'quiet',
  BEHIND: 'wait',
  ON_TRACK: 'live',
  DONE: 'good',
}

export function ObjectiveCard({ objective, onChanged }: { objective: ObjectiveRow; onChanged: () => void }) {
  const { t, format } = useLanguage()
  const mayOperate = useMayOperate()
  const close = useChange(CLOSE_OBJECTIVE)
  const [closing, setClosing] = useState(false)
  const { id, title, description, owner, startsOn, dueOn, elapsed, progress, status, keyResults } = objective
  const isOpen = status === 'OPEN'
  return (
    <Card
      title={title}
      note={[owner?.name, t.okrs.fromTo(format.date(startsOn), format.date(dueOn))].filter(Boolean).join(' · ')}
      flush
      aside={
        isOpen &&
        mayOperate && (
          <Button size="xs" variant="default" onClick={() => setClosing(true)}>
            {t.okrs.close}
          </Button>
        )
      }
    >
      {description && <p className={styles.description}>{description}</p>}
      <p className={styles.overall}>
        <span>{progress === null ? t.okrs.noProgress : t.okrs.progress(format.percent(progress))}</span>
        <span>{t.okrs.elapsed(format.percent(elapsed))}</span>
        <Bar share={progress ?? 0} />
      </p>
      <ul className={styles.results}>
        {keyResults.map(result => (
          <ResultItem
            key={result.id}
            result={result}
            startsOn={startsOn}
            mayEnter={isOpen && mayOperate}
            onChanged={onChanged}
          />
        ))}
      </ul>
      {closing && (
        <ConfirmDialog
          title={t.okrs.closeTitle(title)}
          confirm={t.okrs.close}
          send={() => close.apply({ objectiveId: id })}
          onDone={() => {
            setClosing(false)
            onChanged()
          }}
          onClose={() => setClosing(false)}
        >
          <p>{t.okrs.closeText}</p>
        </ConfirmDialog>
      )}
    </Card>
  )
}

function ResultItem({
  result,
  startsOn,
  mayEnter,
  onChanged,
}: {
  result: KeyResultRow
  startsOn: string
  mayEnter: boolean
  onChanged: () => void
}) {
  const { t, format } = useLanguage()
  const [entering, setEntering] = useState(false)
  const { title, metric, value, target, progress, state, confidence, values } = result
  const show = (figure: number | null) => showMetric(result, figure, format)
  const rows = metric && rowsOf(metric, `${startsOn}T00:00:00.000Z`, new Date().toISOString())
  return (
    <li>
      <div className={styles.result}>
        <h3>{title}</h3>
        <p>
          {rows ? <Link to={rows}>{show(value)}</Link> : show(value)} {t.okrs.of(show(target))}
          {progress !== null && ` · ${format.percent(progress)}`}
          {' · '}
          {confidence === null ? t.okrs.noConfidence : t.okrs.confidence(format.percent(confidence / 100))}
          {metric && ` · ${t.okrs.computed(t.dashboard.metrics[metric])}`}
        </p>
        <Bar share={progress ?? 0} />
        {values.length > 0 && (
          <details className={styles.history}>
            <summary>{t.okrs.history(values.length)}</summary>
            <ol>
              {values.map((one, index) => (
                <li key={index}>
                  <Time at={one.at} /> <strong>{show(one.value)}</strong>
                  {one.confidence !== null && ` · ${t.okrs.confidence(format.percent(one.confidence / 100))}`}
                  {` · ${one.user?.name ?? t.okrs.byFigures}`}
                  {one.note && <span> – {one.note}</span>}
                </li>
              ))}
            </ol>
          </details>
        )}
      </div>
      <Status tone={TONES[state]} label={t.okrs.states[state]} />
      {mayEnter && (
        <Button size="xs" variant="default" aria-label={`${t.okrs.enter}: ${title}`} onClick={() => setEntering(true)}>
          {t.okrs.enter}
        </Button>
      )}
      {entering && (
        <EnterValue
          result={result}
          onDone={() => {
            setEntering(false)
            onChanged()
          }}
          onClose={() => setEntering(false)}
        />
      )}
    </li>
  )
}
