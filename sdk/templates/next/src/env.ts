/** What .env.local says. Everything here is readable by whoever opens the app: publishable keys only. */

export const env = {
  publishableKey: process.env.NEXT_PUBLIC_DREAM_PUBLISHABLE_KEY ?? '',
  /** Where dream-api runs; left out, the public deployment. */
  baseUrl: process.env.NEXT_PUBLIC_DREAM_API_URL,
}
