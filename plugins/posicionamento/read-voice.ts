/** How a text sounds, counted. Shares are of sentences, but for `long`, which is of words. */
export interface Voice {
  readonly words: number
  readonly sentences: number
  readonly wordsPerSentence: number
  readonly questions: number
  readonly exclamations: number
  /** Words of more than nine letters. */
  readonly long: number
  readonly emoji: number
  readonly we: number
  readonly address: 'voce' | 'tu' | 'senhor' | 'you' | 'mixed' | 'none'
}

/** Counts what can be counted of how samples sound, in Portuguese and English; undefined below thirty words, which say nothing. Pure. */
export function readVoice(samples: readonly string[]): Voice | undefined {
  const text = samples.join('\n').normalize('NFC')
  const words = text.match(/[\p{L}\p{M}’'-]+/gu) ?? []
  if (words.length < 30) return undefined
  const sentences = text.match(/[^.!?\n]+[.!?]*/g)?.filter(sentence => /\p{L}/u.test(sentence)) ?? []
  const share = (of: RegExp) => sentences.filter(sentence => of.test(sentence)).length / sentences.length
  return {
    words: words.length,
    sentences: sentences.length,
    wordsPerSentence: words.length / sentences.length,
    questions: share(/\?/),
    exclamations: share(/!/),
    long: words.filter(word => word.length > 9).length / words.length,
    emoji: (text.match(/\p{Extended_Pictographic}/gu) ?? []).length,
    we: share(/(?<!\p{L})(n[óo]s|nosso|nossa|nossos|nossas|a gente|we|our|us)(?!\p{L})/iu),
    address: addressOf(text),
  }
}

const FORMS = [
  ['voce', /(?<!\p{L})(voc[êe]s?)(?!\p{L})/giu],
  ['tu', /(?<!\p{L})(tu|teu|tua|contigo)(?!\p{L})/giu],
  ['senhor', /(?<!\p{L})(senhor|senhora|sr\.|sra\.)(?!\p{L})/giu],
  ['you', /(?<!\p{L})(you|your|yours)(?!\p{L})/giu],
] as const

/** One form is the address where four of five are it. */
function addressOf(text: string): Voice['address'] {
  const counts = FORMS.map(([form, words]) => [form, (text.match(words) ?? []).length] as const).sort(
    ([, a], [, b]) => b - a,
  )
  const all = counts.reduce((sum, [, count]) => sum + count, 0)
  const [form, most] = counts[0]!
  return all === 0 ? 'none' : most / all >= 0.8 ? form : 'mixed'
}
