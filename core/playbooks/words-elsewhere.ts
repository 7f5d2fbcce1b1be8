import { didYouMean } from '../did-you-mean.ts'

/**
 * Keys by which GitHub Actions, Kestra, n8n and Serverless Workflow call what is called otherwise here, the likeliest first; docs/coming-from.md
 * has the concepts behind them.
 */
const WORDS_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  action: ['uses'],
  allowFailure: ['onError'],
  at: ['index'],
  call: ['uses'],
  code: ['run'],
  concurrencyLimit: ['limit', 'concurrency'],
  'continue-on-error': ['onError'],
  continueOnError: ['onError'],
  continueOnFail: ['onError'],
  delay: ['wait'],
  each: ['as'],
  env: ['vars', 'set'],
  errors: ['catch'],
  fail: ['raise'],
  fork: ['parallel'],
  for: ['forEach', 'duration'],
  items: ['in', 'forEach'],
  jobs: ['steps'],
  listen: ['waitFor'],
  on: ['triggers'],
  args: ['with'],
  input: ['inputs', 'with'],
  inputs: ['with'],
  output: ['outputs', 'return'],
  params: ['with'],
  parameters: ['with'],
  pause: ['wait', 'approval'],
  runIf: ['if'],
  script: ['run'],
  sleep: ['wait'],
  steps: ['do'],
  do: ['steps'],
  tasks: ['do', 'steps'],
  throw: ['raise'],
  'timeout-minutes': ['timeout'],
  type: ['uses'],
  values: ['in'],
  variables: ['vars'],
  when: ['if'],
}

/** The known key that was meant: by a slip of the pen, or by its name in another product. */
export const meantBy = (written: string, known: readonly string[]): string | undefined =>
  didYouMean(written, known) ?? WORDS_ELSEWHERE[written]?.find(word => known.includes(word))
