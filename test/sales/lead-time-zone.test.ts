import { expect, it } from 'vitest'
import { leadTimeZone } from '../../core/sales/lead-time-zone.ts'

it.each([
  ['+5511987654321', {}, 'America/Sao_Paulo'],
  ['+5568999991111', {}, 'America/Rio_Branco'],
  ['+5592999991111', {}, 'America/Manaus'],
  ['+5585999991111', {}, 'America/Fortaleza'],
  ['+59899123456', {}, 'America/Montevideo'],
  ['+14155550100', {}, undefined],
  [null, {}, undefined],
  ['+5511987654321', { timeZone: 'Europe/Lisbon' }, 'Europe/Lisbon'],
  ['+5511987654321', { timeZone: 'Europe/Atlantis' }, 'America/Sao_Paulo'],
])('a lead with the phone %s and the data %o lives in %s', (phone, data, zone) => {
  expect(leadTimeZone({ phone, data })).toBe(zone)
})
