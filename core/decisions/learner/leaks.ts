import { TraeError } from '../../errors.ts'

/**
 * Fields that are written after the outcome, or because of it: what a model learns from them it does not know when it is
 * asked. `why` goes on after "is never learnt from: ".
 */
const LEAKS: readonly { readonly names: readonly string[]; readonly why: string }[] = [
  {
    names: ['tags', 'leadquality', 'leadprofile'],
    why: 'people in sales write it after they have talked to the lead',
  },
  {
    names: [
      'asymmetriqueactivityindex',
      'asymmetriqueprofileindex',
      'asymmetriqueactivityscore',
      'asymmetriqueprofilescore',
    ],
    why: 'it is a score that a vendor computes after contact',
  },
  {
    names: ['converted', 'churn', 'churned', 'outcome', 'won', 'lost', 'y', 'target', 'label'],
    why: 'it is the outcome itself',
  },
  {
    names: [
      'status',
      'stage',
      'dealstage',
      'closedate',
      'closedat',
      'closevalue',
      'wonat',
      'lostat',
      'lostreason',
      'qualifiedat',
    ],
    why: 'it changes with the outcome',
  },
  { names: ['duration', 'callduration'], why: 'it is known only after the call' },
]

const BY_NAME: ReadonlyMap<string, string> = new Map(
  LEAKS.flatMap(({ names, why }) => names.map(name => [name, why] as const)),
)

const plain = (name: string): string => (name.split('.').at(-1) ?? '').toLowerCase().replace(/[^a-z0-9]/g, '')

const judged = new Map<string, string | undefined>()

/** Why a field is never learnt from; undefined where it may be. `lead.Lead Quality` and `leadQuality` are the same. */
export function leakOf(name: string): string | undefined {
  if (judged.has(name)) return judged.get(name)
  const why = BY_NAME.get(plain(name))
  if (judged.size < 10_000) judged.set(name, why)
  return why
}

/** Throws `VALIDATION` for the first field that leaks the outcome. */
export function refuseLeaks(names: readonly string[]): void {
  for (const name of names) {
    const why = leakOf(name)
    if (why !== undefined)
      throw new TraeError('VALIDATION', `"${name}" is never learnt from: ${why}. Leave it out of the context.`)
  }
}
