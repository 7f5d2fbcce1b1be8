import { isList, member, textAt, textsAt } from '../../api/json.ts'
import type { Json } from '../../api/schema.ts'
import { Readable } from '../../components/readable.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './meetings.module.css'

/** What the closer should know. A briefing of the usual shape is laid out as one; any other value is shown as it is. */
export function Briefing({ value }: { value: Json }) {
  const { t } = useLanguage()
  const facts = member(value, 'facts')
  const agenda = member(value, 'agenda')
  if (!isList(facts)) return <Readable value={value} />
  return (
    <div className={styles.sheet}>
      <p className={styles.summary}>{textAt(value, 'summary')}</p>
      <section>
        <h4>{t.meetings.facts}</h4>
        <dl className={styles.facts}>
          {facts.map((fact, index) => (
            <div key={index}>
              <dt>{textAt(fact, 'label')}</dt>
              <dd>
                {textAt(fact, 'value')} <span>{textAt(fact, 'source')}</span>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <div className={styles.plan}>
        <Points title={t.meetings.questions} points={textsAt(value, 'openQuestions')} />
        <Points title={t.meetings.unknown} points={textsAt(value, 'unknown')} />
        {isList(agenda) && (
          <section>
            <h4>{t.meetings.agenda}</h4>
            <ol className={styles.agendaSteps}>
              {agenda.map((step, index) => (
                <li key={index}>
                  <span>{t.meetings.minutes(textAt(step, 'minutes'))}</span>
                  {textAt(step, 'topic')}
                </li>
              ))}
            </ol>
          </section>
        )}
      </div>
    </div>
  )
}

function Points({ title, points }: { title: string; points: readonly string[] }) {
  if (points.length === 0) return null
  return (
    <section>
      <h4>{title}</h4>
      <ul className={styles.points}>
        {points.map(point => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </section>
  )
}
