import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useList } from '../../api/use-list.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Stack } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, useParameter } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { CANCEL_CHARGE, CHARGE_UPDATED, type ChargeRow, CHARGES, CONFIRM_CHARGE } from './charge-operations.ts'
import styles from './charges.module.css'

const FILTERS = { open: { open: true }, settled: { open: false } } as const
const TONES: Record<ChargeRow['status'], Tone> = { PENDING: 'wait', OVERDUE: 'bad', PAID: 'good', CANCELLED: 'quiet' }

export function ChargesPage() {
  const { t } = useLanguage()
  const [which, setWhich] = useParameter('which')
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const filter = which === 'open' || which === 'settled' ? which : ''
  const charges = useList(CHARGES, filter ? FILTERS[filter] : {}, ready)
  useStream(CHARGE_UPDATED, () => ({}), {
    onReady: setReady,
    onData: () => soon(() => charges.reload()),
    onResumed: () => charges.reload(),
  })
  const empty = charges.data && charges.nodes.length === 0
  return (
    <Page title={t.charges.title} subtitle={t.charges.subtitle}>
      <FilterBar>
        <Choice
          label={t.charges.filter}
          all={t.common.allFeminine}
          values={{ open: t.charges.open, settled: t.charges.settled }}
          value={filter}
          onChange={setWhich}
        />
      </FilterBar>
      {charges.error && <Failure error={charges.error} onRetry={charges.reload} />}
      {!charges.data && !charges.error && <RowsSkeleton />}
      {empty && filter && <Empty icon="search" title={t.charges.noMatchTitle} text={t.charges.noMatchText} />}
      {empty && !filter && (
        <Empty icon="charges" title={t.charges.emptyTitle} text={t.charges.emptyText}>
          <LinkButton to="/playbooks" label={t.charges.emptyAction} variant="filled" />
        </Empty>
      )}
      {charges.nodes.length > 0 && (
        <>
          <Stack>
            {charges.nodes.map(charge => (
              <ChargeCard key={charge.id} charge={charge} onChanged={charges.reload} />
            ))}
          </Stack>
          <MoreButton list={charges} />
        </>
      )}
    </Page>
  )
}

function ChargeCard({ charge, onChanged }: { charge: ChargeRow; onChanged: () => void }) {
  const { t, format } = useLanguage()
  const mayOperate = useMayOperate()
  const [asking, setAsking] = useState<'paid' | 'cancel'>()
  const { status, customerName, description, dueOn, method, note, paidAt, createdAt, lead, run } = charge
  const open = status === 'PENDING' || status === 'OVERDUE'
  return (
    <Card
      title={customerName}
      note={description}
      aside={<strong className={styles.amount}>{format.minor(charge.amount, charge.currency)}</strong>}
    >
      <p className={styles.meta}>
        <Status tone={TONES[status]} label={t.charges.statuses[status]} />
        {dueOn && open && <span>{t.charges.due(format.date(dueOn))}</span>}
        <span>{t.charges.methods[method] ?? method}</span>
        <span>
          {paidAt ? t.charges.paid : t.charges.entered} <Time at={paidAt ?? createdAt} />
        </span>
        {lead && <Link to={`/leads/${encodeURIComponent(lead.id)}`}>{lead.name}</Link>}
        {run && <Link to={`/runs/${encodeURIComponent(run.id)}`}>{t.charges.openRun}</Link>}
      </p>
      {note && <p className={styles.note}>{note}</p>}
      {open && mayOperate && (
        <div className={styles.actions}>
          <Button size="xs" onClick={() => setAsking('paid')}>
            {t.charges.markPaid}
          </Button>
          <Button size="xs" variant="default" onClick={() => setAsking('cancel')}>
            {t.charges.cancel}
          </Button>
        </div>
      )}
      {asking && (
        <SettleDialog
          charge={charge}
          how={asking}
          onDone={() => {
            setAsking(undefined)
            onChanged()
          }}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Card>
  )
}

function SettleDialog({
  charge,
  how,
  onDone,
  onClose,
}: {
  charge: ChargeRow
  how: 'paid' | 'cancel'
  onDone: () => void
  onClose: () => void
}) {
  const { t, format } = useLanguage()
  const [words, setWords] = useState('')
  const confirm = useChange(CONFIRM_CHARGE)
  const cancel = useChange(CANCEL_CHARGE)
  const amount = format.minor(charge.amount, charge.currency)
  const said = words.trim() || null
  const paid = how === 'paid'
  return (
    <ConfirmDialog
      title={(paid ? t.charges.paidTitle : t.charges.cancelTitle)(amount, charge.customerName)}
      confirm={paid ? t.charges.confirmPaid : t.charges.confirmCancel}
      danger={!paid}
      send={() =>
        paid ? confirm.apply({ chargeId: charge.id, note: said }) : cancel.apply({ chargeId: charge.id, reason: said })
      }
      onDone={onDone}
      onClose={onClose}
    >
      <p>{paid ? t.charges.paidText : t.charges.cancelText}</p>
      <TextInput
        label={paid ? t.charges.note : t.charges.reason}
        value={words}
        maxLength={500}
        onChange={event => setWords(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}
