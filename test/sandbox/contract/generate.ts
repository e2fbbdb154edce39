/**
 * Derives the contract of Stripe's API from the installed `stripe` package: methods and paths from its resources' code,
 * types from their declarations. Writes `.generated/stripe-contract.json`, which is never committed.
 */
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { readDeclarations } from './declarations.ts'
import type { Scope } from './declarations.ts'
import type { Contract } from './schema.ts'
import { SchemaWriter } from './writer.ts'

const root = join(import.meta.dirname, '../../..')
const stripe = join(root, 'node_modules/stripe')
const resources = join(stripe, 'esm/resources')
const output = join(root, '.generated/stripe-contract.json')

const classLine = /^export class (\w+)/
const methodLine = /^ {4}(\w+)\(.*\) \{$/
const requestCall = /this\._makeRequest\('([A-Z]+)', (?:'([^']+)'|`([^`]+)`)/

const contract = generateContract()
mkdirSync(dirname(output), { recursive: true })
// Whoever reads meanwhile sees the old file or the new one, never half of it.
writeFileSync(`${output}.${process.pid}`, JSON.stringify(contract))
renameSync(`${output}.${process.pid}`, output)
console.log(
  `${relative(root, output)}: stripe ${contract.stripe}, ${contract.operations.length} operations, ` +
    `${contract.objects.length} objects, ${Object.keys(contract.kinds).length} kinds`,
)

function generateContract(): Contract {
  const writer = new SchemaWriter(makeReader())
  const files = resourceFiles()
  const operations = files.flatMap((file) => readOperations(file, writer))
  const kinds = readKinds(files, writer)
  const { version } = JSON.parse(readFileSync(join(stripe, 'package.json'), 'utf8')) as { version: string }
  return { stripe: version, operations, objects: writer.objects, kinds }
}

/** Every resource of API v1, without its extension, in a fixed order. */
function resourceFiles(): string[] {
  return readdirSync(resources, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !name.startsWith('V2') && !name.endsWith('index.js'))
    .map((name) => join(resources, name.slice(0, -'.js'.length)))
    .sort()
}

function makeReader(): (file: string) => Scope {
  const scopes = new Map<string, Scope>()
  return (file) => {
    const known = scopes.get(file)
    if (known) return known
    const scope = readDeclarations(file, readFileSync(`${file}.d.ts`, 'utf8'))
    scopes.set(file, scope)
    return scope
  }
}

function readOperations(file: string, writer: SchemaWriter): Contract['operations'] {
  const operations: Contract['operations'] = []
  let className = ''
  let methodName = ''
  for (const line of readFileSync(`${file}.js`, 'utf8').split('\n')) {
    className = classLine.exec(line)?.[1] ?? className
    methodName = methodLine.exec(line)?.[1] ?? methodName
    const [, method, plain, template] = requestCall.exec(line) ?? []
    if (method === undefined) continue
    const path = plain ?? template!.replaceAll(/\$\{encodeURIComponent\(\w+\)\}/g, '*')
    operations.push([method, path, writer.paramsOf(file, className, methodName)])
  }
  return operations
}

function readKinds(files: string[], writer: SchemaWriter): Contract['kinds'] {
  const kinds: Contract['kinds'] = {}
  for (const file of files) {
    for (const { kind, index } of writer.kindsOf(file)) (kinds[kind] ??= []).push(index)
  }
  return kinds
}
