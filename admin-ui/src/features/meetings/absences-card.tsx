import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useList } from '../../api/use-list.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { PEOPLE } from '../settings/settings-operations.ts'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { MeetingActions } from './meeting-actions.tsx'
import { ABSENCES, ADD_ABSENCE, type Away, REMOVE_ABSENCE } from './meeting-operations.ts'
import styles from './meetings.module.css'

/** Who of the team takes no meetings, and when. */
export function AbsencesCard() {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [adding, setAdding] = useState(false)
  const { data, error, reload } = useLoaded(ABSENCES, {})
  return (
    <Card
      title={t.meetings.absences}
      note={t.meetings.absencesNote}
      aside={
        mayOperate && (
          <Button size="xs" variant="default" onClick={() => setAdding(true)}>
            {t.meetings.addAbsence}
          </Button>
        )
      }
    >
      {error && <Failure error={error} onRetry={reload} />}
      {data?.absences.length === 0 && <Nothing>{t.meetings.noAbsences}</Nothing>}
      <ul className={styles.absences}>
        {data?.absences.map(away => (
          <AbsenceItem key={away.id} away={away} onChanged={reload} />
        ))}
      </ul>
      {adding && (
        <AbsenceDialog
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

function AbsenceItem({ away, onChanged }: { away: Away; onChanged: () => void }) {
  const { t, format } = useLanguage()
  const mayOperate = useMayOperate()
  const remove = useChange(REMOVE_ABSENCE)
  const lastDay = new Date(new Date(away.endsAt).getTime() - 1).toISOString()
  const [from, until] = [format.day(away.startsAt), format.day(lastDay)]
  return (
    <li>
      <div>
        <strong>{away.user?.name ?? t.meetings.someone}</strong>
        <p className={styles.meta}>
          {away.title} · {from === until ? from : t.meetings.fromUntil(from, until)}
        </p>
        <SendingProblem problem={remove.problem} />
      </div>
      {mayOperate && (
        <Button
          size="xs"
          variant="default"
          loading={remove.sending}
          onClick={() => void remove.now({ absenceId: away.id }).then(onChanged)}
        >
          {t.meetings.removeAbsence}
        </Button>
      )}
      {away.meetings.length > 0 && (
        <div className={styles.covered}>
          <p>{t.meetings.covered(away.meetings.length)}</p>
          <ul>
            {away.meetings.map(meeting => (
              <li key={meeting.id}>
                <span>
                  {format.day(meeting.startsAt)}, {format.time(meeting.startsAt)} · {meeting.title}
                </span>
                {mayOperate && <MeetingActions meeting={meeting} onChanged={onChanged} />}
              </li>
            ))}
          </ul>
        </div>
      )}
    </li>
  )
}

function AbsenceDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { t } = useLanguage()
  const people = useList(PEOPLE, {})
  const add = useChange(ADD_ABSENCE)
  const [email, setEmail] = useState('')
  const [title, setTitle] = useState('')
  const [from, setFrom] = useState('')
  const [until, setUntil] = useState('')
  return (
    <ConfirmDialog
      title={t.meetings.addAbsence}
      confirm={t.meetings.saveAbsence}
      send={() =>
        add.apply({
          email: email || (people.nodes[0]?.email ?? ''),
          title,
          startsAt: startOfDay(from).toISOString(),
          endsAt: startOfDay(until, 1).toISOString(),
        })
      }
      onDone={onDone}
      onClose={onClose}
    >
      {people.error && <Failure error={people.error} onRetry={people.reload} />}
      <label className={styles.field}>
        {t.meetings.who}
        <select value={email} onChange={event => setEmail(event.currentTarget.value)}>
          {people.nodes.map(person => (
            <option key={person.id} value={person.email}>
              {person.name} ({person.email})
            </option>
          ))}
        </select>
      </label>
      <TextInput
        required
        label={t.meetings.why}
        placeholder={t.meetings.whyExample}
        value={title}
        maxLength={200}
        onChange={event => setTitle(event.currentTarget.value)}
      />
      <TextInput
        required
        type="date"
        label={t.meetings.firstDay}
        value={from}
        onChange={event => setFrom(event.currentTarget.value)}
      />
      <TextInput
        required
        type="date"
        label={t.meetings.lastDay}
        value={until}
        min={from}
        onChange={event => setUntil(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}

/** The first moment of a day (`2026-03-05`) or of one after it, on the clock of whoever looks. */
function startOfDay(day: string, later = 0): Date {
  const [year, month, date] = day.split('-').map(Number)
  return new Date(year!, month! - 1, date! + later)
}
