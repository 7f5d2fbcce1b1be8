import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { ENTER_VALUE, type KeyResultRow } from './okr-operations.ts'
import { numberOf } from './number-of.ts'

/** Where a key result is, and how sure one is; of one that is computed only the latter. */
export function EnterValue({
  result,
  onDone,
  onClose,
}: {
  result: KeyResultRow
  onDone: () => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const enter = useChange(ENTER_VALUE)
  const [value, setValue] = useState('')
  const [confidence, setConfidence] = useState(result.confidence === null ? '' : String(result.confidence))
  const [note, setNote] = useState('')
  return (
    <ConfirmDialog
      title={result.title}
      confirm={t.okrs.enter}
      send={() =>
        enter.apply({
          keyResultId: result.id,
          value: result.metric === null ? numberOf(value) : null,
          confidence: numberOf(confidence),
          note: note.trim() || null,
        })
      }
      onDone={onDone}
      onClose={onClose}
    >
      {result.metric === null && (
        <TextInput
          inputMode="decimal"
          label={t.okrs.value}
          value={value}
          onChange={event => setValue(event.currentTarget.value)}
        />
      )}
      <TextInput
        inputMode="numeric"
        label={t.okrs.confidenceLabel}
        value={confidence}
        onChange={event => setConfidence(event.currentTarget.value)}
      />
      <TextInput
        label={t.okrs.note}
        value={note}
        maxLength={2000}
        onChange={event => setNote(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}
