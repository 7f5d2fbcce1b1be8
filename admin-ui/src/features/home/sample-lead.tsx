import { Button } from '@mantine/core'
import { useState } from 'react'
import { useApi } from '../../api/api.ts'
import { LinkButton } from '../../components/empty.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { CREATE_SAMPLE, type Progress, REMOVE_SAMPLE } from './home-operations.ts'
import styles from './home.module.css'

/** Captures the sample lead in the reader's language; the rest of the page tells what comes of it. */
export function TrySample({ onChanged }: { onChanged: () => void }) {
  const { t, locale } = useLanguage()
  const create = useChange(CREATE_SAMPLE)
  if (!useMayOperate()) return null
  return (
    <>
      <Button loading={create.sending} onClick={() => void create.now({ locale }).then(done => done && onChanged())}>
        {t.home.sample.try}
      </Button>
      <SendingProblem problem={create.problem} />
    </>
  )
}

/** Says that there is a sample lead, leads to it, and takes it away again. */
export function SampleLine({ sample, onChanged }: { sample: NonNullable<Progress['sample']>; onChanged: () => void }) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState(false)
  const [removing, setRemoving] = useState(false)
  const { client } = useApi()
  const remove = async () => {
    const { data, error } = await client.mutation(REMOVE_SAMPLE, {}).toPromise()
    setRemoving(Boolean(data?.answer.lead))
    return { answer: data?.answer, error }
  }
  const mayOperate = useMayOperate()
  return (
    <footer className={styles.sample}>
      <p role="status">{removing ? t.home.sample.removing : t.home.sample.there}</p>
      <LinkButton to={`/leads/${encodeURIComponent(sample.id)}`} label={t.home.sample.see} />
      {mayOperate && (
        <Button variant="default" onClick={() => setAsking(true)}>
          {t.home.sample.remove}
        </Button>
      )}
      {asking && (
        <ConfirmDialog
          title={t.home.sample.removeTitle}
          confirm={t.home.sample.remove}
          danger
          send={remove}
          onDone={() => {
            setAsking(false)
            onChanged()
          }}
          onClose={() => setAsking(false)}
        >
          <p>{t.home.sample.removeText}</p>
        </ConfirmDialog>
      )}
    </footer>
  )
}
