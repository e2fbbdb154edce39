/** What .env.local says. Everything here is readable by whoever opens the app: publishable keys only. */

const { VITE_DREAM_PUBLISHABLE_KEY, VITE_DREAM_API_URL } = import.meta.env

export const env = {
  publishableKey: (VITE_DREAM_PUBLISHABLE_KEY as string | undefined) ?? '',
  /** Where dream-api runs; left out, the public deployment. */
  baseUrl: VITE_DREAM_API_URL as string | undefined,
}
