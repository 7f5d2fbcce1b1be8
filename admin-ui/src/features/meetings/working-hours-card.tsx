import { Button, Checkbox, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Weekday } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Failure } from '../../components/failure.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import styles from './meetings.module.css'
import { type Hours, RESET_HOURS, SET_HOURS, WORKING_HOURS } from './working-hours-operations.ts'

const WEEKDAYS: readonly Weekday[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY']

/** When the workspace, and each person of it, takes meetings. */
export function WorkingHoursCard() {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(WORKING_HOURS, {})
  const [changing, setChanging] = useState<Hours>()
  const team = data?.workingHours.find(({ user }) => user === null)
  return (
    <Card title={t.meetings.hours} note={t.meetings.hoursNote}>
      {error && <Failure error={error} onRetry={reload} />}
      <ul className={styles.absences}>
        {data?.workingHours.map(hours => (
          <HoursItem
            key={hours.user?.id ?? 'team'}
            hours={hours}
            team={team}
            onChange={() => setChanging(hours)}
            onChanged={reload}
          />
        ))}
      </ul>
      {changing && (
        <HoursDialog
          hours={changing}
          onDone={() => {
            setChanging(undefined)
            reload()
          }}
          onClose={() => setChanging(undefined)}
        />
      )}
    </Card>
  )
}

function HoursItem({
  hours,
  team,
  onChange,
  onChanged,
}: {
  hours: Hours
  team: Hours | undefined
  onChange: () => void
  onChanged: () => void
}) {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const reset = useChange(RESET_HOURS)
  return (
    <li>
      <div>
        <strong>{hours.user?.name ?? t.meetings.wholeTeam}</strong>
        <p className={styles.meta}>
          {hours.user && !hours.own ? t.meetings.followsTeam : <HoursText hours={hours} team={team} />}
        </p>
        <SendingProblem problem={reset.problem} />
      </div>
      {mayOperate && (
        <div className={styles.controls}>
          {hours.own && (
            <Button
              size="xs"
              variant="default"
              loading={reset.sending}
              onClick={() => void reset.now({ email: hours.user?.email ?? null }).then(onChanged)}
            >
              {hours.user ? t.meetings.followTeam : t.meetings.usualHours}
            </Button>
          )}
          <Button size="xs" variant="default" onClick={onChange}>
            {t.meetings.changeHours}
          </Button>
        </div>
      )}
    </li>
  )
}

/** “seg.–sex. · 09:00–18:00”, with the time zone where it is another than the team's. */
function HoursText({ hours, team }: { hours: Hours; team: Hours | undefined }) {
  const { t } = useLanguage()
  if (hours.days.length === 0) return <>{t.meetings.takesNone}</>
  const parts = [runsOf(hours.days).map(names(t.meetings.weekdaysShort)).join(', '), `${hours.from}–${hours.to}`]
  if (hours.timeZone !== team?.timeZone || hours.user === null) parts.push(hours.timeZone.replaceAll('_', ' '))
  return <>{parts.join(' · ')}</>
}

const names = (short: Record<Weekday, string>) => (run: readonly Weekday[]) =>
  run.length > 2 ? `${short[run[0]!]}–${short[run.at(-1)!]}` : run.map(day => short[day]).join(', ')

/** Days that follow each other, together. */
function runsOf(days: readonly Weekday[]): Weekday[][] {
  const runs: Weekday[][] = []
  for (const [index, day] of WEEKDAYS.entries()) {
    if (!days.includes(day)) continue
    const before = WEEKDAYS[index - 1]
    if (before && days.includes(before)) runs.at(-1)!.push(day)
    else runs.push([day])
  }
  return runs
}

function HoursDialog({ hours, onDone, onClose }: { hours: Hours; onDone: () => void; onClose: () => void }) {
  const { t } = useLanguage()
  const set = useChange(SET_HOURS)
  const [days, setDays] = useState<readonly Weekday[]>(hours.days)
  const [from, setFrom] = useState(hours.from)
  const [to, setTo] = useState(hours.to === '24:00' ? '23:59' : hours.to) // the browser's own field knows no 24:00
  const [timeZone, setTimeZone] = useState(hours.timeZone)
  const title = hours.user ? t.meetings.hoursOf(hours.user.name) : t.meetings.hoursOfTeam
  return (
    <ConfirmDialog
      title={title}
      confirm={t.meetings.saveHours}
      send={() => set.apply({ days, from, to, ...(hours.user ? { email: hours.user.email, timeZone } : {}) })}
      onDone={onDone}
      onClose={onClose}
    >
      <fieldset className={styles.days}>
        <legend>{t.meetings.days}</legend>
        {WEEKDAYS.map(day => (
          <Checkbox
            key={day}
            label={t.meetings.weekdays[day]}
            checked={days.includes(day)}
            onChange={event =>
              setDays(event.currentTarget.checked ? [...days, day] : days.filter(other => other !== day))
            }
          />
        ))}
      </fieldset>
      {days.length === 0 && (
        <p className={styles.meta}>{hours.user ? t.meetings.noDaysPerson : t.meetings.noDaysTeam}</p>
      )}
      <div className={styles.span}>
        <TextInput
          required
          type="time"
          label={t.meetings.hoursFrom}
          value={from}
          onChange={event => setFrom(event.currentTarget.value)}
        />
        <TextInput
          required
          type="time"
          label={t.meetings.hoursTo}
          value={to}
          min={from}
          error={to !== '' && to <= from ? t.meetings.hoursBackwards : undefined}
          onChange={event => setTo(event.currentTarget.value)}
        />
      </div>
      {hours.user && (
        <label className={styles.field}>
          {t.meetings.timeZone}
          <select value={timeZone} onChange={event => setTimeZone(event.currentTarget.value)}>
            {[...new Set([timeZone, ...Intl.supportedValuesOf('timeZone')])].map(zone => (
              <option key={zone} value={zone}>
                {zone.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </label>
      )}
    </ConfirmDialog>
  )
}
