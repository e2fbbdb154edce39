/** Who is signed in, for every part of the app. What their plan allows is asked of the server, never decided here. */

import type { ClerkUser } from '@dream-api/sdk'
import { createSignal } from 'solid-js'
import { dream, whoIsIt } from './dream'

const [user, setUser] = createSignal<ClerkUser | null>(null)
const [isKnown, setKnown] = createSignal(false)
dream.auth.onChange((news) => setUser(news))
void whoIsIt().then(() => {
  setUser(dream.auth.getUser())
  setKnown(true)
})

/** `isKnown` is false until it is known whether there is a `user`. */
export { isKnown, user }
