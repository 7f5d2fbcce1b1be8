import type { ReactNode } from 'react'
import styles from './card.module.css'

export function Card({
  title,
  note,
  aside,
  flush,
  children,
  id,
}: {
  title?: string
  note?: string
  aside?: ReactNode
  flush?: boolean
  children: ReactNode
  id?: string
}) {
  return (
    <section className={styles.card} aria-label={title} id={id}>
      {title && (
        <header className={styles.head}>
          <div>
            <h2>{title}</h2>
            {note && <p className={styles.note}>{note}</p>}
          </div>
          {aside}
        </header>
      )}
      <div className={flush ? styles.flush : styles.body}>{children}</div>
    </section>
  )
}

/** Main column and a narrower one beside it; below each other on a narrow screen. */
export function Columns({ main, side }: { main: ReactNode; side: ReactNode }) {
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>{main}</div>
      <div className={styles.stack}>{side}</div>
    </div>
  )
}

export function Stack({ children }: { children: ReactNode }) {
  return <div className={styles.stack}>{children}</div>
}
