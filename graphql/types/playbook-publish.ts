import { TraeError } from '../../core/errors.ts'
import type { Diagnostic } from '../../core/playbooks/diagnostic.ts'
import { publishedText } from '../../core/publishing/chosen-text.ts'
import type { PlaybookRecord, VersionRecord } from '../../core/publishing/playbook-record.ts'
import { IN_FLIGHT_POLICIES, type InFlightOutcome } from '../../core/publishing/move-runs.ts'
import { type Publication, publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { rollbackPlaybook } from '../../core/publishing/rollback-playbook.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { present } from '../loaders.ts'
import { rowId } from '../node-id.ts'
import { currentPlaybook } from './playbook-draft.ts'
import { FinishingRef, testsArg, testsOf, textArgs } from './playbook-impact.ts'
import { DiagnosticRef, PlaybookVersionRef } from './playbook-version.ts'
import { PlaybookRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const InFlightPolicyRef = builder.enumType('InFlightPolicy', {
  description: 'What becomes of the runs under way when a version is published.',
  values: {
    FINISH: { value: IN_FLIGHT_POLICIES[0], description: 'They finish on their version.' },
    MIGRATE: {
      value: IN_FLIGHT_POLICIES[1],
      description:
        'Those whose steps so far are all still there go on with the new version; the others finish on theirs.',
    },
    RESTART: {
      value: IN_FLIGHT_POLICIES[2],
      description:
        'They are cancelled and begin anew for the same event. What a step that is still there has sent is not sent again; waits begin anew.',
    },
  },
})

const InFlightOutcomeRef = builder.objectRef<InFlightOutcome>('InFlightOutcome').implement({
  description: 'What became of the runs under way.',
  fields: t => ({
    policy: t.field({ type: InFlightPolicyRef, description: 'What was wanted.', resolve: ({ policy }) => policy }),
    moved: t.exposeInt('moved', { description: 'Runs that go on with the new version, or were begun anew.' }),
    finishing: t.field({
      type: [FinishingRef],
      description: 'Runs that stay on their version, and why.',
      resolve: ({ finishing }) => [...finishing],
    }),
  }),
})

interface Published {
  readonly playbook: PlaybookRecord
  readonly version: VersionRecord
  readonly changed: boolean
  readonly inFlight: InFlightOutcome
  readonly diagnostics: readonly Diagnostic[]
}

const PublishPayload = (name: string, description: string) =>
  builder.objectRef<Outcome<Published>>(name).implement({
    description,
    fields: t => ({
      playbook: t.field({
        type: PlaybookRef,
        nullable: true,
        description: 'The playbook as it is now.',
        resolve: payload => payload.playbook,
      }),
      version: t.field({
        type: PlaybookVersionRef,
        nullable: true,
        description: 'The version that is in force.',
        resolve: payload => payload.version,
      }),
      changed: t.boolean({
        description: 'False where this text, with these plugins, was in force already, or nothing was published.',
        resolve: payload => payload.changed ?? false,
      }),
      inFlight: t.field({
        type: InFlightOutcomeRef,
        nullable: true,
        description: 'What became of the runs under way.',
        resolve: payload => payload.inFlight,
      }),
      diagnostics: t.field({
        type: [DiagnosticRef],
        description: 'What the check found, and what failed of the tests, also where it stopped the publish.',
        resolve: payload => [...(payload.diagnostics ?? [])],
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way; STALE_VERSION where another text or version is there than you looked at.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

const expectedNumber =
  'The number of the published version that you looked at, 0 for none; another one by now stops the publish.'

const PlaybookPublishInput = builder.inputType('PlaybookPublishInput', {
  description: 'What to publish, and how.',
  fields: t => ({
    playbookId: t.id({ required: true, description: 'The playbook.' }),
    source: t.string({ description: 'A text in place of the draft.' }),
    tests: t.string({ description: testsArg }),
    draftSourceHash: t.string({ description: 'The draft must be this one.' }),
    expectedNumber: t.int({ description: expectedNumber }),
    note: t.string({ description: 'What is to be said of it, at most 1000 characters.' }),
    inFlight: t.field({ type: InFlightPolicyRef, description: 'FINISH without it.' }),
  }),
})

builder.mutationField('playbookPublish', t =>
  t.field({
    type: PublishPayload('PlaybookPublishPayload', 'A playbook that was published.'),
    ...guarded('playbooks:write', 'Makes the draft, or another text, the version that new runs take.'),
    args: { input: t.arg({ type: PlaybookPublishInput, required: true, description: 'What.' }) },
    resolve: (_root, { input }, c) =>
      published(c, async () => {
        const id = rowId('Playbook', input.playbookId)
        const workspaceId = workspaceOf(c)
        const hash = input.draftSourceHash ?? undefined
        const { slug, source } = await publishedText(c.core, workspaceId, id, textArgs({ source: input.source }), hash)
        return publishPlaybook(c.core, workspaceId, source, {
          ...optionsOf(c, input),
          tests: testsOf(input.tests),
          slug,
          file: slug,
        })
      }),
  }),
)

const PlaybookRollbackInput = builder.inputType('PlaybookRollbackInput', {
  description: 'Where to go back to.',
  fields: t => ({
    playbookId: t.id({ required: true, description: 'The playbook.' }),
    toVersionId: t.id({ required: true, description: 'The version whose text is to be in force again.' }),
    expectedNumber: t.int({ description: expectedNumber }),
    note: t.string({ description: 'Why, at most 1000 characters.' }),
    inFlight: t.field({ type: InFlightPolicyRef, description: 'FINISH without it.' }),
  }),
})

builder.mutationField('playbookRollback', t =>
  t.field({
    type: PublishPayload('PlaybookRollbackPayload', 'A playbook that went back.'),
    ...guarded('playbooks:write', 'Publishes the text of an older version again, as a new version.'),
    args: { input: t.arg({ type: PlaybookRollbackInput, required: true, description: 'Where to.' }) },
    resolve: (_root, { input }, c) =>
      published(c, () =>
        rollbackPlaybook(
          c.core,
          workspaceOf(c),
          rowId('Playbook', input.playbookId),
          rowId('PlaybookVersion', input.toVersionId),
          optionsOf(c, input),
        ),
      ),
  }),
)

function optionsOf(
  c: Context,
  input: {
    readonly note?: string | null | undefined
    readonly expectedNumber?: number | null | undefined
    readonly inFlight?: InFlightOutcome['policy'] | null | undefined
  },
) {
  const note = input.note?.trim()
  if (note !== undefined && note.length > 1000)
    throw new TraeError('BAD_USER_INPUT', `A note may have 1000 characters, found ${note.length}.`)
  return {
    note: note === '' ? undefined : note,
    expected: input.expectedNumber ?? undefined,
    inFlight: input.inFlight ?? undefined,
    by: viewerOf(c).userId,
  }
}

/** Errors in the text are told as findings too, not only as one long message. */
async function published(c: Context, work: () => Promise<Publication>): Promise<Outcome<Published>> {
  let found: readonly Diagnostic[] = []
  const payload = await outcome<Published>(
    { playbook: null, version: null, changed: null, inFlight: null, diagnostics: null },
    async () => {
      const done = await work().catch(error => {
        if (error instanceof TraeError && error.code === 'PLAYBOOK')
          found = (error.details?.['diagnostics'] as readonly Diagnostic[] | undefined) ?? []
        throw error
      })
      c.loaders.version.clear(done.versionId)
      return {
        playbook: await currentPlaybook(c, done.playbookId),
        version: await present(c.loaders.version.load(done.versionId), 'A version'),
        changed: done.changed,
        inFlight: done.inFlight,
        diagnostics: done.diagnostics,
      }
    },
  )
  return { ...payload, diagnostics: payload.diagnostics ?? found }
}
