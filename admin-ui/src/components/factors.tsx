import type { ScoreFactor } from '../api/schema.ts'
import { useLanguage } from '../i18n/messages.tsx'
import type { Messages } from '../i18n/pt-BR.ts'
import { labelOf } from './readable.tsx'
import { sourceOf } from './source-of.ts'
import styles from './factors.module.css'

/** Why a score is what it is: a bar per reason, in the order of their weight. Negative points run in another tone. */
export function Factors({ factors }: { factors: readonly ScoreFactor[] }) {
  const { t, format } = useLanguage()
  const most = Math.max(1, ...factors.map(factor => Math.abs(factor.points)))
  const sorted = [...factors].sort((a, b) => Math.abs(b.points) - Math.abs(a.points))
  return (
    <ul className={styles.factors}>
      {sorted.map(factor => (
        <li key={factor.name} className={styles.factor} data-sign={Math.sign(factor.points)}>
          <div className={styles.line}>
            <span className={styles.name}>{labelOf(factor.name, t)}</span>
            {factor.value !== '' && <span className={styles.value}>{valueOf(factor, t)}</span>}
            <span className={styles.points}>
              {factor.points > 0 ? '+' : ''}
              {format.number(factor.points)}
            </span>
          </div>
          <svg className={styles.bar} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect width="100" height="6" className={styles.track} />
            <rect width={(Math.abs(factor.points) / most) * 100} height="6" className={styles.fill} />
          </svg>
          <p className={styles.reason}>
            {factor.reason}
            {factor.source && (
              <span className={styles.source}>
                {[sourceOf(factor.source, t), factor.from].filter(Boolean).join(' · ')}
              </span>
            )}
          </p>
        </li>
      ))}
    </ul>
  )
}

/** A lead's source is an enum; everything else is text already. */
function valueOf({ value }: ScoreFactor, t: Messages): string {
  const sources: Readonly<Record<string, string>> = t.leads.sources
  return sources[value] ?? value
}
