import { Skeleton } from '@mantine/core'
import { useLanguage } from '../i18n/messages.tsx'
import styles from './rows-skeleton.module.css'

/** The shape of a list while it is on its way. */
export function RowsSkeleton({ rows = 6 }: { rows?: number }) {
  const { t } = useLanguage()
  return (
    <div className={styles.rows} role="status" aria-label={t.common.loading}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={styles.row}>
          <Skeleton height={12} width={`${32 - (index % 3) * 6}%`} radius="sm" />
          <Skeleton height={12} width={`${22 - (index % 2) * 5}%`} radius="sm" />
          <Skeleton height={12} width="12%" radius="sm" />
        </div>
      ))}
    </div>
  )
}

export function TextSkeleton({ lines = 4 }: { lines?: number }) {
  const { t } = useLanguage()
  return (
    <div className={styles.text} role="status" aria-label={t.common.loading}>
      {Array.from({ length: lines }, (_, index) => (
        <Skeleton key={index} height={12} width={`${92 - ((index * 17) % 45)}%`} radius="sm" />
      ))}
    </div>
  )
}
