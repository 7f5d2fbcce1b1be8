import { CEILINGS, type Manifest } from './manifest.ts'

/** What the calls of a plugin may use at most, in plain words, for the person who decides. Portuguese for `pt` and `pt-BR`, else English. */
export function limitsSentence({ limits }: Manifest, locale: string): string {
  const { memoryMb, cpuMs, wallMs, concurrency = CEILINGS.concurrency } = limits
  const isPortuguese = locale.toLowerCase().startsWith('pt')
  const seconds = (ms: number) => `${(ms / 1000).toLocaleString(isPortuguese ? 'pt-BR' : 'en-US')} s`
  return isPortuguese
    ? `Usar em uma chamada até ${memoryMb} MB de memória, ${seconds(cpuMs)} de processador e ${seconds(wallMs)} ao todo; até ${concurrency} ${concurrency === 1 ? 'chamada' : 'chamadas'} ao mesmo tempo.`
    : `Use up to ${memoryMb} MB of memory, ${seconds(cpuMs)} of the processor and ${seconds(wallMs)} in all for a call; up to ${concurrency} ${concurrency === 1 ? 'call' : 'calls'} at the same time.`
}

const LIMITS = ['memoryMb', 'cpuMs', 'wallMs', 'concurrency'] as const

/** A limit that a version has above the one before. */
export interface RaisedLimit {
  readonly name: (typeof LIMITS)[number]
  readonly before: number
  readonly now: number
}

/** What a version may use of the host beyond the one that is installed. */
export function raisedLimits(version: Pick<Manifest, 'limits'>, installed: Pick<Manifest, 'limits'>): RaisedLimit[] {
  const limitOf = ({ limits }: Pick<Manifest, 'limits'>, name: RaisedLimit['name']) =>
    limits[name] ?? CEILINGS.concurrency
  return LIMITS.map(name => ({ name, before: limitOf(installed, name), now: limitOf(version, name) })).filter(
    ({ before, now }) => now > before,
  )
}

/** In plain words. Portuguese for `pt` and `pt-BR`, else English. */
export function raisedSentence(raised: readonly RaisedLimit[], locale: string): string {
  const isPortuguese = locale.toLowerCase().startsWith('pt')
  const { lead, names } = isPortuguese ? RAISED.pt : RAISED.en
  const shown = ({ name }: RaisedLimit, value: number) => {
    if (name === 'memoryMb') return `${value} MB`
    if (name === 'concurrency') return String(value)
    return `${(value / 1000).toLocaleString(isPortuguese ? 'pt-BR' : 'en-US')} s`
  }
  return `${lead} ${raised.map(one => `${names[one.name]} ${shown(one, one.before)} → ${shown(one, one.now)}`).join('; ')}.`
}
const RAISED = {
  en: {
    lead: 'It may use more of this host than the installed version:',
    names: {
      memoryMb: 'memory of a call',
      cpuMs: 'processor of a call',
      wallMs: 'time of a call',
      concurrency: 'calls at once',
    },
  },
  pt: {
    lead: 'Pode usar mais deste servidor que a versão instalada:',
    names: {
      memoryMb: 'memória de uma chamada',
      cpuMs: 'processador de uma chamada',
      wallMs: 'tempo de uma chamada',
      concurrency: 'chamadas ao mesmo tempo',
    },
  },
} as const
