import { isList, isRecord, member, textAt, textsAt } from '../../api/json.ts'
import type { CallSummary, Json } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { Advice } from './call-operations.ts'
import styles from './calls.module.css'

/** What the assistant says of the call so far. */
export function AdviceCard({ advice, behind }: { advice: Advice | undefined; behind: boolean }) {
  const { t, format } = useLanguage()
  if (!advice)
    return (
      <Card title={t.calls.advice}>
        <Nothing>{behind ? t.calls.thinking : t.calls.noAdvice}</Nothing>
      </Card>
    )
  const output = advice.output as Json
  const objections = recordsAt(output, 'objections')
  const unanswered = textsAt(output, 'unanswered')
  // What is not known begins with what was not talked about, with a question for each; the rest is about the assistant itself
  const open = recordsAt(output, 'notKnown')
    .slice(0, textsAt(output, 'open').length)
    .map(one => textAt(one, 'needs'))
  const parts = recordsAt(member(output, 'draft') ?? null, 'parts')
  const share = member(output, 'talkShare')
  const model = textAt(output, 'model')
  return (
    <Card title={t.calls.advice} note={behind ? t.calls.thinking : t.calls.upToLine(advice.afterSeq)}>
      <div className={styles.advice}>
        {advice.problem && (
          <p role="alert" className={styles.problem}>
            {t.calls.noAnswer}
            <small>{advice.problem}</small>
          </p>
        )}
        {parts.map((part, index) => (
          <section key={index}>
            <h3>{textAt(part, 'heading')}</h3>
            <p>{textAt(part, 'text')}</p>
          </section>
        ))}
        <Points title={t.calls.unanswered} points={unanswered} />
        {objections.length > 0 && (
          <section>
            <h3>{t.calls.objections}</h3>
            <ul>
              {objections.map((one, index) => (
                <li key={index}>
                  <strong>{kindOf(textAt(one, 'kind'), t.calls.kinds)}</strong>
                  <p>{textAt(one, 'ask')}</p>
                </li>
              ))}
            </ul>
          </section>
        )}
        <Points title={t.calls.open} points={open} />
        {typeof share === 'number' && <p className={styles.dim}>{t.calls.talkShare(format.percent(share))}</p>}
        {!advice.problem && <p className={styles.dim}>{model ? t.calls.byModel(model) : t.calls.withoutModel}</p>}
      </div>
    </Card>
  )
}

/** What the call came to. */
export function SummaryCard({ summary }: { summary: CallSummary }) {
  const { t, format } = useLanguage()
  return (
    <Card title={t.calls.summary}>
      <div className={styles.advice}>
        <p>
          {t.calls.length(summary.minutes, summary.lines)}
          {summary.talkShare !== null && ` ${t.calls.talkShare(format.percent(summary.talkShare))}`}
        </p>
        <Points
          title={t.calls.objections}
          points={summary.objections.map(({ kind, ask }) => `${kindOf(kind, t.calls.kinds)}: ${ask}`)}
        />
        <Points title={t.calls.unanswered} points={summary.unanswered} />
        <Points title={t.calls.notSpokenOf} points={summary.open.map(topic => kindOf(topic, t.calls.topics))} />
      </div>
    </Card>
  )
}

function Points({ title, points }: { title: string; points: readonly string[] }) {
  if (points.length === 0) return null
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {points.map(point => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </section>
  )
}

const kindOf = (kind: string, names: Readonly<Record<string, string>>) => names[kind] ?? kind

const recordsAt = (value: Json, key: string): readonly Json[] => {
  const list = member(value, key)
  return isList(list) ? list.filter(isRecord) : []
}
