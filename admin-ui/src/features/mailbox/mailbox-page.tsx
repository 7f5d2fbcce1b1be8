import { useState } from 'react'
import { withNode } from '../../api/connection.ts'
import { useList } from '../../api/use-list.ts'
import { type Loaded, useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { DemoPageButton, Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton, TextSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import {
  CONNECTED,
  LETTER_CREATED,
  LETTERS,
  THREAD,
  threadOf,
  threadsOf,
  type Letter,
  type ThreadData,
  type ThreadLead,
  type ThreadSummary,
} from './mailbox-operations.ts'
import { AddressThread, ThreadView } from './thread-view.tsx'
import styles from './mailbox.module.css'

export function MailboxPage({ id }: { id: string }) {
  const { t } = useLanguage()
  const isAddress = id.startsWith('~')
  const [ready, setReady] = useState(false)
  const letters = useList(LETTERS, {}, ready)
  const connected = useLoaded(CONNECTED, {})
  const mailbox = connected.data?.mailbox ?? null
  const thread = useLoaded(THREAD, { id }, ready && id !== '' && !isAddress)
  const arrived = (letter: Letter) => {
    letters.change(data => ({ list: withNode(data.list, letter) }))
    thread.change(data =>
      isLead(data.node) && letter.lead?.id === data.node.id ? { node: withLetter(data.node, letter) } : data,
    )
  }
  useStream(LETTER_CREATED, () => ({}), {
    onReady: setReady,
    onData: ({ messageCreated }) => arrived(messageCreated.message),
    onResumed: () => {
      letters.reload()
      if (id && !isAddress) thread.reload()
    },
  })
  const threads = threadsOf(letters.nodes)

  return (
    <Page title={t.mailbox.title} subtitle={mailbox ? t.mailbox.subtitleOf(mailbox.address) : t.mailbox.subtitle}>
      {connected.data && <MailboxNotice mailbox={mailbox} />}
      {letters.error && <Failure error={letters.error} onRetry={letters.reload} />}
      {!letters.data && !letters.error && <RowsSkeleton />}
      {letters.data && threads.length === 0 && !id && (
        <Empty icon="mailbox" title={t.mailbox.emptyTitle} text={t.mailbox.emptyText}>
          <DemoPageButton label={t.mailbox.emptyAction} />
        </Empty>
      )}
      {(threads.length > 0 || (letters.data && id)) && (
        <div className={styles.panes} data-open={id !== ''}>
          <div className={styles.list}>
            <Threads threads={threads} current={id} />
            {letters.hasMore && <MoreButton list={letters} />}
          </div>
          <div className={styles.thread}>
            {id === '' && <Empty icon="mailbox" title={t.mailbox.choose} text={t.mailbox.chooseText} />}
            {isAddress && (
              <AddressThread address={id.slice(1)} letters={letters.nodes.filter(letter => threadOf(letter) === id)} />
            )}
            {id !== '' && !isAddress && <LeadThread thread={thread} real={mailbox !== null} onSent={arrived} />}
          </div>
        </div>
      )}
    </Page>
  )
}

/** Where letters go: nowhere beyond this host, or out for real; and what stands in their way. */
function MailboxNotice({
  mailbox,
}: {
  mailbox: { readonly outgoingProblem: string | null; readonly incomingProblem: string | null } | null
}) {
  const { t } = useLanguage()
  const administers = useMayAdminister()
  const problem = mailbox?.outgoingProblem ?? mailbox?.incomingProblem
  if (mailbox && !problem) return null
  return (
    <p className={styles.notice} role={problem ? 'alert' : undefined}>
      <Icon name="info" size={17} />
      <span>
        <strong>{problem ? t.mailbox.stopped : t.mailbox.notice}.</strong> {problem ?? t.mailbox.noticeText}{' '}
        {administers && <Link to="/settings/mailbox">{t.mailbox.toSettings}</Link>}
      </span>
    </p>
  )
}

function LeadThread({
  thread,
  real,
  onSent,
}: {
  thread: Loaded<ThreadData>
  real: boolean
  onSent: (letter: Letter) => void
}) {
  const { t } = useLanguage()
  const { data, error, reload } = thread
  if (error) return <Failure error={error} onRetry={reload} />
  if (!data) return <TextSkeleton lines={6} />
  if (!isLead(data.node)) return <Empty icon="search" title={t.leads.notFoundTitle} text={t.leads.notFoundText} />
  return <ThreadView key={data.node.id} lead={data.node} real={real} onSent={onSent} />
}

function Threads({ threads, current }: { threads: readonly ThreadSummary[]; current: string }) {
  const { t } = useLanguage()
  return (
    <nav aria-label={t.mailbox.threads}>
      <ul>
        {threads.map(thread => (
          <li key={thread.id}>
            <Link
              to={`/mailbox/${encodeURIComponent(thread.id)}`}
              className={styles.summary}
              aria-current={thread.id === current ? 'page' : undefined}
            >
              <span className={styles.summaryHead}>
                <strong>{thread.name}</strong>
                <Time at={thread.last.createdAt} />
              </span>
              <span className={styles.summarySubject}>
                <Icon name={thread.last.direction === 'IN' ? 'reply' : 'send'} size={14} />
                <span>{thread.last.subject || (t.outbox.channels[thread.last.channel] ?? thread.last.channel)}</span>
              </span>
              <span className={styles.summaryBody}>{thread.last.body}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function isLead(
  node: { readonly __typename: string } | null | undefined,
): node is { readonly __typename: 'Lead' } & ThreadLead {
  return node?.__typename === 'Lead'
}

function withLetter<L extends ThreadLead>(lead: L, letter: Letter): L {
  return { ...lead, messages: withNode(lead.messages, letter) }
}
