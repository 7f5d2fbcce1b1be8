/** Read of every contact, whatever else was asked for. */
export const CONTACT_PROPERTIES: readonly string[] = [
  'email',
  'firstname',
  'lastname',
  'phone',
  'company',
  'jobtitle',
  'hs_lead_status',
  'hubspot_owner_id',
  'lastmodifieddate',
]
