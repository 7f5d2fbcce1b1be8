import { Button, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useMutation } from 'urql'
import { Dialog } from '../../components/dialog.tsx'
import { explain, refusalText } from '../../components/failure.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate } from '../../router.tsx'
import { CREATE } from './publish-operations.ts'
import styles from './publish.module.css'

/** Asks for a name and opens the draft that is made under it. */
export function NewPlaybookButton() {
  const { t } = useLanguage()
  const [asking, setAsking] = useState(false)
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string>()
  const [{ fetching }, create] = useMutation(CREATE)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const { data, error } = await create({ name })
    const made = data?.playbookCreate.playbook
    const [refused] = data?.playbookCreate.userErrors ?? []
    if (made) navigate(`/playbooks/${encodeURIComponent(made.slug)}`)
    else setProblem((refused && refusalText(refused, t)) ?? (error && explain(error, t).text))
  }
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t.publishing.newPlaybook}</Button>
      {asking && (
        <Dialog title={t.publishing.newPlaybook} onClose={() => setAsking(false)}>
          <form className={styles.create} onSubmit={event => void submit(event)}>
            <p className={styles.dim}>{t.publishing.newText}</p>
            <TextInput
              label={t.publishing.name}
              placeholder={t.publishing.namePlaceholder}
              value={name}
              onChange={event => setName(event.currentTarget.value)}
              error={problem}
              maxLength={200}
              required
              data-autofocus
            />
            <div className={styles.answers}>
              <Button variant="default" onClick={() => setAsking(false)}>
                {t.common.cancel}
              </Button>
              <Button type="submit" loading={fetching} disabled={name.trim() === ''}>
                {t.publishing.create}
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  )
}
