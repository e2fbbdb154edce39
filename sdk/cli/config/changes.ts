/** What would have to change for a project to be as its file says, each change with the way to make it. Decides; calls nobody. */

import type { DreamAdmin, EditedTier } from '../../admin.ts'
import type { ConfigProduct, DreamConfig } from '../../config.ts'
import type { Product } from '../../products.ts'
import { Wrong } from '../command.ts'
import { fromProduct, fromTier, wholeProduct, wholeTier, type Present } from './present.ts'

export interface Change {
  readonly what: 'create' | 'update' | 'remove'
  /** `tier pro` */
  readonly name: string
  readonly fields: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
  /** Answers what must be told about it: a secret that is shown once. */
  make(admin: DreamAdmin): Promise<string | void>
}

type Fields = Change['fields']

/** In an order in which each can be made: what is new first, what goes last. */
export function changesTo(config: DreamConfig, present: Present): Change[] {
  const all = [...ofSettings(config, present), ...ofTiers(config, present), ...ofProducts(config, present)]
  const changes = [...all, ...ofEndpoints(config, present)]
  return [...changes.filter(({ what }) => what !== 'remove'), ...changes.filter(({ what }) => what === 'remove')]
}

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

/** The fields of `to` that `from` has otherwise. */
function differences(from: object, to: object): Fields {
  const known = from as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(to).flatMap(([field, value]) =>
      value === undefined || same(known[field], value) ? [] : [[field, { from: known[field], to: value as unknown }]],
    ),
  )
}

const valuesOf = (fields: Fields): object =>
  Object.fromEntries(Object.entries(fields).map(([field, { to }]) => [field, to]))

/** One change, or none when nothing differs. */
const update = (name: string, fields: Fields, make: Change['make']): Change[] =>
  Object.keys(fields).length === 0 ? [] : [{ what: 'update', name, fields, make }]

const create = (name: string, thing: object, make: Change['make']): Change => ({
  what: 'create',
  name,
  fields: Object.fromEntries(
    Object.entries(thing).map(([field, to]) => [field, { from: undefined, to: to as unknown }]),
  ),
  make,
})

const remove = (name: string, make: Change['make']): Change => ({ what: 'remove', name, fields: {}, make })

/** Each name once: two of one name would undo each other. */
function named<T>(kind: string, things: readonly T[], nameOf: (thing: T) => string): Map<string, T> {
  const map = new Map(things.map((thing) => [nameOf(thing), thing]))
  if (map.size < things.length) throw new Wrong(`The file names a ${kind} twice: ${things.map(nameOf).join(', ')}`)
  return map
}

function ofSettings({ settings = {}, shop = {} }: DreamConfig, present: Present): Change[] {
  const changed = differences(present.project, settings)
  const sells = differences(present.shop, shop)
  const { revision: ifRevision } = present.project
  return [
    ...update('settings', changed, async (admin) => {
      await admin.settings.update({ ...valuesOf(changed), ifRevision })
    }),
    ...update('shop', sells, async (admin) => void (await admin.shop.update(valuesOf(sells)))),
  ]
}

function ofTiers({ tiers }: DreamConfig, present: Present): Change[] {
  if (tiers === undefined) return []
  const wanted = named('tier', tiers, ({ slug }) => slug)
  const there = new Map(present.tiers.map((tier) => [tier.slug, tier]))
  const onSale = present.tiers.filter(({ archivedAt }) => archivedAt === null).map(({ slug }) => slug)
  const kept = present.tiers.map(({ slug }) => slug).filter((slug) => wanted.has(slug))
  const slugs = [...wanted.keys()]
  const made = [...kept, ...slugs.filter((slug) => !kept.includes(slug))]
  const order: Fields = same(made, slugs) ? {} : { order: { from: made, to: slugs } }
  return [
    ...tiers.flatMap((tier) => ofTier(wholeTier(tier), there.get(tier.slug))),
    ...update('tiers', order, async (admin) => void (await admin.tiers.order(slugs))),
    ...onSale
      .filter((slug) => !wanted.has(slug))
      .map((slug) => remove(`tier ${slug}`, async (admin) => void (await admin.tiers.archive(slug)))),
  ]
}

