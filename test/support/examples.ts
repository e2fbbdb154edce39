/** The examples in the client's comments, as programs: each a function over the world that it may speak of. */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const sdk = resolve(import.meta.dirname, '../../sdk')
export const EXAMPLES = resolve(import.meta.dirname, '../../.generated/sdk-examples')
const ALL = join(EXAMPLES, 'all.ts')

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

/** How a component of an example is drawn: outside of a drawing there is no hook to call. */
const DRAWN: Readonly<Record<string, readonly string[]>> = {
  'react.ts': [
    "import { createElement } from 'react'",
    "import { renderToString } from 'react-dom/server.edge'",
    'const drawn = (component: () => string) => void renderToString(createElement(component))',
  ],
  'solid.ts': [
    "import { createRoot } from 'solid-js'",
    'const drawn = (component: () => string) => createRoot((dispose) => (component(), dispose()))',
  ],
}

const KNOWN =
  '{ dream, store, baseUrl, secretKey, publishableKey, customerId, subscriberId, token, productId, variantId, orderId, paidOrderId, request, webhookSecret, account, session, projectId, admin, eventId, endpointId, messageId, png }'

/** Writes a module for each source file, to be compiled, and one of them all, to be run. */
export function writeExamples(): void {
  rmSync(EXAMPLES, { recursive: true, force: true })
  mkdirSync(EXAMPLES, { recursive: true })
  const files = [...new Set(examples.map((example) => example.file))]
  for (const file of files) writeFileSync(join(EXAMPLES, file), moduleOf(file))
  const all = [
    ...files.map((file, index) => `import * as of${index} from './${file}'`),
    "import { runnerOf } from '../../test/support/exampleRunner.ts'",
    `export default runnerOf({ ${files.map((_, index) => `...of${index}`).join(', ')} })`,
  ]
  writeFileSync(ALL, all.join('\n'))
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ['./*.ts'],
  }
  writeFileSync(join(EXAMPLES, 'tsconfig.json'), JSON.stringify(config))
}

function moduleOf(file: string): string {
  const head = [
    "import { AuthHelpers, DreamAPI, DreamAPIException } from '../../sdk/index.ts'",
    "import type { World } from '../../test/support/exampleWorld.ts'",
    "import { recorded } from '../../test/support/exampleRunner.ts'",
    `import * as own from '../../sdk/${file}'`,
    ...(OWN.includes(file.replace('.ts', '')) ? exportsOf(file) : []),
    ...(DRAWN[file] ?? []),
    'const console = { log: (...said: unknown[]) => void said }', // it says what it found, and nobody needs to hear it
  ]
  const programs = examples
    .filter((example) => example.file === file)
    .map(({ name, code }) => {
      const component = file in DRAWN ? /^function (\w+)/m.exec(code)?.[1] : undefined
      const drawing = component === undefined ? '' : `drawn(${component})\n`
      return `export async function ${name}(${KNOWN}: World): Promise<void> {\n{\n${code}${drawing}}\n}`
    })
  return [...head, ...programs].join('\n')
}

function exportsOf(file: string): string[] {
  const { text } = sources.find((source) => source.file === file)!
  return [...text.matchAll(/^export (?:async )?(function|class) (\w+)/gm)].map(([, kind, name]) =>
    kind === 'class' ? `const { ${name} } = own` : `const ${name} = recorded('${file}: ${name}', own.${name})`,
  )
}

/** The examples with the client in them, as one module that runs in Node, in a Worker and in a page. */
export async function builtExamples(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [ALL],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['browser'],
    define: { 'process.env.NODE_ENV': '"production"' },
    keepNames: true,
    logLevel: 'warning',
  })
  return outputFiles[0]!.text
}
