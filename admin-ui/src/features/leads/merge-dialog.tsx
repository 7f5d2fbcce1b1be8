import { useState } from 'react'
import type { LeadMergeField } from '../../api/schema.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { type LeadDetails, type LeadTwin, MERGE_LEADS } from './lead-operations.ts'
import styles from './lead.module.css'

const FIELDS = {
  NAME: 'name',
  EMAIL: 'email',
  PHONE: 'phone',
  COMPANY: 'company',
  JOB_TITLE: 'jobTitle',
  LOCALE: 'locale',
} as const satisfies Record<LeadMergeField, keyof LeadTwin>
const ORDER = Object.keys(FIELDS) as LeadMergeField[]

/** Both records side by side: of what differs, which value stays. What one of them lacks comes from the other, and nobody is asked. */
export function MergeDialog({
  lead,
  twin,
  onMerged,
  onClose,
}: {
  lead: LeadDetails
  twin: LeadTwin
  onMerged: () => void
  onClose: () => void
}) {
  const { t, format } = useLanguage()
  const { apply } = useChange(MERGE_LEADS)
  const [take, setTake] = useState<readonly LeadMergeField[]>([])
  const differs = (field: LeadMergeField) => {
    const [own, other] = [lead[FIELDS[field]], twin[FIELDS[field]]]
    return own !== null && other !== null && own !== other
  }
  const choose = (field: LeadMergeField, other: boolean) =>
    setTake(all => (other ? [...all.filter(one => one !== field), field] : all.filter(one => one !== field)))
  return (
    <ConfirmDialog
      title={t.merge.dialog(lead.name, twin.name)}
      confirm={t.merge.confirm}
      wide
      send={() => apply({ keep: lead.id, merge: twin.id, take: [...take] })}
      onDone={() => {
        onClose()
        onMerged()
      }}
      onClose={onClose}
    >
      <table className={styles.sides}>
        <thead>
          <tr>
            <td />
            <th scope="col">
              {t.merge.stays}
              <small>{t.merge.since(format.dateTime(lead.createdAt))}</small>
            </th>
            <th scope="col">
              {t.merge.goes}
              <small>{t.merge.since(format.dateTime(twin.createdAt))}</small>
            </th>
          </tr>
        </thead>
        <tbody>
          {ORDER.map(field => (
            <tr key={field}>
              <th scope="row">{t.merge.fields[field]}</th>
              {([false, true] as const).map(other => {
                const value = (other ? twin : lead)[FIELDS[field]]
                return (
                  <td key={String(other)}>
                    {differs(field) ? (
                      <label>
                        <input
                          type="radio"
                          name={field}
                          checked={take.includes(field) === other}
                          onChange={() => choose(field, other)}
                        />
                        <span>{value}</span>
                      </label>
                    ) : (
                      <span className={value === null ? styles.dim : undefined}>{value ?? '–'}</span>
                    )}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <ul className={styles.follows}>
        {t.merge.follows.map(line => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </ConfirmDialog>
  )
}
