import { GraphQLError } from 'graphql'
import { type Currency, CURRENCIES, type Money } from '../../core/sales/money.ts'
import { builder } from '../builder.ts'
import { described } from '../described.ts'

export const CurrencyCode = builder.enumType('CurrencyCode', {
  description: 'Of which money (ISO 4217).',
  values: described(CURRENCIES, { BRL: 'Brazilian real.', USD: 'US dollar.', EUR: 'Euro.' }),
})

builder.scalarType('Decimal', {
  description: 'An exact decimal number as text, as "1234.50".',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259#section-7',
  serialize: value => value as string,
  parseValue(value) {
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    throw new GraphQLError(`A Decimal must be text as "1234.50", found ${JSON.stringify(value)}.`, {
      extensions: { code: 'BAD_USER_INPUT' },
    })
  },
})

export const MoneyRef = builder.objectRef<Money>('Money').implement({
  description: 'An amount of money.',
  fields: t => ({
    amount: t.expose('amount', { type: 'Decimal', description: 'How much, with two decimals.' }),
    currency: t.field({ type: CurrencyCode, description: 'Of what.', resolve: ({ currency }): Currency => currency }),
  }),
})

export const MoneyInput = builder.inputType('MoneyInput', {
  description: 'An amount of money.',
  fields: t => ({
    amount: t.field({
      type: 'Decimal',
      required: true,
      description: 'How much, at most two decimals, never negative.',
    }),
    currency: t.field({ type: CurrencyCode, required: true, description: 'Of what.' }),
  }),
})
