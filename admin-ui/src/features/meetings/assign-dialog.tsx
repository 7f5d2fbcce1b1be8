import { useState } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { ASSIGN_MEETING, type MeetingCard } from './meeting-operations.ts'
import styles from './meetings.module.css'
import { WORKING_HOURS } from './working-hours-operations.ts'

/** Somebody else of the team takes a meeting. */
export function AssignDialog({
  meeting,
  onDone,
  onClose,
}: {
  meeting: Pick<MeetingCard, 'id' | 'title' | 'owner'>
  onDone: () => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(WORKING_HOURS, {})
  const assign = useChange(ASSIGN_MEETING)
  const [chosen, setChosen] = useState('')
  const others = (data?.workingHours ?? []).flatMap(({ user }) =>
    user && user.email !== meeting.owner?.email ? [user] : [],
  )
  return (
    <ConfirmDialog
      title={t.meetings.assignTitle(meeting.title)}
      confirm={t.meetings.confirmAssign}
      send={() => assign.apply({ meetingId: meeting.id, email: chosen || (others[0]?.email ?? '') })}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{t.meetings.assignText}</p>
      {error && <Failure error={error} onRetry={reload} />}
      {data && others.length === 0 && <Nothing>{t.meetings.nobodyElse}</Nothing>}
      <label className={styles.field}>
        {t.meetings.who}
        <select
          required
          value={chosen || (others[0]?.email ?? '')}
          onChange={event => setChosen(event.currentTarget.value)}
        >
          {others.map(person => (
            <option key={person.id} value={person.email}>
              {person.name} ({person.email})
            </option>
          ))}
        </select>
      </label>
    </ConfirmDialog>
  )
}
