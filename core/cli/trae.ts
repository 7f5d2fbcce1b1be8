import { createRequire } from 'node:module'
import { errorRecord, TraeError } from '../errors.ts'
import { type Command, helpOf, parseCommand, suggest, UsageError } from './command.ts'
import { inColumns, openTerminal } from './terminal.ts'

/** Every command: its words, a line for the overview, and its file, which is read only when it is called. */
const COMMANDS: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Command> }>> = {
  start: { about: 'run TRAE OS', load: async () => (await import('./start.ts')).start },
  doctor: {
    about: 'look at this installation and say what is missing',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  build: {
    about: 'build plugins, admin UI, the prepared database and bundled dependencies',
    load: async () => (await import('./build.ts')).build,
  },
  'playbook check': {
    about: 'check playbook files, without a host',
    load: async () => (await import('./playbook-check.ts')).playbookCheck,
  },
  'playbook test': {
    about: 'run the tests of playbooks, without a host',
    load: async () => (await import('./playbook-test.ts')).playbookTest,
  },
  'playbook test-from-run': {
    about: 'make a test from a run of the host',
    load: async () => (await import('./playbook-test-from-run.ts')).playbookTestFromRun,
  },
  'playbook simulate': {
    about: 'see what a draft would have done',
    load: async () => (await import('./playbook-simulate.ts')).playbookSimulate,
  },
  'playbook run': {
    about: 'set a playbook going and watch its steps',
    load: async () => (await import('./playbook-run.ts')).playbookRun,
  },
  'playbook publish': {
    about: 'publish a file to the running host, or say what it would change',
    load: async () => (await import('./playbook-publish.ts')).playbookPublish,
  },
  'playbook require-tests': {
    about: 'say what the host asks of tests before it publishes, or set it',
    load: async () => (await import('./playbook-require-tests.ts')).playbookRequireTests,
  },
  'playbook versions': {
    about: 'what was published, when and by whom',
    load: async () => (await import('./playbook-versions.ts')).playbookVersions,
  },
  'playbook rollback': {
    about: 'go back to an older version',
    load: async () => (await import('./playbook-rollback.ts')).playbookRollback,
  },
  'playbook pause': {
    about: 'let a playbook start no runs',
    load: async () => (await import('./playbook-status.ts')).playbookPause,
  },
  'playbook resume': {
    about: 'let it start runs again',
    load: async () => (await import('./playbook-status.ts')).playbookResume,
  },
  'service list': {
    about: 'who provides which service',
    load: async () => (await import('./service.ts')).serviceList,
  },
  'service bind': {
    about: 'say who provides a service, in order and by rule',
    load: async () => (await import('./service.ts')).serviceBind,
  },
  'run list': {
    about: 'runs of the running host, by status, playbook, lead, reason, time',
    load: async () => (await import('./run-list.ts')).runList,
  },
  'run show': {
    about: 'what a run did, where its time went, and what it waits for',
    load: async () => (await import('./run-show.ts')).runShow,
  },
  'run cancel': {
    about: 'ask runs to stop, one or all that fit a filter',
    load: async () => (await import('./run-operate.ts')).runCancel,
  },
  'run restart': {
    about: 'let runs go on that failed or were cancelled',
    load: async () => (await import('./run-operate.ts')).runRestart,
  },
  'run replay': {
    about: 'start new runs from a step of runs that are over',
    load: async () => (await import('./run-operate.ts')).runReplay,
  },
  'run release': {
    about: 'let runs out of quarantine',
    load: async () => (await import('./run-operate.ts')).runRelease,
  },
  'run decide': {
    about: 'say what became of an effect that nobody knows of',
    load: async () => (await import('./run-decide.ts')).runDecide,
  },
  'plugin list': {
    about: 'what is installed, or built',
    load: async () => (await import('./plugin-list.ts')).pluginList,
  },
  'plugin install': {
    about: 'install a plugin from npm, a tarball or a folder, after you have seen what it may do',
    load: async () => (await import('./plugin-install.ts')).pluginInstall,
  },
  'plugin update': {
    about: 'take the newest version of a plugin',
    load: async () => (await import('./plugin-update.ts')).pluginUpdate,
  },
  'plugin enable': {
    about: 'let a plugin be called again',
    load: async () => (await import('./plugin-life.ts')).pluginEnable,
  },
  'plugin disable': {
    about: 'keep a plugin from being called',
    load: async () => (await import('./plugin-life.ts')).pluginDisable,
  },
  'plugin remove': {
    about: 'remove a plugin',
    load: async () => (await import('./plugin-life.ts')).pluginRemove,
  },
  'plugin lock': {
    about: 'write down which plugins there are, with their hashes',
    load: async () => (await import('./plugin-lock.ts')).pluginLock,
  },
  'plugin verify': {
    about: 'hash what is stored of the plugins, and compare',
    load: async () => (await import('./plugin-lock.ts')).pluginVerify,
  },
  'plugin new': {
    about: 'make a folder with a plugin that works',
    load: async () => (await import('./plugin-new.ts')).pluginNew,
  },
  'plugin check': {
    about: 'say what an installation will say, and what readers will miss',
    load: async () => (await import('./plugin-check.ts')).pluginCheck,
  },
  'plugin test': {
    about: 'run the tests of a plugin in the real sandbox',
    load: async () => (await import('./plugin-test.ts')).pluginTest,
  },
  'plugin dev': {
    about: 'bring a plugin into the running host again after every change',
    load: async () => (await import('./plugin-dev.ts')).pluginDev,
  },
  'plugin build': {
    about: 'make a package of a plugin',
    load: async () => (await import('./plugin-build.ts')).pluginBuild,
  },
  'plugin pack': {
    about: 'make the tarball that is installed and published',
    load: async () => (await import('./plugin-pack.ts')).pluginPack,
  },
  'plugin publish': {
    about: 'say what would be published',
    load: async () => (await import('./plugin-publish.ts')).pluginPublish,
  },
  'credential list': {
    about: 'accounts that plugins use, and whether they are connected',
    load: async () => (await import('./credential.ts')).credentialList,
  },
  'credential connect': {
    about: 'connect an account, its secrets from stdin or the environment',
    load: async () => (await import('./credential-connect.ts')).credentialConnect,
  },
  'credential test': {
    about: 'ask the vendor whether it takes an account',
    load: async () => (await import('./credential.ts')).credentialTest,
  },
  'credential rename': {
    about: 'give an account another name',
    load: async () => (await import('./credential.ts')).credentialRename,
  },
  'credential make-default': {
    about: 'say which account is used where nobody says which',
    load: async () => (await import('./credential.ts')).credentialMakeDefault,
  },
  'credential disconnect': {
    about: 'forget an account and its secrets',
    load: async () => (await import('./credential.ts')).credentialDisconnect,
  },
  'keys list': {
    about: 'which encryption keys there are, by their ids',
    load: async () => (await import('./keys.ts')).keysList,
  },
  'keys status': {
    about: 'what is sealed by which key, and which key may go',
    load: async () => (await import('./keys.ts')).keysStatus,
  },
  'keys rotate': {
    about: 'let the newest encryption key take over from the older ones',
    load: async () => (await import('./keys.ts')).keysRotate,
  },
  'memory status': {
    about: 'the shared memory and its vectors',
    load: async () => (await import('./memory.ts')).memoryStatus,
  },
  'memory move': {
    about: 'move the vectors to another store',
    load: async () => (await import('./memory.ts')).memoryMove,
  },
  'api-key list': { about: 'API keys of the running host', load: async () => (await import('./api-key.ts')).keyList },
  'api-key create': {
    about: 'make an API key, which is shown once',
    load: async () => (await import('./api-key.ts')).keyCreate,
  },
  'api-key revoke': { about: 'end an API key', load: async () => (await import('./api-key.ts')).keyRevoke },
  'audit verify': {
    about: 'find out whether the audit log is as it was written',
    load: async () => (await import('./audit.ts')).auditVerify,
  },
  'audit export': {
    about: 'print the audit log as JSON lines',
    load: async () => (await import('./audit.ts')).auditExport,
  },
  'privacy export': {
    about: 'all that is known of a person, as JSON',
    load: async () => (await import('./privacy.ts')).privacyExport,
  },
  'privacy erase': {
    about: 'forget a person, for good',
    load: async () => (await import('./privacy.ts')).privacyErase,
  },
  'privacy erased': {
    about: 'print every erasure, without names, to keep beside the backups',
    load: async () => (await import('./privacy-erasures.ts')).privacyErased,
  },
  'privacy reapply': {
    about: 'erase again who came back with a backup',
    load: async () => (await import('./privacy-erasures.ts')).privacyReapply,
  },
  backup: {
    about: 'write the whole database to a sealed file',
    load: async () => (await import('./backup.ts')).backup,
  },
  'backup verify': {
    about: 'find out whether a backup can be restored',
    load: async () => (await import('./backup.ts')).backupVerify,
  },
  restore: {
    about: 'put a backup into the database, all of it or nothing',
    load: async () => (await import('./restore.ts')).restore,
  },
  'lead add': { about: 'hand a lead in', load: async () => (await import('./lead-add.ts')).leadAdd },
}

/** Runs what the command line says. Exit codes: 0 done, 1 failed, 2 typed wrongly. */
async function main(args: readonly string[]): Promise<number> {
  const json = args.includes('--json')
  try {
    const found = await findCommand(args)
    if (typeof found === 'string') return say(found)
    const { command, rest } = found
    const input = parseCommand(command, rest)
    if (input.flags['help']) return say(helpOf(command))
    return await command.run({ ...input, terminal: openTerminal(json) })
  } catch (error) {
    return complain(error, json)
  }
}

async function findCommand(args: readonly string[]): Promise<{ command: Command; rest: readonly string[] } | string> {
  const words = args.filter(arg => !arg.startsWith('-'))
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(' ')
    if (args.length >= length && Object.hasOwn(COMMANDS, name))
      return { command: await COMMANDS[name]!.load(), rest: args.slice(length) }
  }
  if (args.some(arg => arg === '--version' || arg === '-v') && words.length === 0) return version()
  const group = Object.keys(COMMANDS).filter(name => name.startsWith(`${words[0]} `))
  const helpWanted = args.some(arg => arg === '--help' || arg === '-h' || arg === 'help')
  if (words.length === 0 || words[0] === 'help' || (helpWanted && group.length > 0 && words.length === 1)) {
    if (words.length === 0 && args.length > 0 && !helpWanted)
      throw new UsageError(`trae knows no ${args[0]}${suggest(args[0]!.replace(/^-+/, ''), ['help', 'version'], '--')}`)
    return overview(group.length > 0 ? group : Object.keys(COMMANDS))
  }
  if (group.length > 0)
    throw new UsageError(
      words.length === 1
        ? `trae ${words[0]} needs one more word: ${group.map(name => name.split(' ')[1]).join(', ')}.`
        : `There is no command trae ${words[0]} ${words[1]}${suggest(
            words[1]!,
            group.map(name => name.split(' ')[1]!),
          )}`,
    )
  const first = [...new Set(Object.keys(COMMANDS).map(name => name.split(' ')[0]!))]
  throw new UsageError(`There is no command trae ${words[0]}${suggest(words[0]!, first)}`)
}

function overview(names: readonly string[]): string {
  return [
    'Usage: trae <command> [flags]',
    '',
    inColumns(names.map(name => [name, COMMANDS[name]!.about])),
    '',
    'trae <command> --help explains one of them; --json answers in JSON.',
  ].join('\n')
}

function version(): string {
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}

/** What is expected to go wrong is a sentence; everything else is a bug and keeps its stack. */
function complain(error: unknown, json: boolean): number {
  const usage = error instanceof UsageError
  if (json) {
    const record = usage ? { code: 'USAGE', message: error.message, retryable: false } : errorRecord(error)
    process.stdout.write(`${JSON.stringify({ error: record })}\n`)
  } else if (usage || error instanceof TraeError) process.stderr.write(`${error.message}\n`)
  else
    process.stderr.write(`TRAE OS met an error of its own:\n${error instanceof Error ? error.stack : String(error)}\n`)
  return usage ? 2 : 1
}

process.exit(await main(process.argv.slice(2)))
