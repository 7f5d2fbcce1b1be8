import { Button } from '@mantine/core'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { ANSWER_SUGGESTION, type SuggestedRow } from './dashboard-operations.ts'
import styles from './dashboard.module.css'
import { isStanding, showMetric } from './show-metric.ts'

/** Decisions that the figures suggest, with the figures; answered ones stay where they are. */
export function SuggestionsCard({
  suggestions,
  onAnswered,
}: {
  suggestions: readonly SuggestedRow[]
  onAnswered: () => void
}) {
  const { t } = useLanguage()
  return (
    <Card title={t.dashboard.suggestions} note={t.dashboard.suggestionsNote} flush>
      {suggestions.length === 0 && (
        <div className={styles.pad}>
          <Nothing>{t.dashboard.noSuggestions}</Nothing>
        </div>
      )}
      <ul className={styles.suggestions}>
        {suggestions.map(one => (
          <SuggestionItem key={one.name} suggestion={one} onAnswered={onAnswered} />
        ))}
      </ul>
    </Card>
  )
}

function SuggestionItem({ suggestion, onAnswered }: { suggestion: SuggestedRow; onAnswered: () => void }) {
  const { t, format } = useLanguage()
  const mayOperate = useMayOperate()
  const answer = useChange(ANSWER_SUGGESTION)
  const { name, because, module, task, declined } = suggestion
  const words = Object.hasOwn(t.dashboard.decide, name)
    ? t.dashboard.decide[name as keyof typeof t.dashboard.decide]
    : undefined
  const give = (accept: boolean) => void answer.now({ name, accept }).then(onAnswered)
  return (
    <li>
      <div>
        <h3>{words?.question ?? name}</h3>
        <p>
          {because
            .map(one =>
              t.dashboard.because(
                t.dashboard.metrics[one.metric],
                showMetric(one, one.value, format),
                isStanding(one.metric) ? undefined : showMetric(one, one.before, format),
              ),
            )
            .join(' · ')}
        </p>
        <SendingProblem problem={answer.problem} />
      </div>
      {task && (
        <p className={styles.answered}>
          {declined ? t.dashboard.declined : <Link to={`/brain/modules/${module}`}>{t.dashboard.accepted}</Link>}
        </p>
      )}
      {!task && mayOperate && (
        <div className={styles.answers}>
          <Button size="xs" loading={answer.sending} onClick={() => give(true)}>
            {words?.action ?? t.dashboard.accept}
          </Button>
          <Button size="xs" variant="default" loading={answer.sending} onClick={() => give(false)}>
            {t.dashboard.decline}
          </Button>
        </div>
      )}
    </li>
  )
}
