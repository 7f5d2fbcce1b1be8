import { Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useList } from '../../api/use-list.ts'
import { useSoon } from '../../api/use-soon.ts'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { Status } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, useParameter } from '../../router.tsx'
import { useNoticeRevision, useUnreadNotices } from './notice-news.tsx'
import { type NoticeRow, NOTICES, READ_NOTICES } from './notice-operations.ts'
import styles from './notices.module.css'

const FILTERS = { unread: { unread: true }, read: { unread: false } } as const

export function NoticesPage() {
  const { t } = useLanguage()
  const [which, setWhich] = useParameter('which')
  const filter = which === 'unread' || which === 'read' ? which : ''
  const notices = useList(NOTICES, filter ? FILTERS[filter] : {})
  const unread = useUnreadNotices()
  const { reload } = notices
  const revision = useNoticeRevision()
  const soon = useSoon()
  const seen = useRef(revision)
  useEffect(() => {
    if (seen.current !== revision) soon(reload)
    seen.current = revision
  }, [revision, soon, reload])
  const all = useChange(READ_NOTICES)
  const empty = notices.data && notices.nodes.length === 0
  return (
    <Page
      title={t.notices.title}
      subtitle={t.notices.subtitle}
      actions={
        unread ? (
          <Button variant="default" loading={all.sending} onClick={() => void all.now({}).then(reload)}>
            {t.notices.markAll}
          </Button>
        ) : undefined
      }
    >
      <SendingProblem problem={all.problem} />
      <FilterBar>
        <Choice
          label={t.notices.filter}
          values={{ unread: t.notices.unread, read: t.notices.read }}
          value={filter}
          onChange={setWhich}
        />
      </FilterBar>
      {notices.error && <Failure error={notices.error} onRetry={reload} />}
      {!notices.data && !notices.error && <RowsSkeleton />}
      {empty && filter === 'unread' && (
        <Empty icon="check" title={t.notices.allReadTitle} text={t.notices.allReadText} />
      )}
      {empty && filter === 'read' && <Empty icon="bell" title={t.notices.noReadTitle} text={t.notices.noReadText} />}
      {empty && filter === '' && (
        <Empty icon="bell" title={t.notices.emptyTitle} text={t.notices.emptyText}>
          <LinkButton to="/playbooks" label={t.notices.emptyAction} variant="filled" />
        </Empty>
      )}
      {notices.nodes.length > 0 && (
        <>
          <ul className={styles.list} aria-label={t.notices.title}>
            {notices.nodes.map(notice => (
              <NoticeItem key={notice.id} notice={notice} onRead={reload} />
            ))}
          </ul>
          <MoreButton list={notices} />
        </>
      )}
    </Page>
  )
}

function NoticeItem({ notice, onRead }: { notice: NoticeRow; onRead: () => void }) {
  const { t } = useLanguage()
  const read = useChange(READ_NOTICES)
  const { id, title, body, isUrgent, createdAt, readAt, lead, run } = notice
  return (
    <li className={styles.notice} data-unread={readAt === null}>
      <div className={styles.words}>
        <h2>
          {title}
          {readAt === null && <span className="visually-hidden"> ({t.notices.new})</span>}
        </h2>
        {body && <p className={styles.body}>{body}</p>}
        <p className={styles.meta}>
          {isUrgent && <Status tone="bad" label={t.notices.urgent} />}
          <Time at={createdAt} />
          {lead && <Link to={`/leads/${encodeURIComponent(lead.id)}`}>{lead.name}</Link>}
          {run && <Link to={`/runs/${encodeURIComponent(run.id)}`}>{t.notices.openRun}</Link>}
        </p>
        <SendingProblem problem={read.problem} />
      </div>
      {readAt === null && (
        <Button
          size="xs"
          variant="subtle"
          loading={read.sending}
          onClick={() => void read.now({ ids: [id] }).then(onRead)}
          leftSection={<Icon name="check" size={15} />}
        >
          {t.notices.markRead}
        </Button>
      )}
    </li>
  )
}
