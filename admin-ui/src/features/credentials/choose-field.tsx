import { useState } from 'react'
import { useMutation } from 'urql'
import { isRecord } from '../../api/json.ts'
import { useList } from '../../api/use-list.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Search } from '../../components/filter-bar.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { type AccountKind, CHANGE, type ConnectedAccount, FIELD_CHOICES } from './account-operations.ts'
import styles from './accounts.module.css'

/** Chooses what stands in a field of an account that is connected, among what the vendor has. */
export function ChooseField({
  field,
  credential,
  onClose,
}: {
  field: AccountKind['fields'][number]
  credential: ConnectedAccount
  onClose: () => void
}) {
  const { t } = useLanguage()
  const [, change] = useMutation(CHANGE)
  const [search, setSearch] = useState('')
  const filled = isRecord(credential.publicFields) ? credential.publicFields[field.key] : undefined
  const [chosen, setChosen] = useState(typeof filled === 'string' ? filled : '')
  const choices = useList(FIELD_CHOICES, { credentialId: credential.id, field: field.key, search: search || null })
  const send = async () => {
    const { data, error } = await change({ credentialId: credential.id, fields: { [field.key]: chosen } })
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog title={t.accounts.chooseTitle(field.title)} confirm={t.accounts.save} send={send} onClose={onClose}>
      <Search label={t.common.search} value={search} onChange={setSearch} />
      {choices.error && <Failure error={choices.error} onRetry={choices.reload} />}
      {!choices.data && !choices.error && <TextSkeleton lines={3} />}
      {choices.data && choices.nodes.length === 0 && <Nothing>{t.accounts.noChoices}</Nothing>}
      <fieldset className={styles.choices}>
        <legend className="visually-hidden">{field.title}</legend>
        {!field.required && (
          <label>
            <input type="radio" name={field.key} checked={chosen === ''} onChange={() => setChosen('')} />
            <span>{t.accounts.noneChosen}</span>
          </label>
        )}
        {choices.nodes.map(choice => (
          <label key={choice.id}>
            <input type="radio" name={field.key} checked={chosen === choice.id} onChange={() => setChosen(choice.id)} />
            <span>
              {choice.label}
              <small>{[choice.id, choice.note].filter(Boolean).join(' · ')}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {choices.hasMore && <MoreButton list={choices} />}
    </ConfirmDialog>
  )
}
