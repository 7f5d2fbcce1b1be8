import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../core/decisions/compile-policy.ts'
import { Knowledge } from '../../core/decisions/knowledge.ts'
import { decidesAlone, learnable, weigh } from '../../core/decisions/weigh.ts'
import { acceptInputs } from '../../core/playbooks/accept-inputs.ts'

const folder = join(import.meta.dirname, '../../playbooks/policies')
const policyOf = (id: string) => compilePolicy(readFileSync(join(folder, `${id}.yaml`), 'utf8')).policy!

/** A policy that comes with the product, as it decides with what it has learnt so far; nothing is tried out. */
function asker(id: string) {
  const policy = { ...policyOf(id), explore: 0 }
  const knowledge = new Knowledge(policy.pace)
  const accept = (inputs: Record<string, unknown>) => acceptInputs(policy.name, policy.inputs, inputs)
  return {
    ask(inputs: Record<string, unknown>) {
      const weighed = weigh(policy, knowledge, accept(inputs), [], 'x')
      return [weighed.recommendation.option, decidesAlone(policy, weighed) ? 'alone' : 'a person'] as const
    },
    learn(inputs: Record<string, unknown>, option: string, success: boolean) {
      const prior = weigh(policy, knowledge, accept(inputs), [], 'x').rules.options[option]! / 100
      knowledge.learn({ option, context: learnable(policy, accept(inputs)), prior, success })
    },
  }
}

describe('the reminder of a proposal', () => {
  const about = { leadId: 'l', proposalId: 'p' }
  const both = { ...about, hasEmail: true, hasPhone: true }

  it('is certain where there is one way, an e-mail for little money, and for a person to choose for much', () => {
    const { ask } = asker('proposal-reminder')
    expect(ask({ ...about, hasEmail: true })).toEqual(['email', 'alone'])
    expect(ask({ ...about, hasEmail: false, hasPhone: true })).toEqual(['call', 'alone'])
    expect(ask({ ...both, amount: 9000 })).toEqual(['email', 'alone'])
    expect(ask({ ...both, amount: 50_000 })[1]).toBe('a person')
  })

  it('is a call by and by where calls are answered and e-mails are not', () => {
    const { ask, learn } = asker('proposal-reminder')
    for (let n = 0; n < 30; n++) {
      learn({ ...both, amount: 9000 }, 'email', n % 10 === 0)
      learn({ ...both, amount: 9000 }, 'call', n % 10 < 6)
    }
    expect(ask({ ...both, amount: 9000 })).toEqual(['call', 'alone'])
  })
})

describe('the focus of a month', () => {
  const month = '2030-03'
  it('is always for a person, and recommended is what brought most', () => {
    const { ask } = asker('month-focus')
    expect(ask({ month, website: 12, referral: 4 })).toEqual(['website', 'a person'])
    expect(ask({ month, website: 3, referral: 4, event: 9 })).toEqual(['event', 'a person'])
    expect(ask({ month, email: 1 })).toEqual(['email', 'a person'])
  })

  it('stays for a person however sure it gets, and no more recommends what never grew', () => {
    const { ask, learn } = asker('month-focus')
    const website = { month, website: 12, referral: 4 }
    for (let n = 0; n < 24; n++) learn(website, n % 2 ? 'website' : 'referral', n % 2 === 0)
    expect(ask(website)).toEqual(['referral', 'a person'])
  })
})

describe('the order of next steps', () => {
  it('begins with the urgency that the rules give, and asks nobody', () => {
    const { ask } = asker('next-step')
    const step = { step: 's', rule: 'lead-waits', module: 'pre_vendas' }
    expect(ask({ ...step, priority: 'high' })).toEqual(['high', 'alone'])
    expect(ask({ ...step, priority: 'medium' })).toEqual(['medium', 'alone'])
    expect(ask({ ...step, priority: 'medium', score: 90 })).toEqual(['medium', 'alone'])
  })
})
