import styles from './dashboard.module.css'

/** A share as a bar; the figure itself stands beside it. */
export function Bar({ share }: { share: number }) {
  return (
    <svg className={styles.bar} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="4" rx="1" className={styles.track} />
      <rect width={Math.max(0, Math.min(1, share)) * 100} height="4" rx="1" className={styles.fill} />
    </svg>
  )
}

/** Between which limits an amount lies, and its middle, on a scale from nothing to `most`. */
export function Band({ low, median, high, most }: { low: number; median: number; high: number; most: number }) {
  const at = (amount: number) => (most === 0 ? 0 : (Math.min(amount, most) / most) * 100)
  return (
    <svg className={styles.band} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect y="4" width="100" height="2" className={styles.track} />
      <rect x={at(low)} y="2" width={Math.max(0.8, at(high) - at(low))} height="6" className={styles.between} />
      <rect x={Math.max(0, at(median) - 0.4)} width="0.8" height="10" className={styles.fill} />
    </svg>
  )
}
