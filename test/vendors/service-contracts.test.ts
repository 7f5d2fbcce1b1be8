import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runServiceSuite, type ServiceFixture } from '../../core/testing/service-suite.ts'
import { openTestBed } from '../../core/testing/test-bed.ts'
import { CLIENT as GOOGLE_CLIENT, Google } from './google-calendar/google.ts'
import { HubSpot } from './hubspot/hubspot.ts'
import { APP_TOKEN } from './hubspot/sign-ins.ts'
import { playVendor } from './play-vendor.ts'
import { ACCOUNT, SMS_FROM, Twilio, WHATSAPP_FROM } from './twilio/twilio.ts'

interface Played extends ServiceFixture {
  /** What the vendor found in requests and answers that its own description does not know. */
  readonly problems: readonly string[]
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
      expect(results.length).toBeGreaterThanOrEqual(3)
    }
    expect(played.flatMap(({ problems }) => problems)).toEqual([])
  } finally {
    await bed.close()
  }
})
