/**
 * First name and the rest, written as names are: `ANA PAULA DE SOUZA` is `Ana` and `Paula de Souza`. A single word is a
 * first name; an e-mail address or a number typed into the field is no name.
 */
export function splitName(name: string | null | undefined): { firstName: string | null; lastName: string | null } {
  const words = (name ?? '')
    .trim()
    .split(/\s+/)
    .filter(word => word !== '' && !TITLES.test(word))
  if (words.length === 0 || words.some(word => /[@\d]/.test(word))) return { firstName: null, lastName: null }
  const shouted = words.every(word => word === word.toUpperCase() || word === word.toLowerCase())
  const [first, ...rest] = shouted ? words.map(capitalize) : words
  return { firstName: first!, lastName: rest.length === 0 ? null : rest.join(' ') }
}

const TITLES = /^(sr|sra|srta|dr|dra|mr|mrs|ms|eng|prof|profa)\.?$/i
const PARTICLES = /^(da|de|di|do|das|dos|e|van|von|der|del|la)$/i

function capitalize(word: string): string {
  if (PARTICLES.test(word)) return word.toLowerCase()
  return word
    .toLowerCase()
    .replace(/(^|[-'’])(\p{L})/gu, (_all, before: string, letter: string) => before + letter.toUpperCase())
}
