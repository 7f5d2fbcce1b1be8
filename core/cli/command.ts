import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { didYouMean } from '../did-you-mean.ts'
import type { Terminal } from './terminal.ts'

/** One flag, with the line that `--help` shows for it. */
export interface Flag {
  readonly type: 'string' | 'boolean'
  readonly help: string
  /** May it be given several times? */
  readonly multiple?: true
  /** What stands for the value in the help: `<email>`. */
  readonly value?: string
}
type Flags = Readonly<Record<string, Flag>>

export interface CommandInput<F extends Flags = Flags> {
  readonly flags: { readonly [Name in keyof F]: FlagValue<F[Name]> | undefined }
  readonly positionals: readonly string[]
  readonly terminal: Terminal
}

type FlagValue<F extends Flag> = F['type'] extends 'boolean'
  ? boolean
  : F extends { multiple: true }
    ? string[]
    : string

export interface Command<F extends Flags = Flags> {
  /** What follows `trae`: `playbook check <files…>`. */
  readonly usage: string
  /** A few sentences for `--help`. */
  readonly about: string
  readonly flags: F
  /** How many positional arguments it takes. */
  readonly positionals: { readonly least: number; readonly most: number }
  /** Does it; answers the exit code. */
  run(input: CommandInput<F>): Promise<number>
}

/** A command whose `run` is typed by its flags. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command {
  return command as unknown as Command
}

/** Typed wrongly on the command line: said without a stack, exit code 2. */
export class UsageError extends Error {}

/** Flags that every command takes. */
export const COMMON_FLAGS = {
  json: { type: 'boolean', help: 'answer in JSON, for programs' },
  help: { type: 'boolean', help: 'explain this command' },
} as const satisfies Flags

/** Reads the arguments of a command. Throws `UsageError` naming what is wrong and what was probably meant. */
export function parseCommand(command: Command, args: readonly string[]): Omit<CommandInput, 'terminal'> {
  const flags: Flags = { ...command.flags, ...COMMON_FLAGS }
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(flags).map(([name, { type, multiple = false }]) => [
      name,
      { type, multiple, ...(name === 'help' ? { short: 'h' } : {}) },
    ]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue
    throw new UsageError(
      `trae ${words(command)} knows no ${token.rawName}${suggest(token.name, Object.keys(flags), '--')}`,
    )
  }
  const { values, positionals } = parseStrictly(command, args, options)
  const { least, most } = command.positionals
  if (values['help'] !== true && (positionals.length < least || positionals.length > most))
    throw new UsageError(`Usage: trae ${command.usage}`)
  return { flags: values as CommandInput['flags'], positionals }
}

function parseStrictly(command: Command, args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
  } catch (error) {
    if (!(error instanceof TypeError) || !(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS'))
      throw error
    throw new UsageError(`trae ${words(command)}: ${error.message.split('\n')[0]}`)
  }
}

/** What `trae <command> --help` prints. */
export function helpOf(command: Command): string {
  const flags = Object.entries<Flag>({ ...command.flags, ...COMMON_FLAGS }).map(
    ([name, flag]) => [`--${name}${flag.value ? ` ${flag.value}` : ''}`, flag.help] as const,
  )
  const width = Math.max(...flags.map(([left]) => left.length))
  return [
    `Usage: trae ${command.usage}`,
    '',
    command.about,
    '',
    ...flags.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
  ].join('\n')
}

/** `; did you mean --event?`, or what there is. */
export function suggest(written: string, known: readonly string[], prefix = ''): string {
  const meant = didYouMean(written, known)
  return meant ? `; did you mean ${prefix}${meant}?` : `. There is: ${known.map(name => prefix + name).join(', ')}.`
}

const words = (command: Command) => command.usage.split(/ [<[-]/)[0]
