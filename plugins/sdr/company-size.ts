import { foldText } from 'trae-os/sdk'

export type CompanySize = 'micro' | 'small' | 'medium' | 'large'

/**
 * The size that a form's answer means, by number of people: micro up to 10, small up to 50, medium up to 250, large
 * above. Reads `51-200`, `51 a 200 funcionários`, `+500`, `1.000`, `Média`; a range counts by its upper end.
 */
export function companySize(answer: string | undefined): CompanySize | undefined {
  if (answer === undefined) return undefined
  const numbers = [...answer.matchAll(/\d{1,3}(?:[.,]\d{3})+|\d+/g)].map(([digits]) =>
    Number(digits.replace(/[.,]/g, '')),
  )
  if (numbers.length > 0) return byPeople(Math.max(...numbers), OPEN.test(foldText(answer)))
  const text = foldText(answer)
  return SIZES.find(([, words]) => words.test(text))?.[0]
}

function byPeople(people: number, open: boolean): CompanySize | undefined {
  const least = open ? people + 1 : people // `+10`: more than ten
  if (least < 1) return undefined
  return least <= 10 ? 'micro' : least <= 50 ? 'small' : least <= 250 ? 'medium' : 'large'
}

const OPEN = /\+|mais de|acima|more than|over|above|>/
const SIZES: readonly (readonly [CompanySize, RegExp])[] = [
  ['micro', /\b(micro|mei|autonomo|freelancer|eu ?quipe|solo|just me|so eu)\b/],
  ['small', /\b(pequen[ao]|small)\b/],
  ['medium', /\b(medi[ao]|medium|mid)\b/],
  ['large', /\b(grande|large|enterprise|multinacional)\b/],
]
