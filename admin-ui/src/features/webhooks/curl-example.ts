/** A request that the host accepts as it is, once the secret stands in it (Standard Webhooks: HMAC-SHA256 over id.timestamp.body). */
export function curlExample(url: string, secret = 'whsec_…'): string {
  const body = JSON.stringify({
    name: 'Ana Souza',
    email: 'ana@example.com',
    company: 'Exemplo Ltda',
    job_title: 'CEO',
  })
  return `SECRET='${secret}'
BODY='${body}'
ID="msg_$(date +%s)"; AT="$(date +%s)"
KEY="$(printf %s "\${SECRET#whsec_}" | base64 -d | od -An -vtx1 | tr -d ' \\n')"
SIGNATURE="$(printf '%s.%s.%s' "$ID" "$AT" "$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)"
curl -sS '${url}' \\
  -H 'content-type: application/json' \\
  -H "webhook-id: $ID" -H "webhook-timestamp: $AT" -H "webhook-signature: v1,$SIGNATURE" \\
  -d "$BODY"`
}
