import { foldText } from 'trae-os/sdk'
import {
  AUTOMATIC,
  HEDGES,
  NEGATIONS,
  NEGATIVE,
  NEUTRAL,
  POSITIVE,
  PROPOSAL,
  QUESTION,
  UNSUBSCRIBE,
} from './reply-words.ts'

export interface Reading {
  readonly label: 'positive' | 'negative' | 'question' | 'unsubscribe' | 'unclear'
  /** What decided, as it was written. */
  readonly words: readonly string[]
  /** A machine wrote it. */
  readonly automatic?: true
}

/**
 * What a reply means, by the words in it. Pure. A wrong "positive" books a meeting with somebody who said no and a
 * wrong "negative" throws a lead away, so each needs evidence with none against it; the rest is unclear:
 *
 * 1. an automatic answer (absence, bounce) is nobody's answer: unclear
 * 2. a wish to hear nothing more comes before everything else: unsubscribe
 * 3. a word of agreement with a negation before it in its clause is a refusal: `não tenho interesse`
 * 4. agreement and refusal, or a hedge (`talvez`, `not sure`): unclear
 * 5. agreement inside a question is a question, unless it proposes to talk: `Podemos conversar amanhã?`
 */
export function readReply(text: string, subject = ''): Reading {
  const original = text.normalize('NFC')
  const automatic = [...findAll(AUTOMATIC, subject), ...findAll(AUTOMATIC, original)]
  if (automatic.length > 0) return { label: 'unclear', words: automatic, automatic: true }

  const evidence: Evidence = { unsubscribe: [], negative: [], positive: [], question: [], hedge: [] }
  for (const sentence of sentencesOf(original)) weigh(sentence, evidence)
  return decide(evidence)
}

type Evidence = Record<'unsubscribe' | 'negative' | 'positive' | 'question' | 'hedge', string[]>

function decide({ unsubscribe, negative, positive, question, hedge }: Evidence): Reading {
  if (unsubscribe.length > 0) return { label: 'unsubscribe', words: unsubscribe }
  if (hedge.length > 0 || (negative.length > 0 && positive.length > 0))
    return { label: 'unclear', words: [...hedge, ...positive, ...negative] }
  if (negative.length > 0) return { label: 'negative', words: negative }
  if (positive.length > 0) return { label: 'positive', words: positive }
  if (question.length > 0) return { label: 'question', words: question }
  return { label: 'unclear', words: [] }
}

function weigh(sentence: string, evidence: Evidence): void {
  let folded = foldText(sentence)
  const asks = sentence.trimEnd().endsWith('?') || QUESTION.test(folded)
  const take = (words: RegExp, found: (at: number, hit: string) => void) => {
    folded = folded.replace(words, (...parts: unknown[]) => {
      const hit = parts[0] as string
      found(parts.find(part => typeof part === 'number') as number, hit)
      return '\u0000'.repeat(hit.length) // read once: `sem interesse` must not be found again as `interesse`
    })
  }
  const written = (at: number, hit: string) => sentence.slice(at, at + hit.length).trim()

  take(NEUTRAL, () => undefined)
  take(UNSUBSCRIBE, (at, hit) => (negated(folded, at) ? evidence.hedge : evidence.unsubscribe).push(written(at, hit)))
  take(HEDGES, (at, hit) => evidence.hedge.push(written(at, hit)))
  take(NEGATIVE, (at, hit) => evidence.negative.push(written(at, hit)))
  const before = folded
  take(POSITIVE, (at, hit) => {
    const negation = negated(before, at)
    if (negation !== undefined) evidence.negative.push(written(negation, before.slice(negation, at + hit.length)))
    else if (!asks || PROPOSAL.test(hit)) evidence.positive.push(written(at, hit))
    else evidence.question.push(written(at, hit))
  })
  if (asks) evidence.question.push(sentence.trim())
}

/** Where a negation stands before this place in the same clause, at most four words away. */
function negated(folded: string, at: number): number | undefined {
  const clauseStart =
    Math.max(
      ...[',', ';', ':', ' mas ', ' but ', ' porem ', ' e ', ' and '].map(mark => folded.lastIndexOf(mark, at - 1)),
      -1,
    ) + 1
  const before = folded.slice(clauseStart, at)
  const last = [...before.matchAll(NEGATIONS)].at(-1)
  if (!last) return undefined
  const between = before
    .slice(last.index + last[0].length)
    .split(/\s+/)
    .filter(Boolean)
  return between.length <= 4 ? clauseStart + last.index : undefined
}

/** A yes or no before a comma answers us; what follows it is a sentence of its own: `Sim, quanto custa?` */
function sentencesOf(text: string): string[] {
  return text.match(/^\s*(?:sim|claro|yes|sure),|[^.!?\n]+[.!?]*/gim) ?? []
}

function findAll(words: RegExp, text: string): string[] {
  const written = text.normalize('NFC')
  return [...foldText(written).matchAll(words)].map(hit => written.slice(hit.index, hit.index + hit[0].length))
}
