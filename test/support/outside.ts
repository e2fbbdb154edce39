/** The far side of the network, scripted per project: what it answers to each delivery, and what it was handed. */

import type { DeliveryFailure } from '../../objects/actor.ts'
import type { Delivery } from '../../objects/outbox.ts'
import { handed, outside } from './objects.ts'

type Answer = (delivery: Delivery) => Promise<DeliveryFailure | null> | DeliveryFailure | null

export const answering = (project: { name: string }, answer: Answer): void =>
  void outside.set(project.name, async (delivery) => answer(delivery))

/** Keys of what was handed over, of one kind. */
export const handedOver = (project: { name: string }, kind: string): string[] =>
  (handed.get(project.name) ?? []).filter((delivery) => delivery.kind === kind).map(({ key }) => key)

/** A promise that a test resolves when it is time. */
export function gate(): { opened: Promise<null>; open: () => void } {
  let open = () => {}
  const opened = new Promise<null>((resolve) => {
    open = () => resolve(null)
  })
  return { opened, open }
}
