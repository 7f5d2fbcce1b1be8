import { type Command, defineCommand, type Flag, UsageError } from './command.ts'
import { openSession } from './host-session.ts'
import { operateEach } from './operate-one.ts'
import { BULK_FLAGS, operateMany } from './operate-many.ts'
import type { Operation, OperationInput } from './operation-words.ts'
import { checkFilter, isFiltered } from './run-filter-flags.ts'

/** Of one command each; the others do not know them. */
const OWN_FLAGS = {
  reason: { type: 'string', value: '<text>', help: 'why, for whoever reads it later' },
  from: { type: 'string', value: '<step path>', help: 'the first step that is done anew, as score or each[3].send' },
  current: { type: 'boolean', help: 'with the version that is published now, instead of that of the run' },
} as const satisfies Record<string, Flag>

const ABOUT_MANY =
  'With a filter instead of ids it does so to all runs that fit, a hundred at a time: it says first how many those are, and asks.\nCtrl-C stops it after what is under way, and it says how to go on. Exit code 1 where any was refused, 130 after Ctrl-C.'

export const runCancel = operateCommand(
  'cancel',
  '[--reason <text>]',
  `Asks runs to stop: they begin no further step, what is being sent has three seconds for its answer, then their finally runs.\n${ABOUT_MANY}`,
)
export const runRestart = operateCommand(
  'restart',
  '',
  `Lets runs that failed or were cancelled go on: what failed is tried again under the same keys, what was done stays done.\n${ABOUT_MANY}`,
)
export const runReplay = operateCommand(
  'replay',
  '--from <step path> [--current]',
  `Starts new runs from a step of runs that are over: what came before is reused and not sent again, the step and what follows\nis done and sent anew. trae run show lists the paths of a run.\n${ABOUT_MANY}\nBy filter, a run that has a replay already is left out.`,
)
export const runRelease = operateCommand(
  'release',
  '',
  `Lets runs out of quarantine: they go on where they stood. Where nobody knows whether an effect arrived, trae run decide\nsays so first.\n${ABOUT_MANY}`,
)

function operateCommand(operation: Operation, own: string, about: string): Command {
  const flags: Readonly<Record<string, Flag>> = {
    ...(operation === 'cancel' ? { reason: OWN_FLAGS.reason } : {}),
    ...(operation === 'replay' ? { from: OWN_FLAGS.from, current: OWN_FLAGS.current } : {}),
    ...BULK_FLAGS,
  }
  return defineCommand<typeof OWN_FLAGS & typeof BULK_FLAGS>({
    usage: `run ${operation} <id>… | <filter>${own === '' ? '' : ` ${own}`} [--yes]`,
    about,
    flags: flags as typeof OWN_FLAGS & typeof BULK_FLAGS,
    positionals: { least: 0, most: 100 },
    async run({ flags, positionals, terminal }) {
      checkFilter(flags)
      const isMany = isFiltered(flags) || flags.all === true
      if (isMany && positionals.length > 0)
        throw new UsageError(`trae run ${operation} takes ids or a filter, not both. Nothing was done.`)
      if (!isMany && positionals.length === 0)
        throw new UsageError(
          `Say which: an id, a filter such as --playbook <slug> --status failed, or --all. trae run list shows what fits.`,
        )
      if (operation === 'replay' && flags.from === undefined)
        throw new UsageError('Say from where: --from <step path>; trae run show lists the paths of a run.')
      const input: OperationInput =
        operation === 'cancel'
          ? { reason: flags.reason }
          : operation === 'replay'
            ? { fromPath: flags.from, version: flags.current === true ? 'CURRENT' : 'ORIGIN' }
            : {}
      const session = await openSession()
      return isMany
        ? operateMany(session, terminal, operation, flags, input)
        : operateEach(session, terminal, operation, positionals, input)
    },
  })
}
