/** A user as Clerk's Backend API writes one, and what a request may say about one. It stores nothing. */
import type { FieldType, Form } from './form.ts'
import { ClerkRefusal, wrongFormat } from './refusal.ts'

export type ClerkUser = {
  id: string
  object: 'user'
  email_addresses: { id: string; object: 'email_address'; email_address: string; [field: string]: unknown }[]
  primary_email_address_id: string | null
  external_id: string | null
  first_name: string | null
  last_name: string | null
  public_metadata: Form
  private_metadata: Form
  unsafe_metadata: Form
  banned: boolean
  created_at: number
  updated_at: number
  [field: string]: unknown
}

const common: Record<string, FieldType> = {
  external_id: 'string',
  first_name: 'string',
  last_name: 'string',
  locale: 'string',
  password: 'string',
  password_digest: 'string',
  password_hasher: 'string',
  skip_password_checks: 'boolean',
  skip_legal_checks: 'boolean',
  legal_accepted_at: 'time',
  created_at: 'time',
  delete_self_enabled: 'boolean',
  create_organization_enabled: 'boolean',
  create_organizations_limit: 'integer',
}

/** Phone numbers, usernames, wallets, TOTP are not enabled in our instances: as with Clerk, their fields are unknown. */
export const createFields: Record<string, FieldType> = {
  ...common,
  email_address: 'strings',
  email_address_identification_status: 'strings',
  skip_password_requirement: 'boolean',
  public_metadata: 'object',
  private_metadata: 'object',
  unsafe_metadata: 'object',
  banned: 'boolean',
  locked: 'boolean',
}

export const updateFields: Record<string, FieldType> = {
  ...common,
  primary_email_address_id: 'string',
  notify_primary_email_address_changed: 'boolean',
  sign_out_of_other_sessions: 'boolean',
}

export function newUser({
  id,
  emails,
  form,
  now,
}: {
  id: string
  emails: string[]
  form: Form
  now: number
}): ClerkUser {
  const addresses = emails.map(newAddress)
  const createdAt = typeof form['created_at'] === 'string' ? Date.parse(form['created_at']) : now
  const hasPassword = typeof form['password'] === 'string' || typeof form['password_digest'] === 'string'
  return {
    id,
    object: 'user',
    username: null,
    first_name: (form['first_name'] as string | null) ?? null,
    last_name: (form['last_name'] as string | null) ?? null,
    image_url: `https://img.clerk.com/${id}`,
    has_image: false,
    primary_email_address_id: addresses[0]?.id ?? null,
    primary_phone_number_id: null,
    primary_web3_wallet_id: null,
    password_enabled: hasPassword,
    two_factor_enabled: false,
    totp_enabled: false,
    backup_code_enabled: false,
    email_addresses: addresses,
    phone_numbers: [],
    web3_wallets: [],
    passkeys: [],
    organization_memberships: null,
    external_accounts: [],
    enterprise_accounts: [],
    saml_accounts: [],
    password_last_updated_at: hasPassword ? now : null,
    public_metadata: (form['public_metadata'] ?? {}) as Form,
    private_metadata: (form['private_metadata'] ?? {}) as Form,
    unsafe_metadata: (form['unsafe_metadata'] ?? {}) as Form,
    external_id: (form['external_id'] as string | null) ?? null,
    last_sign_in_at: null,
    banned: form['banned'] === true,
    locked: form['locked'] === true,
    lockout_expires_in_seconds: null,
    verification_attempts_remaining: 100,
    created_at: createdAt,
    updated_at: now,
    last_active_at: null,
    create_organization_enabled: form['create_organization_enabled'] ?? true,
    create_organizations_limit: form['create_organizations_limit'] ?? null,
    delete_self_enabled: form['delete_self_enabled'] ?? true,
    legal_accepted_at: null,
    locale: form['locale'] ?? null,
  }
}

const newAddress = (email: string): ClerkUser['email_addresses'][number] => ({
  id: newId('idn'),
  object: 'email_address',
  email_address: email,
  reserved: false,
  verification: {
    object: 'verification_admin',
    status: 'verified',
    strategy: 'admin',
    attempts: null,
    expire_at: null,
  },
  linked_to: [],
})

export function primaryEmail(user: ClerkUser): string | null {
  const primary = user.email_addresses.find(({ id }) => id === user.primary_email_address_id)
  return primary?.email_address ?? null
}

/** Clerk knows an e-mail address by its lower-case form. */
export function readEmail(text: string): string {
  if (text.length > 254 || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) {
    throw wrongFormat('email_address', 'a valid email address')
  }
  return text.toLowerCase()
}

export function checkPassword(form: Form): void {
  const password = form['password']
  if (typeof password !== 'string' || form['skip_password_checks'] === true) return
  if (password.length < 8) throw badPassword('too_short', 'Passwords must be 8 characters or more.')
  if (password.length > 72) throw badPassword('too_long', 'Passwords must be less than 72 characters.')
}

const badPassword = (rule: string, message: string): ClerkRefusal =>
  new ClerkRefusal(422, { code: `form_password_length_${rule}`, message, long: message, param: 'password' })

/** `user_2x…`: Clerk's ids are a prefix and 27 letters and digits that sort by time; here they only look so. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(27))
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  return `${prefix}_${Array.from(bytes, (byte) => letters[byte % letters.length]).join('')}`
}
