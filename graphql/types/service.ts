import { describeServices, type ProviderState, type ServiceState } from '../../core/plugins/describe-services.ts'
import { describeInstallation } from '../../core/plugins/describe-installation.ts'
import { requireService } from '../../core/plugins/bind-service.ts'
import type { ServiceAction } from '../../core/plugins/services.ts'
import { rebindService } from '../../core/runs/rebind-service.ts'
import { recentChoices, RUNS_LOOKED_AT, type ServiceChoice } from '../../core/runs/recent-choices.ts'
import { z } from 'zod'
import { accepted } from '../accepted.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { RunRef } from './refs.ts'
import { RunStepRef } from './run-step.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const ServiceProviderStatus = builder.enumType('ServiceProviderStatus', {
  description: 'Can a provider be asked now?',
  values: described(['READY', 'DISABLED', 'NOT_CONNECTED', 'REMOVED'], {
    READY: 'Yes.',
    DISABLED: 'No: its plugin is disabled.',
    NOT_CONNECTED: 'No: it has no account that works.',
    REMOVED: 'No: its plugin is not installed any more.',
  }),
})

const ServiceProviderRef = builder.objectRef<ProviderState>('ServiceProvider').implement({
  description: 'A plugin that provides a service, or could.',
  fields: t => ({
    pluginId: t.exposeString('pluginId', { description: 'The plugin.' }),
    title: t.string({
      description: 'Its name for people, in this language where the plugin has it.',
      args: { locale: t.arg.string({ defaultValue: 'en', description: 'As pt-BR.' }) },
      resolve: ({ installation, pluginId }, { locale }) =>
        installation ? describeInstallation(installation, locale ?? 'en').title : pluginId,
    }),
    account: t.exposeString('account', {
      nullable: true,
      description: 'Which of its accounts it is asked with; null: its default, or it uses none.',
    }),
    accounts: t.exposeStringList('accounts', { description: 'The names of the accounts that it has.' }),
    condition: t.exposeString('condition', {
      nullable: true,
      description: 'When it is asked: CEL over lead and inputs; null: always.',
    }),
    status: t.field({ type: ServiceProviderStatus, description: 'Can it be asked now?', resolve: one => one.status }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it is not ready, where that is known.' }),
    actions: t.exposeStringList('actions', { description: 'Which actions of the service it has.' }),
  }),
})

const ServiceActionRef = builder.objectRef<ServiceAction & { readonly name: string }>('ServiceAction').implement({
  description: 'One action of a service, as its contract says.',
  fields: t => ({
    name: t.exposeString('name', { description: 'As in uses: email/send.' }),
    title: t.exposeString('title', { description: 'For people.' }),
    description: t.exposeString('description', { description: 'What it does, and what it never does.' }),
    effect: t.exposeString('effect', { description: 'read, write or send.' }),
    inputSchema: t.field({ type: 'JSON', description: 'JSON Schema of what it takes.', resolve: ({ input }) => input }),
    outputSchema: t.field({
      type: 'JSON',
      description: 'JSON Schema of what it gives at least.',
      resolve: ({ output }) => output,
    }),
  }),
})

const ServiceRef = builder.objectRef<ServiceState>('Service').implement({
  description: 'A contract that playbooks use instead of a vendor, and who fills it in this workspace.',
  fields: t => ({
    name: t.string({ description: 'As in uses: email/send.', resolve: ({ service }) => service.id }),
    version: t.string({ description: 'Of the contract.', resolve: ({ service }) => service.version }),
    title: t.string({ description: 'For people, in English.', resolve: ({ service }) => service.title }),
    description: t.string({
      description: 'What it is for, in English.',
      resolve: ({ service }) => service.description,
    }),
    actions: t.field({
      type: [ServiceActionRef],
      description: 'What playbooks can ask of it.',
      resolve: ({ service }) => Object.entries(service.actions).map(([name, action]) => ({ ...action, name })),
    }),
    providers: t.field({
      type: [ServiceProviderRef],
      description: 'Who is asked, in this order: the first that can, whose condition holds and that is not down.',
      resolve: ({ providers }) => [...providers],
    }),
    others: t.field({
      type: [ServiceProviderRef],
      description: 'Plugins that are installed, could provide it, and are not asked.',
      resolve: ({ others }) => [...others],
    }),
    missing: t.exposeStringList('missing', { description: 'Actions that nobody can do now.' }),
  }),
})

const servicesOf = (c: Context) => describeServices(c.core, workspaceOf(c))

builder.queryField('services', t =>
  t.field({
    type: [ServiceRef],
    ...guarded('installations:read', 'Every service, and who provides it here.'),
    resolve: (_root, _args, c) => servicesOf(c),
  }),
)

const ServiceChoiceRef = builder.objectRef<ServiceChoice>('ServiceChoice').implement({
  description: 'Whom a step asked for a service.',
  fields: t => ({
    pluginId: t.exposeString('pluginId', {
      nullable: true,
      description: 'Who was asked in the end; null where nobody could.',
    }),
    step: t.field({
      type: RunStepRef,
      description: 'The step, with who was passed over and why.',
      resolve: ({ step }) => step,
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      description: 'Its run.',
      resolve: ({ runId }, _args, c) => c.loaders.run.load(runId),
    }),
  }),
})

builder.queryField('serviceChoices', t =>
  t.field({
    type: [ServiceChoiceRef],
    ...guarded(
      'runs:read',
      `Whom the steps of the newest ${RUNS_LOOKED_AT} runs asked for a service, newest run first.`,
    ),
    args: {
      service: t.arg.string({ required: true, description: 'Its name, as email.' }),
      most: t.arg.int({ defaultValue: 20, description: 'How many, 1 to 100.' }),
    },
    resolve: (_root, { service, most }, c) =>
      recentChoices(
        c.core,
        workspaceOf(c),
        requireService(service).id,
        accepted(z.int().min(1).max(100), most ?? 20, 'most'),
      ),
  }),
)

const ServiceProviderInput = builder.inputType('ServiceProviderInput', {
  description: 'Who provides a service, and when.',
  fields: t => ({
    pluginId: t.string({ required: true, description: 'A plugin that provides the service and is installed.' }),
    account: t.string({
      description: 'Which of its accounts; its default without it. Two accounts are two providers.',
    }),
    condition: t.string({
      description: 'CEL over lead (of the run) and inputs (what the step gives), as lead.phone. Without it: always.',
    }),
  }),
})
const ServiceBindInput = builder.inputType('ServiceBindInput', {
  description: 'Who provides a service from now on.',
  fields: t => ({
    service: t.string({ required: true, description: 'Its name, as email.' }),
    providers: t.field({
      type: [ServiceProviderInput],
      required: true,
      description: 'In the order in which they are asked, in place of all there were. At least one, at most ten.',
    }),
  }),
})
const ServiceBindPayload = builder.objectRef<Outcome<{ service: ServiceState }>>('ServiceBindPayload').implement({
  description: 'A service and who provides it now.',
  fields: t => ({
    service: t.field({
      type: ServiceRef,
      nullable: true,
      description: 'As it is now.',
      resolve: ({ service }) => service,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
builder.mutationField('serviceBind', t =>
  t.field({
    type: ServiceBindPayload,
    ...guarded(
      'installations:write',
      'Says who provides a service. It holds for every step that begins from now on; an effect that has begun stays with whom it was asked of.',
    ),
    args: { input: t.arg({ type: ServiceBindInput, required: true, description: 'Who, in which order.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ service: null }, async () => {
        const { id } = requireService(input.service)
        await rebindService(c.core, workspaceOf(c), id, input.providers, { by: viewerOf(c).userId })
        return { service: (await servicesOf(c)).find(({ service }) => service.id === id)! }
      }),
  }),
)
