import { Button } from '@mantine/core'
import { useState } from 'react'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { InstallDialog } from './install-dialog.tsx'
import { INSTALLATION_UPDATED } from './life-operations.ts'
import { PLUGINS, type PluginRow } from './plugin-operations.ts'
import styles from './plugins.module.css'

export function PluginsPage() {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const [installing, setInstalling] = useState(false)
  const [ready, setReady] = useState(false)
  const plugins = useList(PLUGINS, {}, ready)
  useStream(INSTALLATION_UPDATED, () => ({}), {
    onReady: setReady,
    onData: () => plugins.reload(),
    onResumed: () => plugins.reload(),
  })
  return (
    <Page
      title={t.plugins.title}
      subtitle={t.plugins.subtitle}
      actions={mayAdminister && <Button onClick={() => setInstalling(true)}>{t.plugins.install}</Button>}
    >
      {installing && <InstallDialog onClose={() => setInstalling(false)} />}
      {plugins.error && <Failure error={plugins.error} onRetry={plugins.reload} />}
      {!plugins.data && !plugins.error && <RowsSkeleton />}
      {plugins.data && plugins.nodes.length === 0 && (
        <Empty icon="plugins" title={t.plugins.emptyTitle} text={t.plugins.emptyText} />
      )}
      <ul className={styles.grid}>
        {plugins.nodes.map(plugin => (
          <li key={plugin.id}>
            <PluginCard plugin={plugin} />
          </li>
        ))}
      </ul>
      {plugins.hasMore && <MoreButton list={plugins} />}
    </Page>
  )
}

function PluginCard({ plugin }: { plugin: PluginRow }) {
  const { t } = useLanguage()
  return (
    <Link to={`/plugins/${encodeURIComponent(plugin.id)}`} className={styles.card}>
      <span className={styles.cardHead}>
        <strong>{plugin.title}</strong>
        <Status tone={plugin.status === 'ENABLED' ? 'good' : 'wait'} label={t.plugins.statuses[plugin.status]} />
      </span>
      <span className={styles.id}>
        <code>{plugin.pluginId}</code> {t.plugins.version(plugin.version)} · {plugin.publisher}
      </span>
      <span className={styles.description}>
        {plugin.description}
        {plugin.statusReason && <span className={styles.cardReason}>{plugin.statusReason}</span>}
      </span>
      <span className={styles.counts}>
        {[
          t.plugins.count(plugin.actions.length),
          t.plugins.permissionCount(plugin.permissions.length),
          ...plugin.provides.map(service => t.plugins.providesText(service)),
        ].join(' · ')}
      </span>
    </Link>
  )
}
