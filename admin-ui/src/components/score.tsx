import { useLanguage } from '../i18n/messages.tsx'
import styles from './score.module.css'

/** A score from 0 to 100: the figure, and a short bar for the eye that runs down a list. */
export function Score({ score, size = 'small' }: { score: number | null; size?: 'small' | 'large' }) {
  const { t } = useLanguage()
  if (score === null) {
    return (
      <span className={styles.none} title={t.leads.unscored}>
        <span aria-hidden="true">{t.common.none}</span>
        <span className="visually-hidden">{t.leads.unscored}</span>
      </span>
    )
  }
  const label = t.leads.scoreOf(score)
  return (
    <span className={styles.score} data-size={size} data-warm={score >= 60} title={label}>
      <span aria-hidden="true">{score}</span>
      <span className="visually-hidden">{label}</span>
      <svg className={styles.bar} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="6" rx="3" className={styles.track} />
        <rect width={Math.max(4, Math.min(100, score))} height="6" rx="3" className={styles.fill} />
      </svg>
    </span>
  )
}
