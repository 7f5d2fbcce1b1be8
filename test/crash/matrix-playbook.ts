/** Keys that one run of the playbook uses, with the run that it starts: calls of the vendor, iterations counted. */
export const KEYS_A_RUN = 16

/** Who is asked, and says yes. */
export const APPROVER = 'ana@acme.com'

/** What the playbook starts and waits for. */
export const CHILD = `
id: matrix-child
name: Started by the kill matrix
module: gestao
triggers: [{ manual: true }]
steps:
  - { uses: vendor/write-key, with: { where: in-another-run }, retry: { maxAttempts: 3, delay: 50ms, jitter: 0 } }
  - wait: 60ms
`

/** Everything in which a step can stand when its process dies, with one action of the vendor at every place. */
export function matrixPlaybook(action: string): string {
  const call = (where: string) =>
    `{ uses: vendor/${action}, with: { where: ${where} }, retry: { maxAttempts: 3, delay: 50ms, jitter: 0 } }`
  return `
id: matrix
name: Kill matrix
module: gestao
triggers:
  - event: matrix.began
steps:
  - ${call('first')}
  - id: side
    parallel:
      branches:
        timer:
          - ${call('before-the-timer')}
          - wait: 120ms
          - ${call('after-the-timer')}
        event:
          - waitFor:
              all:
                - { event: matrix.answered, correlate: { subject: '\${{ event.subject }}' } }
                - { event: matrix.confirmed, correlate: { subject: '\${{ event.subject }}' } }
              timeout: 1h
          - ${call('after-the-event')}
        people:
          - approval: { title: Go on, of: [${APPROVER}], timeout: 1h }
            onError: fail
          - ${call('after-the-approval')}
        another:
          - uses: playbook/matrix-child
            onError: fail
          - ${call('after-the-other-run')}
  - id: each
    forEach: { in: '\${{ [1, 2, 3] }}', limit: 2 }
    do:
      - ${call('in-a-loop')}
      - wait: 60ms
      - ${call('after-a-wait-in-a-loop')}
  - set: { n: 0 }
  - while: \${{ vars.n < 2 }}
    max: 2
    do:
      - set: { n: '\${{ vars.n + 1 }}' }
      - if: \${{ vars.n == 2 }}
        then:
          - ${call('in-a-branch')}
  - id: guarded
    timeout: 1h
    try:
      - raise: { code: EXPECTED, message: as wanted, retryable: true }
        retry: { maxAttempts: 3, delay: 60ms, jitter: 0 }
    catch:
      when: \${{ vars.error.code == "EXPECTED" }}
      do:
        - ${call('in-a-catch')}
  - emit: { event: matrix.ended }
finally:
  - ${call('at-last')}
`
}
