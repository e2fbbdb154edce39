/**
 * Turns named TypeScript types into the contract's schemas, each object once.
 * It resolves names as the compiler does (scope, then outer scope, then import) and reads no file itself.
 */
import { dirname, join } from 'node:path'
import type { ObjectNode, Scope, TypeNode } from './declarations.ts'
import type { LiteralSchema, ObjectSchema, Schema } from './schema.ts'

type Found = { type: TypeNode; scope: Scope }

/** The fields that the SDK calls `number` and that may have a fraction; every other number is an integer. */
const fractional = /percent|_rate$|score|latitude|longitude|^(height|length|width|weight)$|metric_tons|aggregated_value/

const scalars: Record<string, Schema> = {
  string: 'string',
  number: 'integer',
  boolean: 'boolean',
  null: 'null',
  undefined: 'null',
  unknown: 'any',
  any: 'any',
  object: 'any',
  Decimal: 'decimal',
  MetadataParam: 'metadata',
}

export class SchemaWriter {
  readonly objects: ObjectSchema[] = []
  readonly #indexes = new Map<ObjectNode, number>()
  readonly #read: (file: string) => Scope

  constructor(read: (file: string) => Scope) {
    this.#read = read
  }

  /** The parameters of a resource's method, or null when it takes none. */
  paramsOf(file: string, className: string, methodName: string): number | null {
    const scope = this.#read(file)
    const method = scope.classes.get(className)?.find(({ name }) => name === methodName)
    if (!method) throw new Error(`${file}: ${className}.${methodName} is not declared`)
    const params = method.params.find(({ name }) => name === 'params')
    if (!params) return null
    const schema = this.#schema(params.type, scope, '')
    if (typeof schema !== 'number') throw new Error(`${file}: the parameters of ${methodName} are not an object`)
    return schema
  }

  /** The objects that a file exports under Stripe's own name for their kind. */
  kindsOf(file: string): { kind: string; index: number }[] {
    const scope = this.#read(file)
    const kinds: { kind: string; index: number }[] = []
    for (const [name, type] of scope.types) {
      if (type.kind !== 'object') continue
      const tag = type.fields.find((field) => field.name === 'object')?.type
      if (tag?.kind !== 'literal' || (tag.value === 'event' && name.endsWith('Event'))) continue
      const index = this.#schema(type, scope, '')
      if (typeof index === 'number') kinds.push({ kind: String(tag.value), index })
    }
    return kinds
  }

  #schema(type: TypeNode, scope: Scope, field: string): Schema {
    switch (type.kind) {
      case 'literal':
        return ['=', type.value]
      case 'list':
        return ['[]', this.#schema(type.element, scope, field)]
      case 'union':
        return this.#union(type.members, scope, field)
      case 'object':
        return this.#object(type, scope)
      case 'name':
        return this.#named(type, scope, field)
      case 'opaque':
        return 'any'
    }
  }

  #named({ path, args }: { path: string[]; args: TypeNode[] }, scope: Scope, field: string): Schema {
    const name = path.join('.')
    const argument = (): Schema => this.#schema(args[0]!, scope, field)
    if (name === 'number' && fractional.test(field)) return 'number'
    if (name === 'Array') return ['[]', argument()]
    if (name === 'Emptyable') return flatUnion(['', argument()])
    if (name === 'ApiList') return this.#list(argument())
    if (name === 'Partial' || name === 'Record' || name === 'Uint8Array') return 'any'
    const scalar = scalars[name]
    if (scalar !== undefined) return scalar
    const found = this.#find(path, scope)
    if (!found) throw new Error(`${scope.file}: ${name} is not declared`)
    return this.#schema(found.type, found.scope, field)
  }

  #union(members: TypeNode[], scope: Scope, field: string): Schema {
    const closed = members.filter((member) => !isOtherString(member))
    return flatUnion(closed.map((member) => this.#schema(member, scope, field)))
  }

  #object(node: ObjectNode, scope: Scope): Schema {
    const known = this.#indexes.get(node)
    if (known !== undefined) return known
    if (node.index && node.fields.length === 0) return ['{}', this.#schema(node.index, scope, '')]
    const index = this.objects.push({}) - 1
    this.#indexes.set(node, index)
    this.objects[index] = this.#fields(node, scope)
    return index
  }

  #fields(node: ObjectNode, scope: Scope): ObjectSchema {
    const fields: ObjectSchema = {}
    for (const base of node.bases) Object.assign(fields, this.#inherited(base, scope))
    for (const { name, optional, type } of node.fields) {
      if (isVoid(type)) continue
      delete fields[`${name}?`]
      fields[optional ? `${name}?` : name] = this.#schema(type, scope, name)
    }
    return fields
  }

  #inherited(base: TypeNode, scope: Scope): ObjectSchema {
    const found = base.kind === 'name' ? this.#find(base.path, scope) : null
    if (found?.type.kind !== 'object') throw new Error(`${scope.file}: a base that is not an interface`)
    return this.#fields(found.type, found.scope)
  }

  #list(element: Schema): Schema {
    const list: ObjectSchema = { object: ['=', 'list'], data: ['[]', element], has_more: 'boolean', url: 'string' }
    const text = JSON.stringify(list)
    const known = this.objects.findIndex((object) => object['has_more'] && JSON.stringify(object) === text)
    return known >= 0 ? known : this.objects.push(list) - 1
  }

  #find(path: string[], scope: Scope): Found | null {
    const [first = '', ...rest] = path
    for (let at: Scope | null = scope; at; at = at.parent) {
      const found = rest.length === 0 ? typeIn(at, first) : descend(at.spaces.get(first), rest)
      if (found) return found
      const imported = at.imports.get(first)
      if (imported) {
        const source = this.#read(resolveImport(at.file, imported.from))
        return this.#find(imported.name === '*' ? rest : [imported.name, ...rest], source)
      }
    }
    return null
  }
}

function typeIn(scope: Scope, name: string): Found | null {
  const type = scope.types.get(name)
  return type ? { type, scope } : null
}

function descend(scope: Scope | undefined, path: string[]): Found | null {
  const [first = '', ...rest] = path
  if (!scope) return null
  return rest.length === 0 ? typeIn(scope, first) : descend(scope.spaces.get(first), rest)
}

const resolveImport = (file: string, from: string): string => join(dirname(file), from.slice(0, -'.js'.length))

const isOtherString = (type: TypeNode): boolean => type.kind === 'name' && type.path[0] === 'OtherString'

/** `deleted?: void` says that the field is never there. */
const isVoid = (type: TypeNode): boolean => type.kind === 'name' && type.path[0] === 'void'

/** One union of all members: nested unions opened, literals gathered into one list. */
function flatUnion(members: Schema[]): Schema {
  const opened = members.flatMap((member) =>
    Array.isArray(member) && member[0] === '|' ? (member.slice(1) as Schema[]) : [member],
  )
  const literals = opened.filter((member): member is LiteralSchema => Array.isArray(member) && member[0] === '=')
  const others = opened.filter((member) => !(Array.isArray(member) && member[0] === '='))
  const union = new Map(others.map((member) => [JSON.stringify(member), member]))
  const values = [...new Set(literals.flatMap((literal) => literal.slice(1)))]
  const all: Schema[] = [...union.values(), ...(values.length > 0 ? [['=', ...values] as LiteralSchema] : [])]
  return all.length === 1 ? all[0]! : ['|', ...all]
}
