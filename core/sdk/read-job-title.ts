import { foldText } from './fold-text.ts'

/** Ranks that a job title may say, the highest first. */
export const SENIORITIES = ['owner', 'executive', 'director', 'manager', 'specialist', 'junior'] as const
/** One of `SENIORITIES`. */
export type Seniority = (typeof SENIORITIES)[number]

/** Departments that a job title may say. */
export const DEPARTMENTS = [
  'management',
  'sales',
  'marketing',
  'customer-success',
  'product',
  'technology',
  'finance',
  'people',
  'purchasing',
  'operations',
  'legal',
] as const
/** One of `DEPARTMENTS`. */
export type Department = (typeof DEPARTMENTS)[number]

/**
 * Rank and department from a job title in Portuguese or English, each null where the title does not say it:
 * `Diretora Comercial` is a director in sales, `Product Owner` owns no company.
 */
export function readJobTitle(title: string | null | undefined): {
  seniority: Seniority | null
  department: Department | null
} {
  const text = foldText(title ?? '')
    .replace(/[^a-z0-9&]+/g, ' ')
    .trim()
  if (text === '') return { seniority: null, department: null }
  return { seniority: first(SENIORITY, text), department: first(DEPARTMENT, text) }
}

type Rules<Name> = readonly (readonly [name: Name, words: string])[]

function first<Name>(rules: Rules<Name>, text: string): Name | null {
  return rules.find(([, words]) => wordsOf(words).test(text))?.[0] ?? null
}

// Made at first use: a plugin that reads no titles then bundles none of this.
const compiled = new Map<string, RegExp>()
function wordsOf(pattern: string): RegExp {
  let words = compiled.get(pattern)
  if (!words) compiled.set(pattern, (words = new RegExp(`\\b(?:${pattern})\\b`)))
  return words
}

// In order, the first that fits: what only sounds senior stands before what is.
const SENIORITY: Rules<Seniority | null> = [
  [null, 'secretari[ao]s?'], // of a director, or of the Treasury: the word does not say
  [
    'junior',
    'estagi\\w*|intern|trainee|aprendiz|estudante|student|assistente|auxiliar|junior|jr|assistant to|(?:executive|personal|administrative|sales) assistant',
  ],
  [
    'specialist',
    '(?:product|process|service) owner|account executive|sales executive|executiv[oa] de (?:contas|vendas|negocios)|(?:business|channel) partner|diretor(?:a)? de arte|art director',
  ],
  ['owner', 'soci[oa]s?|(?:co ?)?fundador(?:a)?|(?:co ?)?founder|owner|don[oa]|proprietari[oa]|empresari[oa]|partner'],
  ['director', 'vp|svp|evp|vice presidente?|vice president|head|superintendente'],
  [
    'executive',
    'c[etfomirps]o|chro|ciso|chief|presidente?|president|managing director|diretor(?:a)? (?:geral|executiv[oa]|presidente)|general manager|country manager',
  ],
  ['director', 'diretor(?:a)?|director|diretoria'],
  ['manager', 'gerente|gerencia|manager|coordenador(?:a)?|coordinator|supervisor(?:a)?|lider|lead|leader|gestor(?:a)?'],
  [
    'specialist',
    'analista|analyst|especialista|specialist|consultor(?:a)?|consultant|engenheir[oa]|engineer|desenvolvedor(?:a)?|developer|designer|vendedor(?:a)?|representante|representative|executive|executiv[oa]|advogad[oa]|contador(?:a)?|comprador(?:a)?|sdr|bdr|closer',
  ],
]

const DEPARTMENT: Rules<Department> = [
  [
    'customer-success',
    'customer success|sucesso do cliente|cs|csm|cx|customer (?:experience|service|support)|experiencia do cliente|atendimento|suporte|support|pos vendas?',
  ],
  [
    'marketing',
    'marketing|mkt|cmo|growth|branding|brand|marca|conteudo|content|comunicacao|communications?|midia|media|trade',
  ],
  [
    'sales',
    'vendas?|vendedor(?:a)?|comercial|sales|cro|revenue|receita|business development|novos negocios|contas|account|accounts|sdr|bdr|closer|inside',
  ],
  [
    'people',
    'rh|hr|recursos humanos|human resources|people|pessoas|gente|talent(?:os)?|chro|recrutamento|recruit\\w*|departamento pessoal',
  ],
  [
    'finance',
    'financ\\w*|cfo|controller|controladoria|contab\\w*|contador(?:a)?|accounting|tesouraria|treasury|fiscal|faturamento|billing',
  ],
  ['purchasing', 'compras|comprador(?:a)?|procurement|purchasing|suprimentos|sourcing|buyer'],
  ['product', 'produtos?|product|cpo|ux'],
  [
    'technology',
    'ti|it|tecnologia|technology|tech|cto|cio|ciso|engenharia de software|software|engineering|desenvolv\\w*|developer|dados|data|devops|sistemas|systems|infraestrutura|infrastructure|seguranca da informacao',
  ],
  ['legal', 'juridic[oa]|legal|advogad[oa]|lawyer|counsel|compliance'],
  [
    'operations',
    'operac\\w*|operations|ops|coo|logistic\\w*|supply chain|producao|manufacturing|industrial|planta|plant|facilities|qualidade|quality',
  ],
  [
    'management',
    'ceo|soci[oa]s?|(?:co ?)?fundador(?:a)?|(?:co ?)?founder|owner|don[oa]|proprietari[oa]|empresari[oa]|presidente?|president|managing director|diretor(?:a)? (?:geral|executiv[oa]|presidente)|general manager|administrador(?:a)?|administrativ[oa]',
  ],
]
