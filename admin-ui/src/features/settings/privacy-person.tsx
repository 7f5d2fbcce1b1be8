import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { Time } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import type { Held, PersonLead } from './privacy-operations.ts'
import * as operations from './privacy-operations.ts'
import styles from './settings.module.css'

type Asked = 'correct' | 'erase' | 'withdraw' | undefined

/** What is held of somebody, and what they may ask. */
export function HeldOfPersonView({ subject, held, onChanged }: { subject: string; held: Held; onChanged: () => void }) {
  const { t, format } = useLanguage()
  const [asked, setAsked] = useState<Asked>()
  const suppress = useChange(operations.SUPPRESS)
  const lead = held.leads[0]
  const done = () => {
    setAsked(undefined)
    onChanged()
  }
  const consents = held.leads.filter(one => one.consent?.basis === 'CONSENT' && !one.consent.withdrawnAt)
  return (
    <section className={styles.person} aria-label={t.privacy.held}>
      {held.leads.map(one => (
        <LeadLine key={one.id} lead={one} />
      ))}
      {held.tables.length === 0 && <p>{t.privacy.nothing}</p>}
      {held.tables.length > 0 && (
        <table className={styles.held}>
          <thead>
            <tr>
              <th>{t.privacy.table}</th>
              <th>{t.privacy.rows}</th>
              <th>{t.privacy.erasure}</th>
            </tr>
          </thead>
          <tbody>
            {held.tables.map(({ table, rows, keptBecause }) => (
              <tr key={table}>
                <td>{(t.privacy.tables as Readonly<Record<string, string>>)[table] ?? table}</td>
                <td>{format.number(rows)}</td>
                <td className={styles.dim}>{keptBecause ? t.privacy.kept : t.privacy.scrubbed}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {held.suppressed && (
        <p className={styles.controls}>
          {t.privacy.isSuppressed}{' '}
          <Button
            size="xs"
            variant="default"
            loading={suppress.sending}
            onClick={() => void suppress.now({ subject, suppressed: false }).then(good => good && onChanged())}
          >
            {t.privacy.unsuppress}
          </Button>
        </p>
      )}
      <SendingProblem problem={suppress.problem} />
      <div className={styles.controls}>
        <Download subject={subject} onDone={onChanged} />
        {lead && (
          <Button variant="default" onClick={() => setAsked('correct')}>
            {t.privacy.correct}
          </Button>
        )}
        {consents.length > 0 && (
          <Button variant="default" onClick={() => setAsked('withdraw')}>
            {t.privacy.withdraw}
          </Button>
        )}
        <Button color="red" variant="light" onClick={() => setAsked('erase')}>
          {t.privacy.erase}
        </Button>
      </div>
      {asked === 'correct' && lead && (
        <Correct subject={subject} lead={lead} onDone={done} onClose={() => setAsked(undefined)} />
      )}
      {asked === 'withdraw' && <Withdraw leads={consents} onDone={done} onClose={() => setAsked(undefined)} />}
      {asked === 'erase' && <Erase subject={subject} held={held} onDone={done} onClose={() => setAsked(undefined)} />}
    </section>
  )
}

function LeadLine({ lead }: { lead: PersonLead }) {
  const { t } = useLanguage()
  const { consent } = lead
  return (
    <div className={styles.words}>
      <Link to={`/leads/${encodeURIComponent(lead.id)}`}>
        <strong>{lead.name}</strong>
      </Link>{' '}
      <span className={styles.dim}>
        {[lead.email, lead.phone, lead.jobTitle, lead.company].filter(Boolean).join(' · ')}
      </span>
      <p className={styles.dim}>
        {t.privacy.basis}: {consent ? t.privacy.bases[consent.basis] : t.privacy.noBasis}
        {consent?.grantedAt && (
          <>
            {' · '}
            {t.privacy.granted} <Time at={consent.grantedAt} as="dateTime" />
          </>
        )}
        {consent?.withdrawnAt && (
          <>
            {' · '}
            {t.privacy.withdrawn} <Time at={consent.withdrawnAt} as="dateTime" />
          </>
        )}
        {lead.unsubscribedAt && ` · ${t.privacy.unsubscribed}`}
      </p>
    </div>
  )
}

/** Writes the request down, and hands out what it answers as a file. */
function Download({ subject, onDone }: { subject: string; onDone: () => void }) {
  const { t } = useLanguage()
  const create = useChange(operations.CREATE)
  const fetched = useChange(operations.EXPORT)
  const download = async () => {
    const made = await create.apply({ kind: 'EXPORT', subject })
    const request = (made.answer as { request?: { id: string } | null } | undefined)?.request
    if (!request) return made
    const read = await fetched.apply({ requestId: request.id })
    const bundle = (read.answer as { bundle?: unknown } | undefined)?.bundle
    if (!bundle) return read
    const url = URL.createObjectURL(new Blob([JSON.stringify(bundle, null, 2)], { type: 'application/json' }))
    const link = Object.assign(document.createElement('a'), { href: url, download: 'personal-data.json' })
    link.click()
    URL.revokeObjectURL(url)
    return read
  }
  return (
    <>
      <Button
        variant="default"
        loading={create.sending}
        onClick={() => void create.send(download).then(good => good && onDone())}
      >
        {t.privacy.export}
      </Button>
      <SendingProblem problem={create.problem} />
    </>
  )
}

const FIELDS = ['name', 'email', 'phone', 'company', 'jobTitle'] as const

function Correct(props: { subject: string; lead: PersonLead; onDone: () => void; onClose: () => void }) {
  const { t } = useLanguage()
  const { subject, lead, onDone, onClose } = props
  const create = useChange(operations.CREATE)
  const [fields, setFields] = useState<Partial<Record<(typeof FIELDS)[number], string>>>({})
  const changed = Object.entries(fields).filter(
    ([name, value]) => value.trim() !== '' && value !== (lead[name as (typeof FIELDS)[number]] ?? ''),
  )
  return (
    <ConfirmDialog
      title={t.privacy.correctTitle(lead.name)}
      confirm={t.privacy.correct}
      send={() => create.apply({ kind: 'CORRECTION', subject, correction: Object.fromEntries(changed) })}
      onDone={onDone}
      onClose={onClose}
    >
      {FIELDS.map(name => (
        <TextInput
          key={name}
          label={t.privacy.fields[name]}
          value={fields[name] ?? lead[name] ?? ''}
          onChange={event => setFields({ ...fields, [name]: event.currentTarget.value })}
        />
      ))}
    </ConfirmDialog>
  )
}

function Withdraw(props: { leads: readonly PersonLead[]; onDone: () => void; onClose: () => void }) {
  const { t } = useLanguage()
  const { leads, onDone, onClose } = props
  const withdraw = useChange(operations.WITHDRAW)
  const send = async () => {
    let last = await withdraw.apply({ leadId: leads[0]!.id })
    for (const { id } of leads.slice(1)) last = await withdraw.apply({ leadId: id })
    return last
  }
  return (
    <ConfirmDialog
      title={t.privacy.withdrawTitle}
      confirm={t.privacy.withdraw}
      danger
      send={send}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{t.privacy.withdrawText}</p>
    </ConfirmDialog>
  )
}

/** Says what it comes to, and wants the person typed: it is for good. */
function Erase(props: { subject: string; held: Held; onDone: () => void; onClose: () => void }) {
  const { t, format } = useLanguage()
  const { subject, held, onDone, onClose } = props
  const create = useChange(operations.CREATE)
  const [typed, setTyped] = useState('')
  const count = (kept: boolean) =>
    format.number(
      held.tables.filter(one => (one.keptBecause !== null) === kept).reduce((sum, { rows }) => sum + rows, 0),
    )
  const fits = typed.trim().toLowerCase() === subject.toLowerCase()
  return (
    <ConfirmDialog
      title={t.privacy.eraseTitle}
      confirm={t.privacy.erase}
      danger
      send={async () =>
        fits
          ? create.apply({ kind: 'ERASURE', subject })
          : { answer: { userErrors: [{ code: 'INVALID', message: t.privacy.typedWrong }] } }
      }
      onDone={onDone}
      onClose={onClose}
    >
      <ul className={styles.plainList}>
        <li>{t.privacy.eraseScrubs(count(false))}</li>
        <li>{t.privacy.eraseKeeps(count(true))}</li>
        {held.openRuns > 0 && <li>{t.privacy.eraseStops(format.number(held.openRuns))}</li>}
        <li>{t.privacy.eraseSuppresses}</li>
      </ul>
      <TextInput
        label={t.privacy.typeAgain(subject)}
        value={typed}
        required
        onChange={event => setTyped(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}
