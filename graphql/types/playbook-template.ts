import { findPlaybook } from '../../core/publishing/read-playbooks.ts'
import {
  type PlaybookTemplate,
  playbookTemplates,
  type TemplateNeed,
  type TemplateTrigger,
} from '../../core/publishing/templates.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { TriggerKind } from './playbook-trigger.ts'
import { PlaybookRef } from './refs.ts'

const TemplateTriggerRef = builder.objectRef<TemplateTrigger>('PlaybookTemplateTrigger').implement({
  description: 'What starts runs of a template, as its file says.',
  fields: t => ({
    kind: t.field({ type: TriggerKind, description: 'What it is.', resolve: ({ kind }) => kind }),
    what: t.exposeString('what', {
      nullable: true,
      description: 'A type of events, a cron, an interval or an id; null where the kind says all.',
    }),
  }),
})

const TemplateNeedRef = builder.objectRef<TemplateNeed>('PlaybookTemplateNeed').implement({
  description: 'A service or a plugin that the steps of a template use.',
  fields: t => ({
    name: t.exposeString('name', { description: 'As before the / of `uses`.' }),
    isService: t.exposeBoolean('isService', { description: 'False: it is a plugin.' }),
    isThere: t.exposeBoolean('isThere', { description: 'Has this workspace all that is used of it?' }),
  }),
})

const PlaybookTemplateRef = builder.objectRef<PlaybookTemplate>('PlaybookTemplate').implement({
  description: 'A playbook that came with this host, to begin one of your own with.',
  fields: t => ({
    slug: t.exposeString('slug', {
      description: 'The `id` in its file, of a plugin as acme/qualify: give it to playbookCreate as `template`.',
    }),
    plugin: t.exposeString('plugin', {
      nullable: true,
      description: 'The plugin that ships it; null: it came with this host.',
    }),
    name: t.exposeString('name', { description: 'Its name for people.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it does.' }),
    module: t.exposeString('module', { description: 'The module it works for, as pre_vendas.' }),
    source: t.exposeString('source', { description: 'The YAML.' }),
    triggers: t.field({
      type: [TemplateTriggerRef],
      description: 'What starts its runs.',
      resolve: ({ triggers }) => [...triggers],
    }),
    needs: t.field({
      type: [TemplateNeedRef],
      description: 'The services and plugins that its steps use.',
      resolve: ({ needs }) => [...needs],
    }),
    playbook: t.field({
      type: PlaybookRef,
      nullable: true,
      description: 'The playbook of this workspace under the same id.',
      resolve: ({ slug }, _args, c) => findPlaybook(c.core, workspaceOf(c), slug),
    }),
  }),
})

builder.queryField('playbookTemplates', t =>
  t.field({
    type: [PlaybookTemplateRef],
    ...guarded(
      'playbooks:read',
      'The playbooks in the folder of this host, and those that its plugins ship, as templates.',
    ),
    args: { locale: t.arg.string({ defaultValue: 'pt-BR', description: 'The language of their texts: pt-BR or en.' }) },
    resolve: (_root, { locale }, c) => playbookTemplates(c.core, workspaceOf(c), locale ?? 'pt-BR'),
  }),
)
