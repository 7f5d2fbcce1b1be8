import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runServiceSuite, type ServiceFixture } from '../../core/testing/service-suite.ts'
import { openTestBed } from '../../core/testing/test-bed.ts'
import { API_KEY as APOLLO_KEY, Apollo } from './apollo/apollo.ts'
import { ACCOUNT as ASAAS_ACCOUNT, Asaas } from './asaas/asaas.ts'
import { CLIENT as GOOGLE_CLIENT, Google } from './google-calendar/google.ts'
import { HubSpot } from './hubspot/hubspot.ts'
import { APP_TOKEN } from './hubspot/sign-ins.ts'
import { playVendor } from './play-vendor.ts'
import { ACCOUNT as SENDGRID_ACCOUNT, SendGrid } from './sendgrid/sendgrid.ts'
import { ACCOUNT, SMS_FROM, Twilio, WHATSAPP_FROM } from './twilio/twilio.ts'

interface Played extends ServiceFixture {
  /** What the vendor found in requests and answers that its own description does not know. */
  readonly problems: readonly string[]
}
const apollo = (): Played => {
  const { answer, problems } = new Apollo()
  return { api: playVendor(answer), credentials: { apollo: { apiKey: APOLLO_KEY } }, problems }
}
const asaas = (): Played => {
  const { answer, problems, customers } = new Asaas()
  // A new customer needs a CPF or CNPJ, which the contract does not ask for: these have paid before
  for (const email of ['ana@acme.com.br', 'ana@acme-solar.com.br']) customers.push({ id: `cus_${email}`, email })
  return { api: playVendor(answer), credentials: { asaas: ASAAS_ACCOUNT }, problems }
}
const sendgrid = (): Played => {
  const { answer, problems } = new SendGrid()
  return { api: playVendor(answer), credentials: { sendgrid: SENDGRID_ACCOUNT }, problems }
}
const twilio = (): Played => {
  const { answer, problems } = new Twilio()
  const credentials = { twilio: { ...ACCOUNT, smsFrom: SMS_FROM, whatsappFrom: WHATSAPP_FROM } }
  return { api: playVendor(answer), credentials, problems }
}
const google = (): Played => {
  const { answer, problems } = new Google()
  return { api: playVendor(answer), credentials: { google: GOOGLE_CLIENT }, problems }
}
const hubspot = (): Played => {
  const { answer, problems } = new HubSpot()
  return { api: playVendor(answer), credentials: { 'private-app': { token: APP_TOKEN } }, problems }
}

test.each([
  ['apollo', ['enrichment'], apollo],
  ['asaas', ['payment'], asaas],
  ['sendgrid', ['email'], sendgrid],
  ['twilio', ['sms', 'whatsapp'], twilio],
  ['google-calendar', ['calendar'], google],
  ['hubspot', ['crm'], hubspot],
] as const)('%s keeps the contract of every service that it provides', async (id, services, vendor) => {
  const bed = await openTestBed(join(import.meta.dirname, '../../plugins', id))
  const played: Played[] = []
  const anew = () => {
    const one = vendor()
    played.push(one)
    return one
  }
  try {
    expect(Object.keys(bed.manifest.provides).sort()).toEqual(services)
    for (const service of services) {
      const results = await runServiceSuite(bed, service, anew)
      expect(results.filter(({ passed }) => !passed)).toEqual([])
      expect(results.length).toBeGreaterThanOrEqual(service === 'enrichment' ? 2 : 3)
    }
    expect(played.flatMap(({ problems }) => problems)).toEqual([])
  } finally {
    await bed.close()
  }
})
