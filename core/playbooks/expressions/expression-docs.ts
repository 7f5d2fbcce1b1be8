import type { Root } from './environment.ts'

/** One line of docs/playbooks.md: an expression, and what it does. The page shows what it comes to for `SAMPLE`. */
export interface ExpressionDocs {
  readonly example: string
  readonly text: string
}

const lead = {
  name: 'Ana Souza',
  email: 'Ana@Example.com',
  phone: '(11) 98765-4321',
  company: null,
  status: 'QUALIFYING',
  score: 85,
  data: { visits: 3, tags: ['site', 'webinar'] },
  createdAt: '2026-03-02T12:00:00.000Z',
}

/** What the examples of the page are computed with. */
export const SAMPLE = {
  event: { type: 'lead.captured', leadId: '01980a3e-5b7a-7c41-9d52-3f6f5f0c2a11' },
  inputs: { days: 3 },
  vars: { threshold: 60 },
  steps: { person: { status: 'completed', output: { company: 'Acme', employees: 40 }, error: null } },
  run: {
    id: '01980a3e-6d10-7f0e-8a77-90b1c2d3e4f5',
    playbook: 'qualify-lead',
    version: 3,
    startedAt: '2026-03-02T12:00:05.000Z',
    timeZone: 'America/Sao_Paulo',
  },
  lead,
  deal: { stage: 'PROPOSAL', title: 'Acme', value: { amount: '12000.00', currency: 'BRL' }, probability: 50 },
  customer: { status: 'ACTIVE', plan: 'Pro', health: { score: 64, factors: [] } },
  subject: lead,
} as const

export const ROOT_DOCS: Readonly<Record<Root, ExpressionDocs>> = {
  event: {
    example: 'event.leadId',
    text: 'What the event carries that started the run, and its `type`. In the `if` of a `waitFor`: the event that arrived.',
  },
  inputs: {
    example: 'inputs.days',
    text: 'What the run was given at its start: every input that the playbook declares, null where it has no value.',
  },
  vars: { example: 'vars.threshold', text: 'The values that `set` steps have named.' },
  steps: {
    example: 'steps.person.output.company',
    text: 'Every step with an `id`: its `output`, its `status` (`pending`, `completed`, `skipped`, `failed`) and its `error` (`code`, `message`, `retryable`). Output and error are null where there is none.',
  },
  run: {
    example: 'run.startedAt',
    text: 'The run itself: `id`, `playbook`, `version`, `startedAt`, and the `timeZone` of the workspace; in `finally` also `status` and `error`.',
  },
  lead: {
    example: 'lead.name',
    text: 'The lead that the run is about, as it is now, not as it was when the run started.',
  },
  deal: {
    example: 'deal != null && deal.stage == "PROPOSAL"',
    text: 'Their deal: the newest that is open, else the newest of all; null where there is none.',
  },
  customer: {
    example: 'customer != null && customer.health != null && customer.health.score < 70.0',
    text: 'What they are as a customer; null where they have bought nothing.',
  },
  subject: { example: 'subject.name', text: 'Whom the run is about; in this version always the lead.' },
}

export const OPERATOR_DOCS: readonly ExpressionDocs[] = [
  { example: 'lead.score >= 60', text: '`==` `!=` `<` `<=` `>` `>=`' },
  { example: 'lead.company == null', text: 'Anything may be compared with null.' },
  { example: 'lead.score > 60 && lead.status != "NEW"', text: 'And; `||` is or, `!` is not.' },
  { example: 'lead.score >= 80 ? "hot" : "cold"', text: 'One of two values.' },
  { example: '(lead.score + 5) * 2', text: '`+` `-` `*` `/` `%`' },
  { example: '7 / 2', text: 'Two whole numbers that are written out divide as whole numbers…' },
  { example: '7 / 2.0', text: '…with a decimal point they do not. Numbers from data divide with decimals.' },
  { example: '"Olá, " + lead.name', text: '`+` joins texts, and lists.' },
  { example: 'lead.status in ["NEW", "QUALIFYING"]', text: 'Is it in the list? Of a map: has it the key?' },
  { example: 'lead.data.tags[0]', text: 'An item of a list, from 0; a key of a map: `lead.data["visits"]`.' },
  { example: 'lead.data.?budget.orValue(0)', text: '`.?` reads a field that may be missing.' },
  { example: '{"name": lead.name}', text: 'A map; `[1, 2]` is a list.' },
]

/** The functions of CEL itself that are of use in a playbook, by the names that they have. */
export const BUILT_IN_DOCS: readonly (ExpressionDocs & { readonly names: readonly string[] })[] = [
  {
    names: ['default'],
    example: 'default(lead.company, "none")',
    text: 'The second where the first is null or missing.',
  },
  { names: ['has'], example: 'has(lead.data.budget)', text: 'Is the field there?' },
  {
    names: ['size'],
    example: 'size(lead.data.tags)',
    text: 'Length of a text, list or map; also `lead.data.tags.size()`.',
  },
  {
    names: ['map'],
    example: 'lead.data.tags.map(t, t.upper())',
    text: 'Each item made into another; `list.map(t, condition, value)` leaves out the rest.',
  },
  { names: ['filter'], example: 'lead.data.tags.filter(t, t != "site")', text: 'The items for which it is true.' },
  {
    names: ['all', 'exists', 'exists_one'],
    example: 'lead.data.tags.exists(t, t == "webinar")',
    text: 'Is it true for all items, for at least one, for exactly one?',
  },
  {
    names: ['contains', 'startsWith', 'endsWith'],
    example: 'lead.name.startsWith("Ana")',
    text: 'Does the text hold, begin with, end with another?',
  },
  {
    names: ['indexOf', 'lastIndexOf'],
    example: 'lead.name.indexOf("Souza")',
    text: 'Where a text begins in another, from 0; −1 where it does not.',
  },
  {
    names: ['substring'],
    example: 'lead.name.substring(0, 3)',
    text: 'From one position up to another, or to the end.',
  },
  { names: ['split'], example: 'lead.name.split(" ")', text: 'A list of the parts of a text.' },
  { names: ['join'], example: 'lead.data.tags.join(", ")', text: 'One text of a list of texts.' },
  { names: ['string'], example: 'string(lead.score)', text: 'Text of a number or of true and false.' },
  {
    names: ['int', 'double', 'bool'],
    example: 'int("42") + 1',
    text: 'A whole number, a number, true or false from a text; `int` also cuts off decimals.',
  },
  {
    names: ['getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear'],
    example: 'timestamp(lead.createdAt).getDate("America/Sao_Paulo")',
    text: 'Parts of a time, in UTC or in a time zone. `getDate` counts from 1; `getMonth`, `getDayOfMonth` and `getDayOfYear` from 0; `getDayOfWeek` from Sunday, 0.',
  },
  {
    names: ['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'],
    example: '(timestamp(run.startedAt) - timestamp(lead.createdAt)).getSeconds()',
    text: 'Parts of a time; of a duration, all of it in that unit.',
  },
  {
    names: ['orValue', 'or', 'hasValue', 'value'],
    example: 'lead.data.?budget.hasValue()',
    text: 'For what was read with `.?`: the value or another, whether there is one, the value itself.',
  },
]

/** Functions of CEL that playbooks can do without: there are better ways here, or there is nothing to use them on. */
export const NOT_SHOWN: ReadonlySet<string> = new Set([
  'dyn', 'type', 'uint', 'bytes', 'json', 'hex', 'base64', 'at', 'lowerAscii', 'upperAscii', 'none', 'of', 'bind',
]) // prettier-ignore
