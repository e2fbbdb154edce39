/** The images of a product: picked, dropped or pasted, the first one shown. */

import { createSignal, For, Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { ProductView } from '../api/views.ts'
import { useProject } from '../state/project.tsx'
import { createAction } from '../state/read.ts'
import { toast } from '../state/toasts.ts'
import { Dialog, Field } from './dialog.tsx'
import { Button } from './parts.tsx'
import { Failed } from './states.tsx'

const TYPES = 'image/png,image/jpeg,image/webp,image/gif,image/avif'
const BYTES_MAX = 5 * 1024 * 1024

/** Why a file cannot be an image of a product; the server looks at the bytes once more. */
function problemOf({ name, type, size }: File): string | undefined {
  if (!TYPES.split(',').includes(type)) return `${name} is no PNG, JPEG, WebP, GIF or AVIF.`
  return size > BYTES_MAX ? `${name} has more than 5 MB.` : undefined
}

const keyOf = (address: string): string => address.replace(/^.*\/api\/assets\//, '')

export function Images(props: { product: ProductView; changed: () => Promise<void>; close: () => void }) {
  const project = useProject()
  const [problem, setProblem] = createSignal<string>()
  const keys = () => props.product.images.map(keyOf)
  const save = async (images: readonly string[]) => {
    await call('PATCH', project.path(`/products/${props.product.id}`), { body: { images } })
    await props.changed()
  }
  const add = createAction(async (files: readonly File[]) => {
    setProblem(files.map(problemOf).find((found) => found !== undefined))
    for (const file of files.filter((one) => problemOf(one) === undefined)) {
      const body = new FormData()
      body.set('file', file)
      const { key } = await call<{ key: string }>('POST', project.path('/assets'), { body })
      await save([...keys(), key])
      toast('Image added')
    }
  })
  const remove = createAction((key: string) => save(keys().filter((one) => one !== key)))
  const show = createAction((key: string) => save([key, ...keys().filter((one) => one !== key)]))
  const isBusy = () => add.isBusy() || remove.isBusy() || show.isBusy()
  const take = (event: Event, given: DataTransfer | null) => {
    event.preventDefault()
    const files = [...(given?.files ?? [])]
    if (files.length > 0) void add.run(files)
  }
  return (
    <Dialog title={`Images of ${props.product.name}`} close={props.close}>
      <div
        class="stack"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => take(event, event.dataTransfer)}
        onPaste={(event) => take(event, event.clipboardData)}
      >
        <ul class="list">
          <For each={props.product.images} fallback={<li class="muted">None yet.</li>}>
            {(address, index) => (
              <li>
                {/* Shops say the product's name for an image, and so does this. */}
                <img
                  class="picture"
                  src={address}
                  alt={`${props.product.name}, image ${index() + 1}`}
                  width="32"
                  height="32"
                />
                <span class="spring">{index() === 0 ? 'Shown first' : ''}</span>
                <Show when={index() > 0}>
                  <Button small disabled={isBusy()} onClick={() => void show.run(keyOf(address))}>
                    Show first
                  </Button>
                </Show>
                <Button small disabled={isBusy()} onClick={() => void remove.run(keyOf(address))}>
                  Remove image {index() + 1}
                </Button>
              </li>
            )}
          </For>
        </ul>
        <Field
          label="Add images"
          hint="Or drop or paste them here. PNG, JPEG, WebP, GIF or AVIF, at most 5 MB each; shops read the product’s name for them."
          problem={problem()}
        >
          {(field) => (
            <input
              {...field}
              class="input"
              type="file"
              accept={TYPES}
              multiple
              disabled={isBusy()}
              onChange={(event) => {
                const files = [...(event.currentTarget.files ?? [])]
                event.currentTarget.value = ''
                if (files.length > 0) void add.run(files)
              }}
            />
          )}
        </Field>
        <Show when={add.isBusy()}>
          <p class="muted" role="status">
            Uploading…
          </p>
        </Show>
        <Show when={add.error() ?? remove.error() ?? show.error()}>{(error) => <Failed error={error()} />}</Show>
        <footer>
          <Button autofocus onClick={() => props.close()}>
            Close
          </Button>
        </footer>
      </div>
    </Dialog>
  )
}
