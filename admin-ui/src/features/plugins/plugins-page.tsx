import { Button } from '@mantine/core'
import { useState } from 'react'
import type { InstallationStatus } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, useParameter } from '../../router.tsx'
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
  const [search, setSearch] = useParameter('q')
  const [status, setStatus] = useParameter('status')
  const filter = { ...(search && { search }), ...(status && { statuses: [status as InstallationStatus] }) }
  const plugins = useList(PLUGINS, { filter }, ready)
  const filtered = search !== '' || status !== ''
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
      <FilterBar>
        <Search label={t.plugins.searchLabel} value={search} onChange={setSearch} />
        <Choice label={t.leads.status} values={t.plugins.statuses} value={status} onChange={setStatus} />
      </FilterBar>
      {plugins.error && <Failure error={plugins.error} onRetry={plugins.reload} />}
      {!plugins.data && !plugins.error && <RowsSkeleton />}
      {plugins.data && plugins.nodes.length === 0 && (
        <Empty
          icon={filtered ? 'search' : 'plugins'}
          title={filtered ? t.plugins.noMatchTitle : t.plugins.emptyTitle}
          text={filtered ? t.plugins.noMatchText : t.plugins.emptyText}
        />
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
          ...[...Map.groupBy(plugin.provides, name => name.split('/')[0]!)].map(([service, names]) =>
            t.plugins.providesText(`${service} (${names.map(name => name.split('/')[1]).join(', ')})`),
          ),
        ].join(' · ')}
      </span>
    </Link>
  )
}
