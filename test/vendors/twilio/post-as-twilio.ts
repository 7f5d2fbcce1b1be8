import { createHmac } from 'node:crypto'
import { ORIGIN, type VendorWorld } from '../vendor-world.ts'
import { ACCOUNT } from './twilio.ts'

/** Posts a form to the address of a trigger as Twilio does, signed over address and fields: twilio.com/docs/usage/security. */
export async function postAsTwilio(
  world: VendorWorld,
  trigger: string,
  form: Readonly<Record<string, string>>,
  token: string = ACCOUNT.authToken,
) {
  const { path } = await world.trigger(trigger)
  const signed = Object.keys(form)
    .toSorted()
    .reduce((text, name) => text + name + form[name], `${ORIGIN}${path}`)
  const response = await fetch(world.host.url + path!, {
    method: 'POST',
    body: new URLSearchParams(form).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': createHmac('sha1', token).update(signed).digest('base64'),
    },
  })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
