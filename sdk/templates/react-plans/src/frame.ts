/** What stands around every page, once. */

export { SessionProvider as Frame } from './session'
