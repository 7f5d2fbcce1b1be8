import { Textarea, TextInput } from '@mantine/core'
import { nodesOf } from '../../api/connection.ts'
import type { RunFilter, RunOperation, RunReplayVersion } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Choices } from '../../components/choices.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { NEWEST_STEPS } from './bulk-operations.ts'
import type { Order } from './use-bulk.ts'

interface OrderProps {
  order: Order
  onChange: (order: Order) => void
}

/** Is all said that the operation needs? */
export const isComplete = (operation: RunOperation, order: Order) => operation !== 'REPLAY' || Boolean(order.fromPath)

/** What an operation asks beside the runs: why, or from where. */
export function BulkOrder({ operation, filter, ...rest }: OrderProps & { operation: RunOperation; filter: RunFilter }) {
  if (operation === 'CANCEL') return <Reason {...rest} />
  return operation === 'REPLAY' ? <From filter={filter} {...rest} /> : null
}

function Reason({ order, onChange }: OrderProps) {
  const { t } = useLanguage()
  return (
    <Textarea
      label={t.operating.reason}
      value={order.reason ?? ''}
      onChange={event => onChange({ ...order, reason: event.currentTarget.value || null })}
      maxLength={500}
      autosize
      minRows={1}
    />
  )
}

function From({ filter, order, onChange }: OrderProps & { filter: RunFilter }) {
  const { t } = useLanguage()
  const newest = useLoaded(NEWEST_STEPS, { filter })
  const steps = nodesOf(newest.data?.runs)[0]?.steps ?? []
  const words = t.operating.replay
  return (
    <>
      <TextInput
        label={t.bulk.from}
        description={t.bulk.fromText}
        required
        list="bulk-steps"
        autoComplete="off"
        value={order.fromPath ?? ''}
        onChange={event => onChange({ ...order, fromPath: event.currentTarget.value.trim() })}
      />
      <datalist id="bulk-steps">
        {steps
          .filter(step => step.startedAt !== null && step.kind !== 'ITERATION' && !step.path.startsWith('finally.'))
          .map(step => (
            <option key={step.path} value={step.path}>
              {step.title}
            </option>
          ))}
      </datalist>
      <Choices<RunReplayVersion>
        label={words.choices}
        name="version"
        values={{ ORIGIN: t.bulk.ownVersion, CURRENT: words.versions.CURRENT }}
        texts={{ ORIGIN: t.bulk.ownVersionText, CURRENT: words.texts.CURRENT }}
        value={order.version ?? 'ORIGIN'}
        onChange={version => onChange({ ...order, version })}
      />
    </>
  )
}
