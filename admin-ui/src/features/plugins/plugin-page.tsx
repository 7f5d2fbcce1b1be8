import { useState } from 'react'
import type { PluginInstallation } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Columns } from '../../components/card.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Status } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Accounts } from '../credentials/accounts.tsx'
import { PluginTriggers } from '../plugin-triggers/plugin-triggers.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { ActionView } from './action-view.tsx'
import { sourceFacts } from './agree-dialog.tsx'
import { History } from './history.tsx'
import { LifeActions } from './life-actions.tsx'
import { INSTALLATION_UPDATED } from './life-operations.ts'
import { PlannedCalls } from './planned-calls.tsx'
import { PermissionList } from './permission-list.tsx'
import { PLUGIN } from './plugin-operations.ts'
import { Traffic } from './traffic.tsx'
import styles from './plugins.module.css'

export function PluginPage({ id }: { id: string }) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const [ready, setReady] = useState(false)
  const [news, setNews] = useState(0)
  const loaded = useLoaded(PLUGIN, { id }, ready)
  const reload = () => {
    loaded.reload()
    setNews(count => count + 1)
  }
  useStream(INSTALLATION_UPDATED, () => ({}), {
    key: id,
    onReady: setReady,
    onData: ({ installationUpdated }) => installationUpdated.installationId === id && reload(),
    onResumed: reload,
  })
  const node = loaded.data?.node
  const plugin = node && 'pluginId' in node ? node : undefined
  const back = { to: '/plugins', label: t.plugins.title }
  if (plugin) {
    return (
      <Page
        title={plugin.title}
        subtitle={plugin.description}
        back={back}
        actions={mayAdminister && <LifeActions plugin={plugin} onChange={reload} />}
        badge={
          <Status tone={plugin.status === 'ENABLED' ? 'good' : 'wait'} label={t.plugins.statuses[plugin.status]} />
        }
      >
        {plugin.status === 'DISABLED' && (
          <p className={styles.reason}>
            {plugin.statusReason && <strong>{plugin.statusReason} </strong>}
            {t.plugins.disabledText}
          </p>
        )}
        <Columns
          main={
            <>
              <Accounts installationId={plugin.id} />
              <PluginTriggers installationId={plugin.id} />
              <PlannedCalls installationId={plugin.id} onTakenBack={() => setNews(count => count + 1)} />
              <Permissions plugin={plugin} />
              {plugin.permissions.some(({ kind }) => kind === 'HOST') && <Traffic installationId={plugin.id} />}
              {plugin.instructions && <Instructions text={plugin.instructions} />}
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
          side={
            <>
              <About plugin={plugin} />
              {mayAdminister && <History id={plugin.id} news={news} />}
            </>
          }
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
      <PermissionList permissions={plugin.permissions} />
      <p className={`${styles.dim} ${styles.limits}`}>{plugin.limits}</p>
    </Card>
  )
}

/** What its `SKILL.md` tells the model. */
function Instructions({ text }: { text: string }) {
  const { t } = useLanguage()
  return (
    <Card title={t.plugins.instructions} note={t.plugins.instructionsText}>
      <pre className={styles.instructions}>{text}</pre>
    </Card>
  )
}

function About({ plugin }: { plugin: PluginInstallation }) {
  const { t } = useLanguage()
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ['ID', <code key="id">{plugin.pluginId}</code>],
    [t.plugins.versionLabel, plugin.version],
    [t.plugins.publisher, plugin.publisher],
    ...sourceFacts(plugin.source, t.plugins),
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
