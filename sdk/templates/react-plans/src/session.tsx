/** Who is signed in, for every part of the app. What their plan allows is asked of the server, never decided here. */

import type { ClerkUser } from '@dream-api/sdk'
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'
import { dream, whoIsIt } from './dream'

interface Session {
  /** False until it is known. */
  readonly isKnown: boolean
  readonly user: ClerkUser | null
  readonly signOut: () => Promise<void>
}

const Context = createContext<Session>({ isKnown: false, user: null, signOut: async () => {} })

export const useSession = (): Session => useContext(Context)

export function SessionProvider({ children }: { children: ReactNode }) {
  const [isKnown, setKnown] = useState(false)
  const [user, setUser] = useState<ClerkUser | null>(null)
  useEffect(() => {
    const stop = dream.auth.onChange(setUser)
    void whoIsIt().then(() => {
      setUser(dream.auth.getUser())
      setKnown(true)
    })
    return stop
  }, [])
  return <Context value={{ isKnown, user, signOut: () => dream.auth.signOut() }}>{children}</Context>
}
