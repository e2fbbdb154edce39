/** The examples in the client's comments, as programs: each a function over the world that it may speak of. */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const sdk = resolve(import.meta.dirname, '../../sdk')
export const EXAMPLES = resolve(import.meta.dirname, '../../.generated/sdk-examples')

/** What an example may use without making it. */
export interface World {
  readonly dream: import('../../sdk/index.ts').DreamAPI
  readonly store: import('../../sdk/index.ts').DreamAPI
  readonly baseUrl: string
  readonly secretKey: string
  readonly publishableKey: string
  readonly customerId: string
  readonly subscriberId: string
  readonly token: string
  readonly productId: string
  readonly variantId: string
  readonly orderId: string
  readonly paidOrderId: string
  readonly request: Request
  readonly webhookSecret: string
  readonly account: import('../../sdk/account.ts').DreamAccount
  readonly session: string
  readonly projectId: string
  /** The owner of the project of `dream`. */
  readonly admin: import('../../sdk/admin.ts').DreamAdmin
  readonly eventId: string
  readonly endpointId: string
  readonly messageId: string
  readonly png: Uint8Array<ArrayBuffer>
}

/** Files that only some projects import have names of their own to import. */
const OWN = ['account', 'admin', 'config', 'react', 'solid', 'server', 'webhooks']

export interface Example {
  readonly file: string
  readonly name: string
  readonly code: string
}

export const sources = readdirSync(sdk)
  .filter((name) => name.endsWith('.ts') && name !== 'build.ts')
  .map((file) => ({ file, text: readFileSync(join(sdk, file), 'utf8') }))

export const examples: readonly Example[] = sources.flatMap(({ file, text }) =>
  [...text.matchAll(/```ts\n([\s\S]*?)```[\s\S]*?\*\/\s*(?:export )?([^\n]*)/g)].map(([, block, line], index) => ({
    file,
    name: `${file.replace('.ts', '')}_${index}_${/\w+(?=[(<:= ])/.exec(line!.replace(/^(?:static |async |function |class )+/, ''))?.[0] ?? ''}`,
    code: block!.replaceAll(/^ *\* ?/gm, ''),
  })),
)

/** Writes a module for each source file, to be compiled and run. */
export function writeExamples(): void {
  rmSync(EXAMPLES, { recursive: true, force: true })
  mkdirSync(EXAMPLES, { recursive: true })
  for (const file of new Set(examples.map((example) => example.file))) {
    const mine = examples.filter((example) => example.file === file)
    const own = OWN.includes(file.replace('.ts', '')) ? exportsOf(file) : []
    const head = [
      "import { AuthHelpers, DreamAPI, DreamAPIException } from '../../sdk/index.ts'",
      "import type { World } from '../../test/support/examples.ts'",
      own.length === 0 ? '' : `import { ${own.join(', ')} } from '../../sdk/${file}'`,
    ]
    const known =
      '{ dream, store, baseUrl, secretKey, publishableKey, customerId, subscriberId, token, productId, variantId, orderId, paidOrderId, request, webhookSecret, account, session, projectId, admin, eventId, endpointId, messageId, png }'
    const programs = mine.map(
      ({ name, code }) => `export async function ${name}(${known}: World): Promise<void> {\n{\n${code}}\n}`,
    )
    writeFileSync(join(EXAMPLES, file), [...head, ...programs].join('\n'))
  }
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ['./*.ts'],
  }
  writeFileSync(join(EXAMPLES, 'tsconfig.json'), JSON.stringify(config))
}

function exportsOf(file: string): string[] {
  const { text } = sources.find((source) => source.file === file)!
  return [...text.matchAll(/^export (?:async function|function|class) (\w+)/gm)].map(([, name]) => name!)
}
