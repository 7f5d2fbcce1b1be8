import { askForBackup, type BackupState, nightsAround, readBackupState } from '../../core/backup/backup-state.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const BackupsRef = builder.objectRef<BackupState>('Backups').implement({
  description: 'How the backups stand that the host takes by itself: of all workspaces, every night after 03:00 UTC.',
  fields: t => ({
    takenAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The moment that the last one is of.',
      resolve: state => state.takenAt,
    }),
    file: t.exposeString('file', { nullable: true, description: 'Its name in the directory of backups.' }),
    size: t.exposeFloat('size', { nullable: true, description: 'In bytes.' }),
    triedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When one was last restored on trial and compared with what was backed up.',
      resolve: state => state.drilledAt,
    }),
    triedFile: t.exposeString('drilledFile', { nullable: true, description: 'Which one that was.' }),
    askedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When somebody asked for one that is not taken yet.',
      resolve: state => state.wantedAt,
    }),
    nextAt: t.field({
      type: 'DateTime',
      description: 'After when the next is taken that nobody has to ask for.',
      resolve: (_state, _args, c) => nightsAround(c.core.clock.now()).next,
    }),
    problem: t.exposeString('problem', { nullable: true, description: 'Why the last attempt failed.' }),
  }),
})
builder.queryField('backups', t =>
  t.field({
    type: BackupsRef,
    nullable: true,
    ...guarded('backups:read', 'How the host’s own backups stand; null where it takes none.'),
    resolve: async (_root, _args, c) => (await readBackupState(c.core)) ?? null,
  }),
)
const BackupAskInput = builder.inputType('BackupAskInput', {
  description: 'Nothing needs to be said.',
  fields: t => ({ clientMutationId: t.string({ description: 'For the caller; it is not looked at.' }) }),
})
const BackupAskPayload = builder.objectRef<Outcome<{ backups: BackupState }>>('BackupAskPayload').implement({
  description: 'How they stand now, or what stood in the way.',
  fields: t => ({
    backups: t.field({
      type: BackupsRef,
      nullable: true,
      description: 'How they stand now.',
      resolve: result => result.backups,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: result => [...result.userErrors],
    }),
  }),
})
builder.mutationField('backupAsk', t =>
  t.field({
    type: BackupAskPayload,
    ...guarded('backups:write', 'Asks the host for a backup within seconds, besides those of the nights.'),
    args: { input: t.arg({ type: BackupAskInput, required: true, description: 'Nothing needs to be said.' }) },
    resolve: (_root, _args, c) =>
      outcome({ backups: null }, async () => ({
        backups: await askForBackup(c.core, workspaceOf(c), viewerOf(c).userId),
      })),
  }),
)
