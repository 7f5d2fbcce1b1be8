import type { PermissionKind, PluginInstallation } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card, Columns } from '../../components/card.tsx'
import { Empty, LinkButton, Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Icon, type IconName } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Status } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Accounts } from '../credentials/accounts.tsx'
import { ActionView } from './action-view.tsx'
import { PLUGIN } from './plugin-operations.ts'
import styles from './plugins.module.css'

export function PluginPage({ id }: { id: string }) {
  const { t } = useLanguage()
  const loaded = useLoaded(PLUGIN, { id })
  const node = loaded.data?.node
  const plugin = node && 'pluginId' in node ? node : undefined
  const back = { to: '/plugins', label: t.plugins.title }
  if (plugin) {
    return (
      <Page
        title={plugin.title}
        subtitle={plugin.description}
        back={back}
        badge={
          <Status tone={plugin.status === 'ENABLED' ? 'good' : 'quiet'} label={t.plugins.statuses[plugin.status]} />
        }
      >
        {plugin.statusReason && <p className={styles.reason}>{plugin.statusReason}</p>}
        <Columns
          main={
            <>
              <Accounts installationId={plugin.id} />
              <Permissions plugin={plugin} />
              <Card title={t.plugins.actions} flush>
                <ul>
                  {plugin.actions.map(action => (
                    <li key={action.name} className={styles.action}>
                      <ActionView pluginId={plugin.pluginId} action={action} />
                    </li>
                  ))}
                </ul>
              </Card>
            </>
          }
          side={<About plugin={plugin} />}
        />
      </Page>
    )
  }
  return (
    <Page title={loaded.data ? t.plugins.notFoundTitle : t.plugins.title} back={back}>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {loaded.data && !loaded.error && (
        <Empty icon="plugins" title={t.plugins.notFoundTitle} text={t.plugins.notFoundText}>
          <LinkButton to="/plugins" label={t.plugins.title} />
        </Empty>
      )}
      {!loaded.data && !loaded.error && (
        <Card>
          <TextSkeleton lines={8} />
        </Card>
      )}
    </Page>
  )
}

function Permissions({ plugin }: { plugin: PluginInstallation }) {
  const { t } = useLanguage()
  return (
    <Card title={t.plugins.permissions} note={t.plugins.permissionsText}>
      {plugin.permissions.length === 0 && <Nothing>{t.plugins.noPermissions}</Nothing>}
      <ul className={styles.permissions}>
        {plugin.permissions.map(permission => (
          <li key={`${permission.kind}${permission.value}`}>
            <span className={styles.kind} title={t.plugins.kinds[permission.kind]}>
              <Icon name={ICONS[permission.kind]} size={16} />
            </span>
            <div>
              <p className={styles.sentence}>{permission.sentence}</p>
              <p className={styles.dim}>{permission.reason}</p>
            </div>
            <code>{permission.value}</code>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function About({ plugin }: { plugin: PluginInstallation }) {
  const { t } = useLanguage()
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ['ID', <code key="id">{plugin.pluginId}</code>],
    [t.plugins.versionLabel, plugin.version],
    [t.plugins.publisher, plugin.publisher],
    [t.plugins.license, plugin.license],
    [t.plugins.provides, plugin.provides.join(', ') || t.common.none],
    [t.plugins.installed, <Time key="at" at={plugin.installedAt} as="dateTime" />],
    [
      t.plugins.digest,
      <code key="digest" title={plugin.digest}>
        {plugin.digest.slice(0, 16)}…
      </code>,
    ],
  ]
  return (
    <Card>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

const ICONS: Record<PermissionKind, IconName> = {
  HOST: 'signal',
  RECORD: 'leads',
  EVENT: 'spark',
  STORAGE: 'inbox',
  CREDENTIAL: 'key',
  LLM: 'brain',
  MEMORY: 'note',
  SCHEDULE: 'clock',
}
