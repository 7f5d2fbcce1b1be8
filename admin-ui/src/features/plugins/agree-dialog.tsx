import { useMutation } from 'urql'
import type { PluginPreview, PluginSource } from '../../api/schema.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Icon } from '../../components/icon.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { INSTALL, type Preview } from './life-operations.ts'
import { PermissionList } from './permission-list.tsx'
import styles from './plugins.module.css'

/** The permission screen: what a package is, where it came from, what it may do. Who agrees, agrees to exactly this. */
export function AgreeDialog({
  preview,
  onAgreed,
  onClose,
}: {
  preview: Preview
  onAgreed: (installationId: string) => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const [, install] = useMutation(INSTALL)
  const { installed } = preview
  const send = async () => {
    const { data, error } = await install({ digest: preview.digest })
    const id = data?.answer.installation?.id
    if (id) onAgreed(id)
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog
      title={`${preview.title} ${preview.version}`}
      confirm={installed ? t.plugins.agreeUpdate : t.plugins.agree}
      wide
      send={send}
      onClose={onClose}
    >
      <p>{preview.description}</p>
      {installed && <p className={styles.dim}>{t.plugins.replaces(installed.version)}</p>}
      {preview.warnings.length > 0 && (
        <ul className={styles.warnings} aria-label={t.plugins.warnings}>
          {preview.warnings.map(({ code, sentence }) => (
            <li key={code}>
              <Icon name="alert" size={16} /> <span>{sentence}</span>
            </li>
          ))}
        </ul>
      )}
      <Facts preview={preview} />
      <section className={styles.asked} aria-label={t.plugins.mayDo}>
        <h3>{t.plugins.mayDo}</h3>
        <PermissionList permissions={preview.permissions} added={installed ? preview.addedPermissions : []} />
        <p className={styles.dim}>{preview.limits}</p>
        {preview.droppedPermissions.length > 0 && (
          <ul className={styles.dropped}>
            {preview.droppedPermissions.map(({ value, sentence }) => (
              <li key={value}>
                {t.plugins.noLonger} <s>{sentence}</s>
              </li>
            ))}
          </ul>
        )}
      </section>
      <Effects preview={preview} />
    </ConfirmDialog>
  )
}

function Facts({ preview }: { preview: Preview }) {
  const { t } = useLanguage()
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ['ID', <code key="id">{preview.pluginId}</code>],
    [t.plugins.publisher, `${preview.publisher} (${t.plugins.asItSays})`],
    ...sourceFacts(preview.source, t.plugins),
    [t.plugins.license, preview.license],
    [t.plugins.digest, <code key="digest">{preview.digest}</code>],
  ]
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Where a package came from, as lines of facts. */
export function sourceFacts(
  { kind, name, publishedBy, publishedAt, integrity, signedWith, provenance }: PluginSource,
  t: ReturnType<typeof useLanguage>['t']['plugins'],
): (readonly [string, React.ReactNode])[] {
  return [
    [t.source, kind === 'BUILT_IN' ? t.builtIn : name],
    ...(publishedBy ? [[t.publishedBy, publishedBy] as const] : []),
    ...(publishedAt ? [[t.publishedAt, <Time key="at" at={publishedAt} as="dateTime" />] as const] : []),
    ...(integrity ? [[t.tarballHash, <code key="hash">{integrity}</code>] as const] : []),
    ...(kind === 'NPM' ? [[t.signature, signedWith ? t.signed : t.notSigned] as const] : []),
    ...(provenance
      ? [[t.provenance, `${provenance.repository}${provenance.ref ? ` (${provenance.ref})` : ''}`] as const]
      : []),
  ]
}

function Effects({
  preview: { actions, provides, hears },
}: {
  preview: Pick<PluginPreview, 'actions' | 'provides' | 'hears'>
}) {
  const { t } = useLanguage()
  const seen = actions.filter(({ effect }) => effect === 'WRITE' || effect === 'SEND')
  return (
    <>
      {hears.length > 0 && (
        <div>
          <strong>{t.plugins.hears}</strong>
          <ul className={styles.needed}>
            {hears.map(sentence => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </div>
      )}
      {seen.length > 0 && (
        <p>
          <strong>{t.plugins.seen}</strong> {seen.map(({ title }) => title).join(', ')}.
        </p>
      )}
      {provides.length > 0 && (
        <p>
          <strong>{t.plugins.provides}:</strong> {provides.join(', ')}.
        </p>
      )}
    </>
  )
}
