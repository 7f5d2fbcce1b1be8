import { FileInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { useApi } from '../../api/api.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Choices } from '../../components/choices.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import type { Sent } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate } from '../../router.tsx'
import { AgreeDialog } from './agree-dialog.tsx'
import { FETCH, type Preview, PREVIEWED, TO_CHOOSE } from './life-operations.ts'
import styles from './plugins.module.css'

/** Installs a plugin: first which one, then what it is and may do, and only then it is there. */
export function InstallDialog({ onClose }: { onClose: () => void }) {
  const [preview, setPreview] = useState<Preview>()
  if (!preview) return <ChooseDialog onFound={setPreview} onClose={onClose} />
  return (
    <AgreeDialog preview={preview} onAgreed={id => navigate(`/plugins/${encodeURIComponent(id)}`)} onClose={onClose} />
  )
}

function ChooseDialog({ onFound, onClose }: { onFound: (preview: Preview) => void; onClose: () => void }) {
  const { t } = useLanguage()
  const [name, setName] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const [, fetchPackage] = useMutation(FETCH)
  const upload = useUpload()
  const offered = useLoaded(TO_CHOOSE, {}).data?.pluginsToChoose ?? []
  const isOffered = offered.some(({ pluginId }) => pluginId === name)
  const send = async (): Promise<Sent> => {
    if (file) return upload(file, onFound)
    const { data, error } = await fetchPackage({ package: name })
    if (data?.answer.preview) onFound(data.answer.preview)
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog title={t.plugins.install} confirm={t.plugins.look} send={send} onDone={() => {}} onClose={onClose}>
      {offered.length > 0 && (
        <>
          <p>{t.plugins.offeredText}</p>
          <Choices
            label={t.plugins.offered}
            name="offered"
            values={Object.fromEntries(offered.map(({ pluginId, title }) => [pluginId, title]))}
            texts={Object.fromEntries(offered.map(({ pluginId, description }) => [pluginId, description]))}
            value={file ? '' : name}
            disabled={file ? offered.map(({ pluginId }) => pluginId) : []}
            onChange={setName}
          />
        </>
      )}
      <p>{offered.length > 0 ? t.plugins.installOther : t.plugins.installText}</p>
      <TextInput
        name="package"
        label={t.plugins.npmName}
        description={t.plugins.npmHelp}
        placeholder="trae-plugin-example@^1"
        autoComplete="off"
        spellCheck={false}
        disabled={file !== null}
        required={file === null && !isOffered}
        value={isOffered ? '' : name}
        onChange={event => setName(event.currentTarget.value)}
      />
      <FileInput
        label={t.plugins.file}
        description={t.plugins.fileHelp}
        placeholder={t.plugins.fileChoose}
        accept=".tgz,.gz,application/gzip"
        clearable
        value={file}
        onChange={setFile}
      />
      <p className={styles.dim}>{t.plugins.installSafe}</p>
    </ConfirmDialog>
  )
}

/** Hands a tarball to the host, and shows what it is. */
function useUpload(): (file: File, onFound: (preview: Preview) => void) => Promise<Sent> {
  const { client, fetch } = useApi()
  const { t } = useLanguage()
  const refused = (message: string): Sent => ({ answer: { userErrors: [{ code: 'INVALID', message }] } })
  return async (file, onFound) => {
    const response = await fetch(`/plugins/packages?name=${encodeURIComponent(file.name)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/gzip' },
      body: file,
    }).catch(() => undefined)
    if (!response) return refused(t.plugins.notSent)
    const answer = (await response.json().catch(() => ({}))) as { digest?: string; detail?: string }
    if (!response.ok || answer.digest === undefined) return refused(answer.detail ?? t.plugins.notSent)
    const { data, error } = await client
      .query(PREVIEWED, { digest: answer.digest }, { requestPolicy: 'network-only' })
      .toPromise()
    if (data) onFound(data.pluginPreview)
    return { error }
  }
}
