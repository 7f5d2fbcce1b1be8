import type { RunTiming } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './run-timing.module.css'

const PARTS = ['queueMs', 'startMs', 'executeMs', 'persistMs', 'waitMs'] as const

/** Where the time of a run went: a bar in its proportions, and each part in words. */
export function RunTimingCard({ timing }: { timing: RunTiming }) {
  const { t, format } = useLanguage()
  return (
    <Card title={t.run.timing.title} note={t.run.timing.total(format.duration(timing.totalMs))}>
      <div className={styles.bar} aria-hidden="true">
        {PARTS.filter(part => timing[part] > 0).map(part => (
          <span
            key={part}
            data-part={part}
            ref={element => element?.style.setProperty('--share', String(timing[part]))}
          />
        ))}
      </div>
      <dl className={styles.parts}>
        {PARTS.map(part => (
          <div key={part} title={t.run.timing.help[part]}>
            <dt data-part={part}>{t.run.timing.parts[part]}</dt>
            <dd>{format.duration(timing[part])}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
