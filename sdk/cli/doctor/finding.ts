/** What a check of the doctor found. */

export interface Finding {
  readonly check: string
  /** `skipped`: it could not be looked at; `says` tells what is missing. */
  readonly state: 'right' | 'wrong' | 'skipped'
  readonly says: string
}

export const right = (check: string, says: string): Finding => ({ check, state: 'right', says })
export const wrong = (check: string, says: string): Finding => ({ check, state: 'wrong', says })
export const skipped = (check: string, says: string): Finding => ({ check, state: 'skipped', says })
