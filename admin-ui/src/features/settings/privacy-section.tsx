import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useList } from '../../api/use-list.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { RowsSkeleton, TextSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { Status } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { HeldOfPersonView } from './privacy-person.tsx'
import * as operations from './privacy-operations.ts'
import styles from './settings.module.css'

const STATUSES = { open: ['RECEIVED', 'PROCESSING'], done: ['COMPLETED'], refused: ['REFUSED'] } as const
type Shown = keyof typeof STATUSES

/** What people may ask about their data (LGPD, art. 18), done here. */
export function PrivacySection() {
  const [revision, setRevision] = useState(0)
  return (
    <Stack>
      <Person onChanged={() => setRevision(revision + 1)} />
      <Requests key={revision} />
      <Rules />
    </Stack>
  )
}

function Person({ onChanged }: { onChanged: () => void }) {
  const { t } = useLanguage()
  const [typed, setTyped] = useState('')
  const [subject, setSubject] = useState('')
  const held = useLoaded(operations.HELD, { subject }, subject !== '')
  return (
    <Card title={t.privacy.find} note={t.privacy.findNote}>
      <form
        className={styles.line}
        onSubmit={event => {
          event.preventDefault()
          if (typed.trim() === subject) held.reload()
          else setSubject(typed.trim())
        }}
      >
        <TextInput
          label={t.privacy.who}
          placeholder={t.privacy.placeholder}
          value={typed}
          required
          onChange={event => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" loading={subject !== '' && held.loading}>
          {t.privacy.look}
        </Button>
      </form>
      {held.error && <Failure error={held.error} onRetry={held.reload} />}
      {subject !== '' && !held.data && !held.error && <TextSkeleton lines={4} />}
      {held.data && (
        <HeldOfPersonView
          subject={subject}
          held={held.data.heldOfPerson}
          onChanged={() => {
            held.reload()
            onChanged()
          }}
        />
      )}
    </Card>
  )
}

function Requests() {
  const { t } = useLanguage()
  const [shown, setShown] = useParameter('shown')
  const requests = useList(operations.REQUESTS, { statuses: STATUSES[shown as Shown] ?? [] })
  return (
    <Card title={t.privacy.requests} note={t.privacy.requestsNote}>
      <FilterBar>
        <Choice<Shown>
          label={t.privacy.status}
          all={t.common.allFeminine}
          values={t.privacy.shown}
          value={shown}
          onChange={setShown}
        />
      </FilterBar>
      {requests.error && <Failure error={requests.error} onRetry={requests.reload} />}
      {!requests.data && !requests.error && <RowsSkeleton rows={2} />}
      {requests.data && requests.nodes.length === 0 && (
        <Empty icon="search" title={t.privacy.noRequest} text={t.privacy.noRequestText} />
      )}
      <ul className={styles.list}>
        {requests.nodes.map(request => (
          <li key={request.id} className={styles.item}>
            <div className={styles.words}>
              <strong>{t.privacy.kinds[request.kind]}</strong>{' '}
              <span className={styles.dim}>
                {/^[0-9a-f]{64}$/.test(request.subject) ? t.privacy.erasedPerson : request.subject}
              </span>
              <p className={styles.dim}>
                <Time at={request.createdAt} />
                {!request.completedAt && (
                  <>
                    {' · '}
                    {t.privacy.due} <Time at={request.dueAt} as="dateTime" />
                  </>
                )}
              </p>
              {request.note && <p className={styles.dim}>{request.note}</p>}
            </div>
            <Status
              tone={request.status === 'REFUSED' ? 'bad' : request.status === 'COMPLETED' ? 'good' : 'wait'}
              label={t.privacy.statuses[request.status]}
            />
          </li>
        ))}
      </ul>
      {requests.hasMore && <MoreButton list={requests} />}
    </Card>
  )
}

/** How long things are kept, and who is not taken in again. */
function Rules() {
  const { t, format } = useLanguage()
  const settings = useLoaded(operations.SETTINGS, {})
  if (settings.error) return <Failure error={settings.error} onRetry={settings.reload} />
  if (!settings.data) return <RowsSkeleton rows={2} />
  const { retention, suppressionCount } = settings.data
  return (
    <>
      <Card title={t.privacy.keep} note={t.privacy.keepNote}>
        <Keep kept={retention} onChanged={settings.reload} />
      </Card>
      <Card title={t.privacy.suppressed} note={t.privacy.suppressedNote}>
        <p>{t.privacy.suppressedCount(format.number(suppressionCount))}</p>
        <Suppress onChanged={settings.reload} />
      </Card>
    </>
  )
}

function Keep({ kept, onChanged }: { kept: operations.Kept; onChanged: () => void }) {
  const { t } = useLanguage()
  const change = useChange(operations.KEEP)
  const [runs, setRuns] = useState(kept.runDays?.toString() ?? '')
  const [people, setPeople] = useState(kept.personDays?.toString() ?? '')
  const days = (text: string) => (text.trim() === '' ? null : Number(text))
  return (
    <form
      className={styles.line}
      onSubmit={event => {
        event.preventDefault()
        void change.now({ runDays: days(runs), personDays: days(people) }).then(done => done && onChanged())
      }}
    >
      <TextInput
        label={t.privacy.runDays}
        inputMode="numeric"
        placeholder={t.privacy.ever}
        value={runs}
        onChange={event => setRuns(event.currentTarget.value.replace(/\D/g, ''))}
      />
      <TextInput
        label={t.privacy.personDays}
        inputMode="numeric"
        placeholder={t.privacy.ever}
        value={people}
        onChange={event => setPeople(event.currentTarget.value.replace(/\D/g, ''))}
      />
      <Button type="submit" variant="default" loading={change.sending}>
        {t.privacy.save}
      </Button>
      <SendingProblem problem={change.problem} />
      {change.answer && <p className={styles.dim}>{t.privacy.saved}</p>}
    </form>
  )
}

function Suppress({ onChanged }: { onChanged: () => void }) {
  const { t } = useLanguage()
  const change = useChange(operations.SUPPRESS)
  const [subject, setSubject] = useState('')
  return (
    <form
      className={styles.line}
      onSubmit={event => {
        event.preventDefault()
        void change.now({ subject, suppressed: true }).then(done => {
          if (!done) return
          setSubject('')
          onChanged()
        })
      }}
    >
      <TextInput
        label={t.privacy.suppressWho}
        placeholder={t.privacy.placeholder}
        value={subject}
        required
        onChange={event => setSubject(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={change.sending}>
        {t.privacy.suppress}
      </Button>
      <SendingProblem problem={change.problem} />
    </form>
  )
}
