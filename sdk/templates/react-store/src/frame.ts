/** What stands around every page, once. */

export { ShopProvider as Frame } from './shopState'
