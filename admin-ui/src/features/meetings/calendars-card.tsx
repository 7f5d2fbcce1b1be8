import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { CalendarFeedScope } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Failure } from '../../components/failure.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import {
  ADD_SOURCE,
  CALENDARS,
  CREATE_FEED,
  type Feed,
  REMOVE_SOURCE,
  REVOKE_FEED,
  type Source,
} from './calendar-operations.ts'
import styles from './meetings.module.css'

const SCOPES: readonly CalendarFeedScope[] = ['MINE', 'TEAM']

/** The viewer's meetings in other calendars, and other calendars that say when the viewer is busy. */
export function CalendarsCard() {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(CALENDARS, {})
  const [adding, setAdding] = useState(false)
  return (
    <Card
      title={t.meetings.calendars}
      note={t.meetings.calendarsNote}
      aside={
        <Button size="xs" variant="default" onClick={() => setAdding(true)}>
          {t.meetings.addCalendar}
        </Button>
      }
    >
      {error && <Failure error={error} onRetry={reload} />}
      <ul className={styles.absences}>
        {data &&
          SCOPES.map(scope => (
            <FeedItem
              key={scope}
              scope={scope}
              feed={data.calendarFeeds.find(feed => feed.scope === scope)}
              onChanged={reload}
            />
          ))}
        {data?.calendarSources.map(source => (
          <SourceItem key={source.id} source={source} onChanged={reload} />
        ))}
      </ul>
      {adding && (
        <SourceDialog
          onDone={() => {
            setAdding(false)
            reload()
          }}
          onClose={() => setAdding(false)}
        />
      )}
    </Card>
  )
}

function FeedItem({
  scope,
  feed,
  onChanged,
}: {
  scope: CalendarFeedScope
  feed: Feed | undefined
  onChanged: () => void
}) {
  const { t } = useLanguage()
  const create = useChange(CREATE_FEED)
  const revoke = useChange(REVOKE_FEED)
  return (
    <li>
      <div>
        <strong>{t.meetings.feeds[scope]}</strong>
        <p className={styles.meta}>{feed ? t.meetings.feedThere : t.meetings.feedNone}</p>
        <SendingProblem problem={create.problem ?? revoke.problem} />
      </div>
      {feed ? (
        <div className={styles.controls}>
          <CopyButton text={feed.url} label={t.meetings.copyFeed} />
          <Button
            size="xs"
            variant="default"
            loading={revoke.sending}
            onClick={() => void revoke.now({ feedId: feed.id }).then(onChanged)}
          >
            {t.meetings.revokeFeed}
          </Button>
        </div>
      ) : (
        <Button
          size="xs"
          variant="default"
          loading={create.sending}
          onClick={() => void create.now({ scope }).then(onChanged)}
        >
          {t.meetings.createFeed}
        </Button>
      )}
    </li>
  )
}

function SourceItem({ source, onChanged }: { source: Source; onChanged: () => void }) {
  const { t } = useLanguage()
  const remove = useChange(REMOVE_SOURCE)
  return (
    <li>
      <div>
        <strong>{source.host}</strong>
        <p className={styles.meta}>{source.problem ?? t.meetings.busyTimes(source.busy)}</p>
        <SendingProblem problem={remove.problem} />
      </div>
      <Button
        size="xs"
        variant="default"
        loading={remove.sending}
        onClick={() => void remove.now({ sourceId: source.id }).then(onChanged)}
      >
        {t.meetings.removeCalendar}
      </Button>
    </li>
  )
}

function SourceDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { t } = useLanguage()
  const add = useChange(ADD_SOURCE)
  const [address, setAddress] = useState('')
  return (
    <ConfirmDialog
      title={t.meetings.addCalendar}
      confirm={t.meetings.readCalendar}
      send={() => add.apply({ address })}
      onDone={onDone}
      onClose={onClose}
    >
      <TextInput
        required
        label={t.meetings.calendarAddress}
        description={t.meetings.calendarAddressNote}
        placeholder="https://calendar.google.com/…/basic.ics"
        value={address}
        onChange={event => setAddress(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}