function ofTier(tier: ReturnType<typeof wholeTier>, present: EditedTier | undefined): Change[] {
  const { slug } = tier
  const name = `tier ${slug}`
  if (present === undefined) return [create(name, tier, async (admin) => void (await admin.tiers.create(tier)))]
  const differing = differences(fromTier(present), tier)
  const isArchived = present.archivedAt !== null
  const fields = isArchived ? { ...differing, onSale: { from: false, to: true } } : differing
  return update(name, fields, async (admin) => {
    const { tier: back } = isArchived ? await admin.tiers.restore(slug) : { tier: present }
    if (Object.keys(differing).length > 0)
      await admin.tiers.update(slug, { ...valuesOf(differing), ifRevision: back.revision })
  })
}

function ofProducts({ products }: DreamConfig, present: Present): Change[] {
  if (products === undefined) return []
  const wanted = named('product', products, ({ slug }) => slug)
  const there = new Map(present.products.map((product) => [product.slug, product]))
  return [
    ...products.flatMap((product) => ofProduct(product, there.get(product.slug))),
    ...present.products
      .filter(({ slug, archived }) => !archived && !wanted.has(slug))
      .map(({ id, slug }) =>
        remove(`product ${slug}`, async (admin) => void (await admin.products.update(id, { archived: true }))),
      ),
  ]
}

function ofProduct(product: ConfigProduct, present: Product | undefined): Change[] {
  const name = `product ${product.slug}`
  const { variants: _, slug: __, ...wanted } = wholeProduct(product)
  if (present === undefined)
    return [create(name, { ...wholeProduct(product) }, async (admin) => void (await admin.products.create(product)))]
  if (!same(wanted.options, present.options))
    throw new Wrong(`${name} has the options ${present.options.join(', ') || 'none'}; they stay as they are.`)
  const { options: ___, ...patch } = wanted
  const differing = differences(fromProduct(present), patch)
  const fields = present.archived ? { ...differing, archived: { from: true, to: false } } : differing
  return [
    ...update(name, fields, async (admin) => void (await admin.products.update(present.id, valuesOf(fields)))),
    ...ofVariants(product, present),
  ]
}

/** Variants are named by their options. */
function ofVariants(product: ConfigProduct, present: Product): Change[] {
  const titleOf = ({ options = {} }: { options?: Record<string, string> }) =>
    [product.slug, ...present.options.map((option) => options[option] ?? '')].join(' ')
  const wanted = named('variant', product.variants, titleOf)
  const there = new Map(present.variants.map((variant) => [titleOf(variant), variant]))
  return [
    ...[...wanted].flatMap(([title, variant]) => {
      const before = there.get(title)
      const name = `variant ${title}`
      if (before === undefined)
        return [create(name, variant, async (admin) => void (await admin.products.addVariant(present.id, variant)))]
      const { sku, prices } = wholeProduct({ ...product, variants: [variant] }).variants[0]!
      const [known] = fromProduct({ ...present, variants: [before] }).variants
      const fields = differences(known!, { sku, prices })
      return update(name, fields, async (admin) => {
        await admin.products.updateVariant(before.id, valuesOf(fields))
      })
    }),
    ...[...there]
      .filter(([title]) => !wanted.has(title))
      .map(([title, { id }]) =>
        remove(`variant ${title}`, async (admin) => void (await admin.products.updateVariant(id, { archived: true }))),
      ),
  ]
}

function ofEndpoints({ endpoints }: DreamConfig, present: Present): Change[] {
  if (endpoints === undefined) return []
  const wanted = named('endpoint', endpoints, ({ url }) => url)
  const kept = new Set<string>()
  const changes = [...wanted].flatMap(([url, { events, description = null }]) => {
    const name = `endpoint ${url}`
    const before = present.endpoints.find((endpoint) => endpoint.url === url)
    if (before === undefined)
      return [
        create(name, { events, description }, async (admin) => {
          const { secret } = await admin.endpoints.create({ url, events, description })
          return `Its secret, shown this once: ${secret}`
        }),
      ]
    kept.add(before.id)
    const sorted = (list: readonly string[]) => list.toSorted()
    const from = { events: sorted(before.events), description: before.description }
    const fields = differences(from, { events: sorted(events), description })
    return update(name, fields, async (admin) => void (await admin.endpoints.update(before.id, valuesOf(fields))))
  })
  const gone = present.endpoints.filter(({ id }) => !kept.has(id))
  return [
    ...changes,
    ...gone.map(({ id, url }) => remove(`endpoint ${url}`, async (admin) => void (await admin.endpoints.delete(id)))),
  ]
}
