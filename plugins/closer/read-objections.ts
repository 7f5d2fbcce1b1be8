import { foldText } from 'trae-os/sdk'

export const OBJECTIONS = ['price', 'timing', 'authority', 'need', 'trust', 'competitor', 'status-quo'] as const
export type Objection = (typeof OBJECTIONS)[number]

const WORDS: Readonly<Record<Objection, RegExp>> = {
  price:
    /\b(caro|cara|preco|custa|orcamento|desconto|sem verba|nao cabe|expensive|price|cost|budget|discount|afford)\w*/g,
  timing:
    /\b(agora nao|nao e o momento|ano que vem|mais pra frente|mais para frente|sem tempo|proximo trimestre|not now|next year|next quarter|later|no time|busy)\b/g,
  authority:
    /\b(meu socio|minha socia|meu chefe|diretoria|preciso falar com|preciso ver com|conselho|my boss|my partner|the board|need to (?:ask|talk to|check with))\b/g,
  need: /\b(nao preciso|nao precisamos|nao vejo (?:valor|necessidade)|don'?t need|no need|not needed|not sure we need)\b/g,
  trust:
    /\b(garantia|seguro\b|funciona mesmo|referencia|quem usa|nao conheco voces|guarantee|references|who else|prove|does it really|security)\w*/g,
  competitor:
    /\b(concorrente|outra proposta|outra empresa|ja (?:usamos|uso|temos)|comparando|competitor|another (?:offer|vendor)|already (?:use|have)|comparing)\b/g,
  'status-quo':
    /\b(estamos bem|funciona assim|sempre fizemos|deixa como esta|we are fine|works as it is|always done)\b/g,
}

/** What speaks against buying in a text, with the words as they were written. Pure; a word list in Portuguese and English, no judgement. */
export function readObjections(text: string): { kind: Objection; quotes: string[] }[] {
  const sentences = text.normalize('NFC').match(/[^.!?\n]+[.!?]*/g) ?? []
  return OBJECTIONS.flatMap(kind => {
    const quotes = sentences
      .filter(sentence => foldText(sentence).search(WORDS[kind]) !== -1)
      .map(quote => quote.trim().slice(0, 300))
    return quotes.length === 0 ? [] : [{ kind, quotes: quotes.slice(0, 5) }]
  })
}
