import { Button, Checkbox, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { PluginInstallation } from '../../api/schema.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, navigate } from '../../router.tsx'
import { AgreeDialog } from './agree-dialog.tsx'
import { DISABLE, ENABLE, type Preview, UNINSTALL, UPDATE } from './life-operations.ts'
import styles from './plugins.module.css'

interface Props {
  readonly plugin: PluginInstallation
  readonly onChange: () => void
}

/** What can be done to an installed plugin. */
export function LifeActions({ plugin, onChange }: Props) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState<'disable' | 'remove'>()
  const close = () => {
    setAsking(undefined)
    onChange()
  }
  return (
    <>
      <div className={styles.lifeActions}>
        {plugin.source.kind === 'NPM' && <UpdateButton plugin={plugin} onChange={onChange} />}
        {plugin.status === 'ENABLED' ? (
          <Button variant="default" onClick={() => setAsking('disable')}>
            {t.plugins.disable}
          </Button>
        ) : (
          <EnableButton plugin={plugin} onChange={onChange} />
        )}
        {plugin.removable && (
          <Button variant="subtle" color="red" onClick={() => setAsking('remove')}>
            {t.plugins.remove}
          </Button>
        )}
      </div>
      {asking === 'disable' && <DisableDialog plugin={plugin} onChange={close} />}
      {asking === 'remove' && <RemoveDialog plugin={plugin} onChange={close} />}
    </>
  )
}

function UpdateButton({ plugin, onChange }: Props) {
  const { t } = useLanguage()
  const { sending, problem, send } = useSending()
  const [said, setSaid] = useState('')
  const [preview, setPreview] = useState<Preview>()
  const [, update] = useMutation(UPDATE)
  const run = async () => {
    setSaid('')
    await send(async () => {
      const { data, error } = await update({ installationId: plugin.id })
      const { outcome, installation, preview } = data?.answer ?? {}
      if (preview) setPreview(preview)
      if (outcome === 'CURRENT') setSaid(t.plugins.current)
      if (outcome === 'UPDATED') setSaid(t.plugins.updated(installation?.version ?? ''))
      return { error, answer: data?.answer }
    })
    onChange()
  }
  const close = () => {
    setPreview(undefined)
    onChange()
  }
  return (
    <>
      <Button variant="default" loading={sending} onClick={() => void run()}>
        {t.plugins.update}
      </Button>
      <div role="status" className={styles.said}>
        {said}
      </div>
      <SendingProblem problem={problem} />
      {preview && <AgreeDialog preview={preview} onAgreed={() => {}} onClose={close} />}
    </>
  )
}

function EnableButton({ plugin, onChange }: Props) {
  const { t } = useLanguage()
  const { sending, problem, send } = useSending()
  const [, enable] = useMutation(ENABLE)
  const run = async () => {
    await send(async () => {
      const { data, error } = await enable({ installationId: plugin.id })
      return { error, answer: data?.answer }
    })
    onChange()
  }
  return (
    <>
      <Button loading={sending} onClick={() => void run()}>
        {t.plugins.enable}
      </Button>
      <SendingProblem problem={problem} />
    </>
  )
}

function DisableDialog({ plugin, onChange }: Props) {
  const { t } = useLanguage()
  const [reason, setReason] = useState('')
  const [, disable] = useMutation(DISABLE)
  const send = async () => {
    const { data, error } = await disable({ installationId: plugin.id, reason: reason.trim() || null })
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog
      title={t.plugins.disableTitle(plugin.title)}
      confirm={t.plugins.disable}
      send={send}
      onClose={onChange}
    >
      <p>{t.plugins.disableText}</p>
      <NeededBy plugin={plugin} text={t.plugins.usedBy} />
      <TextInput
        name="reason"
        label={t.plugins.reason}
        description={t.plugins.reasonHelp}
        maxLength={500}
        value={reason}
        onChange={event => setReason(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}

function RemoveDialog({ plugin, onChange }: Props) {
  const { t } = useLanguage()
  const [force, setForce] = useState(false)
  const [, uninstall] = useMutation(UNINSTALL)
  const send = async () => {
    const { data, error } = await uninstall({ installationId: plugin.id, force })
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog
      title={t.plugins.removeTitle(plugin.title)}
      confirm={t.plugins.remove}
      danger
      send={send}
      onDone={() => navigate('/plugins')}
      onClose={onChange}
    >
      <p>{t.plugins.removeText}</p>
      {plugin.neededBy.length > 0 && (
        <>
          <NeededBy plugin={plugin} text={t.plugins.needed} />
          <Checkbox label={t.plugins.force} checked={force} onChange={event => setForce(event.currentTarget.checked)} />
        </>
      )}
    </ConfirmDialog>
  )
}

function NeededBy({ plugin: { neededBy }, text }: { plugin: PluginInstallation; text: string }) {
  if (neededBy.length === 0) return null
  return (
    <div>
      <p>{text}</p>
      <ul className={styles.needed}>
        {neededBy.map(({ slug, name }) => (
          <li key={slug}>
            <Link to={`/playbooks/${encodeURIComponent(slug)}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </div>
  )
}
