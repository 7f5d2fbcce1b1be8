import { z } from 'trae-os/sdk'

const answer = z.string().trim().max(2000).nullish()

/** What somebody has to tell before there is anything to sell with. */
export const brief = {
  product: answer.describe('What is sold.'),
  audience: answer.describe('To whom: role, kind of company.'),
  problem: answer.describe('What they suffer from, in their words.'),
  benefit: answer.describe('What changes for them.'),
  proof: z.array(z.string().trim().min(1).max(500)).max(20).default([]).describe('Facts, cases, figures that show it.'),
  price: answer.describe('What it costs, as it is said to customers.'),
  next: answer.describe('What they should do next.'),
}
