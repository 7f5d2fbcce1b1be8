/** A policy that scores, and one that chooses, as tests use them. */
export const SCORE = `
policy: worth-a-call
name: Worth a call
module: pre_vendas
type: OPERATIONAL
question: Is this lead worth a call?
inputs:
  leadId: { type: string }
  source: { type: string }
  visits: { type: number, default: 0 }
options:
  call: { title: Call, from: 60 }
  wait: { title: Wait, from: 0 }
rules:
  - if: \${{ inputs.source == "referral" }}
    points: 30
    because: Referrals know us.
  - if: \${{ inputs.visits == 0 }}
    points: -20
    because: Has not looked at us.
learn:
  from: [source, visits]
  outcome:
    success: { event: meeting.scheduled, correlate: { leadId: '\${{ inputs.leadId }}' } }
    failure: { event: lead.lost, correlate: { leadId: '\${{ inputs.leadId }}' } }
    within: 14d
threshold: 85
auto: true
`

export const CHOICE = `
policy: channel
name: Channel
module: pre_vendas
type: TACTICAL
question: By which channel?
inputs:
  phone: { type: boolean, default: true }
options:
  email: { title: E-mail, chance: 20 }
  sms: { title: SMS, chance: 20 }
rules:
  - if: \${{ !inputs.phone }}
    never: [sms]
    because: No phone.
threshold: 90
auto: true
`
