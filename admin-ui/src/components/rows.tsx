import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { List } from '../api/use-list.ts'
import { useLanguage } from '../i18n/messages.tsx'
import { Link } from '../router.tsx'
import styles from './rows.module.css'

/** A list whose entries are links. `columns` is a CSS grid template for wide screens; narrow ones stack (see RowCell). */
export function Rows({
  columns,
  heads,
  label,
  children,
}: {
  columns: string
  heads: readonly string[]
  label: string
  children: ReactNode
}) {
  return (
    <div className={styles.rows} ref={element => element?.style.setProperty('--columns', columns)}>
      <div className={styles.heads} aria-hidden="true">
        {heads.map(head => (
          <span key={head}>{head}</span>
        ))}
      </div>
      <ul aria-label={label}>{children}</ul>
    </div>
  )
}

export function Row({ to, children }: { to: string; children: ReactNode }) {
  return (
    <li>
      <Link to={to} className={styles.row}>
        {children}
      </Link>
    </li>
  )
}

/** `wide` cells are left out on narrow screens, `end` ones stand at the right of the first line there. */
export function RowCell({ main, note, at }: { main: ReactNode; note?: ReactNode; at?: 'wide' | 'end' }) {
  return (
    <span className={styles.cell} data-at={at}>
      <span className={styles.main}>{main}</span>
      {note && <span className={styles.note}>{note}</span>}
    </span>
  )
}

export function MoreButton<Node>({
  list,
}: {
  list: Pick<List<Node>, 'hasMore' | 'more' | 'loadingMore' | 'nodes' | 'totalCount'>
}) {
  const { t } = useLanguage()
  return (
    <div className={styles.foot}>
      <span>{t.common.shown(list.nodes.length, list.totalCount)}</span>
      {list.hasMore && (
        <Button variant="default" size="xs" loading={list.loadingMore} onClick={list.more}>
          {t.common.more}
        </Button>
      )}
    </div>
  )
}
