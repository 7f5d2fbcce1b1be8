import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { AssignDialog } from './assign-dialog.tsx'
import { CANCEL_MEETING, type MeetingCard, MOVE_MEETING } from './meeting-operations.ts'
import styles from './meetings.module.css'

const DIALOGS = { move: MoveDialog, assign: AssignDialog, cancel: CancelDialog }

/** Another time or another person for a meeting that is to come, or none. */
export function MeetingActions({ meeting, onChanged }: { meeting: ActedOn; onChanged: () => void }) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState<keyof typeof DIALOGS>()
  const Asked = asking && DIALOGS[asking]
  return (
    <div className={styles.actions}>
      <Button size="xs" variant="default" onClick={() => setAsking('move')}>
        {t.meetings.move}
      </Button>
      <Button size="xs" variant="default" onClick={() => setAsking('assign')}>
        {t.meetings.assign}
      </Button>
      <Button size="xs" variant="default" onClick={() => setAsking('cancel')}>
        {t.meetings.cancel}
      </Button>
      {Asked && (
        <Asked
          meeting={meeting}
          onDone={() => {
            setAsking(undefined)
            onChanged()
          }}
          onClose={() => setAsking(undefined)}
        />
      )}
    </div>
  )
}

type ActedOn = Pick<MeetingCard, 'id' | 'title' | 'startsAt' | 'owner'>
interface Asked {
  readonly meeting: ActedOn
  readonly onDone: () => void
  readonly onClose: () => void
}

function MoveDialog({ meeting, onDone, onClose }: Asked) {
  const { t } = useLanguage()
  const move = useChange(MOVE_MEETING)
  const [startsAt, setStartsAt] = useState(() => localMinute(new Date(meeting.startsAt)))
  return (
    <ConfirmDialog
      title={t.meetings.moveTitle(meeting.title)}
      confirm={t.meetings.confirmMove}
      send={() => move.apply({ meetingId: meeting.id, startsAt: new Date(startsAt).toISOString() })}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{t.meetings.moveText}</p>
      <TextInput
        required
        type="datetime-local"
        label={t.meetings.newStart}
        value={startsAt}
        onChange={event => setStartsAt(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}

function CancelDialog({ meeting, onDone, onClose }: Asked) {
  const { t } = useLanguage()
  const cancel = useChange(CANCEL_MEETING)
  const [reason, setReason] = useState('')
  return (
    <ConfirmDialog
      title={t.meetings.cancelTitle(meeting.title)}
      confirm={t.meetings.confirmCancel}
      danger
      send={() => cancel.apply({ meetingId: meeting.id, reason: reason.trim() || null })}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{t.meetings.cancelText}</p>
      <TextInput
        label={t.meetings.reason}
        value={reason}
        maxLength={500}
        onChange={event => setReason(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}

/** `2026-03-05T14:30` on the clock of whoever looks, as the browser's own field wants it. */
function localMinute(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
