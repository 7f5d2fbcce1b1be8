import { useEffect, type ReactNode } from 'react'
import { Link } from '../router.tsx'
import { Icon } from './icon.tsx'
import styles from './page.module.css'

/** The head of every page: where you are, in one line what it is for, and what you can do. */
export function Page({
  title,
  subtitle,
  back,
  badge,
  actions,
  children,
}: {
  title: string
  subtitle?: ReactNode
  back?: { to: string; label: string }
  badge?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · TRAE OS`
  }, [title])
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.titles}>
          {back && (
            <Link to={back.to} className={styles.back}>
              <Icon name="back" size={15} /> {back.label}
            </Link>
          )}
          <div className={styles.titleRow}>
            <h1 id="page-title" tabIndex={-1}>
              {title}
            </h1>
            {badge}
          </div>
          {subtitle && <p className={styles.subtitle}>{subtitle}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}
