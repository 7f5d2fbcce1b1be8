import type { Decision } from './decision.ts'
import type { Factor } from './learner/learner.ts'

const WORDS = {
  en: {
    recommended: (title: string, sure: number) => `Recommended: ${title}, with a confidence of ${sure}%.`,
    rule: (because: string) => `Rule: ${because}`,
    start: (score: number) => `The rules say ${score} of 100.`,
    nothing: 'Nothing was learnt yet: this is what the rules say.',
    learnt: (outcomes: number, rules: number) => `Learnt from ${outcomes} outcomes; the rules still count ${rules}%.`,
    option: (title: string, successes: number, tried: number) => `${title}: ${successes} of ${tried} went well.`,
    faded: (title: string, successes: number, counted: number) =>
      `${title} went otherwise before; what still counts: ${successes} of ${counted} went well.`,
    similar: (known: number, successes: number) =>
      `Of ${known} similar decisions whose outcome is known ${successes} went well.`,
    near: (known: number, successes: number, share: number) =>
      `Of the ${known} most similar outcomes ${successes} went well; that counts ${share}%.`,
    nearOption: (title: string, known: number, successes: number, share: number) =>
      `${title} in the ${known} most similar cases: ${successes} went well; that counts ${share}%.`,
    raises: (field: string, value: string) => `${field} = ${value} raises the chance.`,
    lowers: (field: string, value: string) => `${field} = ${value} lowers the chance.`,
    tried: 'It is tried out, to learn: another option is the best so far.',
    empty: 'nothing',
  },
  'pt-BR': {
    recommended: (title: string, sure: number) => `Recomendado: ${title}, com ${sure}% de confiança.`,
    rule: (because: string) => `Regra: ${because}`,
    start: (score: number) => `As regras dão ${score} de 100.`,
    nothing: 'Ainda não se aprendeu nada: é o que as regras dizem.',
    learnt: (outcomes: number, rules: number) =>
      `Aprendeu com ${outcomes} resultados; as regras ainda pesam ${rules}%.`,
    option: (title: string, successes: number, tried: number) => `${title}: ${successes} de ${tried} deram certo.`,
    faded: (title: string, successes: number, counted: number) =>
      `${title} já foi diferente; o que ainda conta: ${successes} de ${counted} deram certo.`,
    near: (known: number, successes: number, share: number) =>
      `Dos ${known} resultados mais parecidos, ${successes} deram certo; isso pesa ${share}%.`,
    nearOption: (title: string, known: number, successes: number, share: number) =>
      `${title} nos ${known} casos mais parecidos: ${successes} deram certo; isso pesa ${share}%.`,
    similar: (known: number, successes: number) =>
      `De ${known} decisões parecidas com resultado conhecido, ${successes} deram certo.`,
    raises: (field: string, value: string) => `${field} = ${value} aumenta a chance.`,
    lowers: (field: string, value: string) => `${field} = ${value} diminui a chance.`,
    tried: 'É uma tentativa, para aprender: outra opção é a melhor até agora.',
    empty: 'nada',
  },
} as const

/** Factors that are told; a weaker one than this, in log-odds, says nothing. */
const MOST_FACTORS = 4
const LEAST_EFFECT = 0.1

/** Why a decision came out as it did, a sentence each, in Portuguese or else in English. Pure. */
export function explainDecision(decision: Pick<Decision, 'steps' | 'options'>, locale: string): string[] {
  const words = WORDS[locale.startsWith('pt') ? 'pt-BR' : 'en']
  const { steps, options } = decision
  const { recommendation, rules, learnt, model, combination } = steps
  const titleOf = (key: string) => options.find(option => option.key === key)?.title ?? key
  const isScore = combination.shares !== null
  return [
    words.recommended(titleOf(recommendation.option), recommendation.confidence),
    ...(combination.tried ? [words.tried] : []),
    ...rules.held.map(({ because }) => words.rule(because)),
    ...(rules.score === null ? [] : [words.start(Math.round(rules.score))]),
    ...(learnt.outcomes === 0 ? [words.nothing] : []),
    ...(learnt.outcomes > 0 && isScore
      ? [words.learnt(learnt.outcomes, Math.round(combination.shares.rules * 100))]
      : []),
    ...model.options.flatMap(({ key, tried, successes, counted }) => [
      ...(tried > 0 ? [words.option(titleOf(key), successes, tried)] : []),
      ...(counted && counted.tried > 0 && counted.tried < tried
        ? [words.faded(titleOf(key), counted.successes, counted.tried)]
        : []),
    ]),
    ...similarSentences(decision, words, titleOf),
    ...model.factors
      .filter(tells)
      .slice(0, MOST_FACTORS)
      .map(factor => {
        const value = factor.value === '' ? words.empty : String(factor.value)
        return factor.effect > 0 ? words.raises(spoken(factor.field), value) : words.lowers(spoken(factor.field), value)
      }),
  ]
}

/** `byHand` → `by hand`. */
const spoken = (field: string) =>
  field.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)

/** What similar decisions counted, else how many there were. Of a choice, each option's own. */
function similarSentences(
  { steps: { learnt, model, combination } }: Pick<Decision, 'steps'>,
  words: (typeof WORDS)['en' | 'pt-BR'],
  titleOf: (key: string) => string,
): string[] {
  const { near, shares } = combination
  const counted = [
    ...(near && shares ? [{ ...near, title: undefined, percent: Math.round(shares.similar * 100) }] : []),
    ...model.options.flatMap(({ key, near: of }) =>
      of ? [{ ...of, title: titleOf(key), percent: Math.round(of.share * 100) }] : [],
    ),
  ].filter(({ percent }) => percent > 0)
  if (counted.length === 0)
    return learnt.similarOutcomes > 0 ? [words.similar(learnt.similarOutcomes, learnt.similarSuccesses)] : []
  return counted.map(({ title, tried, successes, percent }) =>
    title === undefined ? words.near(tried, successes, percent) : words.nearOption(title, tried, successes, percent),
  )
}

const tells = ({ field, effect }: Factor) =>
  field !== 'rules' && field !== 'recentRate' && Math.abs(effect) >= LEAST_EFFECT
