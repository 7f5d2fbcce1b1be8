import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Icon } from '../../components/icon.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { CLOSE_MEETING, type MeetingCard } from './meeting-operations.ts'
import styles from './meetings.module.css'

type Closed = Pick<MeetingCard, 'id' | 'title' | 'status' | 'endsAt'>

/** So long after the end `watch-meeting` waits for the outcome; later nothing follows from it. */
const WATCHED_MS = 2 * 86_400_000

/** It has begun, and nobody has said yet how it went. */
export const isOpen = ({ status, startsAt }: Pick<MeetingCard, 'status' | 'startsAt'>, now: number): boolean =>
  status === 'SCHEDULED' && Date.parse(startsAt) <= now

/** Somebody has said how it went. */
export const isClosed = ({ status }: Pick<MeetingCard, 'status'>): boolean =>
  status === 'COMPLETED' || status === 'NO_SHOW'

/** Says whether a meeting that has begun was held, or corrects what was said. */
export function MeetingOutcome({ meeting, onChanged }: { meeting: Closed; onChanged: () => void }) {
  const { t } = useLanguage()
  const close = useChange(CLOSE_MEETING)
  const [asking, setAsking] = useState(false)
  const held = () => void close.now({ meetingId: meeting.id, outcome: 'COMPLETED' }).then(done => done && onChanged())
  const open = meeting.status === 'SCHEDULED'
  return (
    <div>
      <div className={styles.actions}>
        {meeting.status !== 'COMPLETED' && (
          <Button
            size="xs"
            variant={open ? 'filled' : 'subtle'}
            leftSection={open && <Icon name="check" size={14} />}
            loading={close.sending}
            onClick={held}
          >
            {open ? t.meetings.held : t.meetings.correctToHeld}
          </Button>
        )}
        {meeting.status !== 'NO_SHOW' && (
          <Button
            size="xs"
            variant={open ? 'default' : 'subtle'}
            leftSection={open && <Icon name="cross" size={14} />}
            onClick={() => setAsking(true)}
          >
            {open ? t.meetings.noShow : t.meetings.correctToNoShow}
          </Button>
        )}
      </div>
      <SendingProblem problem={close.problem} />
      {asking && (
        <NoShowDialog
          meeting={meeting}
          onDone={() => {
            setAsking(false)
            onChanged()
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  )
}

function NoShowDialog({ meeting, onDone, onClose }: { meeting: Closed; onDone: () => void; onClose: () => void }) {
  const { t } = useLanguage()
  const close = useChange(CLOSE_MEETING)
  const [note, setNote] = useState('')
  const watched = meeting.status === 'SCHEDULED' && Date.now() < Date.parse(meeting.endsAt) + WATCHED_MS
  return (
    <ConfirmDialog
      title={t.meetings.noShowTitle(meeting.title)}
      confirm={t.meetings.confirmNoShow}
      send={() => close.apply({ meetingId: meeting.id, outcome: 'NO_SHOW', note: note.trim() || null })}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{watched ? t.meetings.noShowText : t.meetings.noShowLateText}</p>
      <TextInput
        label={t.meetings.outcomeNote}
        placeholder={t.meetings.outcomeNoteExample}
        value={note}
        maxLength={2000}
        onChange={event => setNote(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}
