import type { Context } from './context.ts'
import { cited, type Finding, type Findings, inLanguage, type ModelTask } from './findings.ts'
import { foldText } from './fold-text.ts'
import { z } from './schema.ts'

/** What a model writes of a letter: `written: letter` in the output. Greeting, question, signature and way out are the plugin's own. */
export const letter = z
  .object({ subject: z.string().min(1).max(120), paragraphs: z.array(cited).min(1).max(3) })
  .nullable()
  .describe('The part that a model wrote, where it was fit to be sent; null: all of it is composed of fixed words.')
/** What `letter` parses to. */
export interface Letter {
  readonly subject: string
  readonly paragraphs: readonly { readonly text: string; readonly facts: readonly string[] }[]
}

/** Characters of all paragraphs: what somebody who does not know us reads to the end. */
const LONGEST = 900
/** Less than the time of a call, so that the fixed words still go out. */
const SECONDS = 20

/**
 * The part of a letter that a model writes from the facts, in the place of fixed words. Nobody looks at it before it goes out, so it is held to more than
 * a draft: a figure, a name or a promise that no fact has, an address, a gap that was left open, a greeting, or too many words, and it is refused.
 * Null then, and where no model answers in time; `notKnown` says why.
 */
export async function writeLetter(
  ctx: Context,
  findings: Findings,
  { instructions, locale }: Pick<ModelTask, 'instructions' | 'locale'>,
): Promise<Letter | null> {
  const task = { instructions, locale, answers: 'written', maxTokens: 600, within: SECONDS }
  const written = await findings.write<Letter>(ctx, task)
  const unfit = written && whyUnfit(written, findings.facts)
  if (!unfit) return written
  findings.refuse(inLanguage({ en: ENGLISH, 'pt-BR': PORTUGUESE }, locale)[unfit.what](unfit.found), locale)
  return null
}

/** What was left to be filled in: `[name]`, `{{name}}`, `XXX`, `Lorem ipsum`. */
export const unfilled = (text: string): readonly string[] => text.match(GAP) ?? []
const GAP = /\[[^\]\n]{1,60}\]|\{\{[^}\n]{1,60}\}\}|\bXXX+\b|[Ll]orem ipsum/g

interface Unfit {
  readonly what: keyof typeof ENGLISH
  readonly found: string
}

function whyUnfit({ subject, paragraphs }: Letter, facts: readonly Finding[]): Unfit | undefined {
  const texts = paragraphs.map(({ text }) => text)
  const all = [subject, ...texts].join('\n')
  const known = facts.map(({ label, value }) => `${label} ${value}`).join('\n')
  const length = texts.join('').length
  if (length > LONGEST) return { what: 'long', found: `${length} > ${LONGEST}` }
  if (paragraphs.every(({ facts: named }) => named.length === 0)) return { what: 'baseless', found: '' }
  const said = foldText(known)
  const found: readonly (readonly [Unfit['what'], string | undefined])[] = [
    ['gap', unfilled(all)[0] ?? /\{\w*\}|<[^>\n]{0,60}>/.exec(all)?.[0]],
    // Also one that a fact has: whoever fills in a form must not have us mail their address to somebody
    ['address', /\S*(?:@|:\/\/|www\.|\p{L}\.\p{L}{2})\S*/u.exec(all)?.[0]],
    ['greeting', texts.map(text => GREETING.exec(text)?.[0]).find(Boolean)],
    ['figure', figures(all).find(figure => !figures(known).includes(figure))],
    ['name', names(all).find(name => !words(said).includes(foldText(name)))],
    [
      'promise',
      foldText(all)
        .match(PROMISE)
        ?.find(word => !said.includes(word)),
    ],
    ['line', /\n/.exec(subject)?.[0] && subject],
  ]
  const first = found.find(([, one]) => one !== undefined)
  return first && { what: first[0], found: first[1]! }
}

const GREETING = /^\s*(?:ol[áa]|oi|prezad[oa]|car[oa]|bom dia|boa tarde|hello|hi|hey|dear)(?!\p{L})/iu
/** Of folded text: what a machine promises in nobody's name. */
const PROMISE = /\b(?:garant\w+|guarante\w+|descontos?|discounts?|gratis|gratuit\w+|for free|free of charge)\b/g
const figures = (text: string): readonly string[] => text.match(/\d+/g) ?? []
const words = (text: string): readonly string[] => text.match(/\p{L}[\p{L}\p{N}]*/gu) ?? []

/** Words with a capital inside of a sentence: names, in both languages, but for the English “I”. */
const names = (text: string): string[] =>
  text
    .split(/[.!?:;“”"\n]+/)
    .flatMap(sentence => words(sentence).slice(1))
    .filter(word => /^\p{Lu}/u.test(word) && word !== 'I')

const ENGLISH = {
  long: (found: string) => `A shorter letter: this one was too long (${found} characters).`,
  baseless: () => 'A letter that rests on the facts: this one named none.',
  gap: (found: string) => `A letter without gaps: “${found}” was left open.`,
  address: (found: string) => `A letter without addresses: found “${found}”.`,
  greeting: (found: string) => `A letter without a greeting, which is there already: found “${found}”.`,
  figure: (found: string) => `A letter with figures of the facts alone: “${found}” is in none.`,
  name: (found: string) => `A letter with names of the facts alone: “${found}” is in none.`,
  promise: (found: string) => `A letter that promises nothing: found “${found}”.`,
  line: (found: string) => `A subject of one line: found “${found}”.`,
} as const

const PORTUGUESE: Readonly<Record<keyof typeof ENGLISH, (found: string) => string>> = {
  long: found => `Um texto mais curto: este passou do tamanho (${found} caracteres).`,
  baseless: () => 'Um texto que se apoie nos fatos: este não citou nenhum.',
  gap: found => `Um texto sem lacunas: “${found}” ficou por preencher.`,
  address: found => `Um texto sem endereços: encontrado “${found}”.`,
  greeting: found => `Um texto sem saudação, que já existe: encontrado “${found}”.`,
  figure: found => `Um texto só com números dos fatos: “${found}” não está em nenhum.`,
  name: found => `Um texto só com nomes dos fatos: “${found}” não está em nenhum.`,
  promise: found => `Um texto que não prometa nada: encontrado “${found}”.`,
  line: found => `Um assunto de uma linha: encontrado “${found}”.`,
}
