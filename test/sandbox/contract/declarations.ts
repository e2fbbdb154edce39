/**
 * Reads a TypeScript declaration file into scopes of named types: interfaces, aliases, namespaces, imports, class methods.
 * It knows the subset of the language in which generated `.d.ts` files are written, and throws on anything else.
 */

export type TypeNode =
  | { kind: 'name'; path: string[]; args: TypeNode[] }
  | { kind: 'literal'; value: string | number | boolean }
  | { kind: 'list'; element: TypeNode }
  | { kind: 'union'; members: TypeNode[] }
  | ObjectNode
  | { kind: 'opaque' }

export type ObjectNode = { kind: 'object'; fields: Field[]; index: TypeNode | null; bases: TypeNode[] }
export type Field = { name: string; optional: boolean; type: TypeNode }
export type Method = { name: string; params: Field[] }
/** What a file calls by another file's name; `*` is the whole file. */
export type Import = { from: string; name: string }

export type Scope = {
  file: string
  parent: Scope | null
  types: Map<string, TypeNode>
  spaces: Map<string, Scope>
  imports: Map<string, Import>
  classes: Map<string, Method[]>
}

export function readDeclarations(file: string, text: string): Scope {
  const scope = emptyScope(file, null)
  const tokens = new Tokens(file, text)
  while (!tokens.done) readStatement(tokens, scope)
  return scope
}

const emptyScope = (file: string, parent: Scope | null): Scope => ({
  file,
  parent,
  types: new Map(),
  spaces: new Map(),
  imports: new Map(),
  classes: new Map(),
})

const token = /\s+|\/\/.*|\/\*[^]*?\*\/|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\w$]+|=>|\.\.\.|[^])/y

class Tokens {
  readonly file: string
  readonly #list: string[] = []
  #at = 0

  constructor(file: string, text: string) {
    this.file = file
    for (const [, word] of text.matchAll(new RegExp(token, 'gy'))) if (word !== undefined) this.#list.push(word)
  }

  get done(): boolean {
    return this.#at >= this.#list.length
  }

  peek(ahead = 0): string {
    return this.#list[this.#at + ahead] ?? ''
  }

  take(): string {
    if (this.done) throw new Error(`${this.file}: unexpected end`)
    return this.#list[this.#at++] ?? ''
  }

  accept(word: string): boolean {
    if (this.peek() !== word) return false
    this.#at++
    return true
  }

  expect(word: string): void {
    if (this.accept(word)) return
    throw new Error(`${this.file}: expected ${word} at ${this.#list.slice(this.#at - 5, this.#at + 5).join(' ')}`)
  }

  /** Steps over a bracketed group, the cursor standing on its opening bracket. */
  skipGroup(): void {
    let depth = 0
    do {
      const word = this.take()
      if (isOpening(word)) depth++
      else if (isClosing(word)) depth--
    } while (depth > 0)
  }

  skipStatement(): void {
    while (!this.done && this.peek() !== ';') {
      const isBody = this.peek() === '{'
      if (isOpening(this.peek())) this.skipGroup()
      else this.take()
      if (isBody && this.peek() !== 'from') break
    }
    this.accept(';')
  }
}

const isOpening = (word: string): boolean => word === '{' || word === '(' || word === '['
const isClosing = (word: string): boolean => word === '}' || word === ')' || word === ']'
const isQuoted = (word: string): boolean => word.startsWith("'") || word.startsWith('"')
const unquote = (word: string): string => (isQuoted(word) ? word.slice(1, -1) : word)

function readStatement(tokens: Tokens, scope: Scope): void {
  while (['export', 'declare', 'abstract'].includes(tokens.peek()) && tokens.peek(1) !== '{') tokens.take()
  const word = tokens.peek()
  if (word === 'import' || (word === 'export' && tokens.peek(1) === '{')) readImport(tokens, scope)
  else if (word === 'interface') readInterface(tokens, scope)
  else if (word === 'type') readAlias(tokens, scope)
  else if (word === 'namespace') readNamespace(tokens, scope)
  else if (word === 'class') readClass(tokens, scope)
  else tokens.skipStatement()
}

/** `import { A, B as C } from './x.js'`, the same with `export`, and `import * as D from './x.js'`. */
function readImport(tokens: Tokens, scope: Scope): void {
  if (tokens.peek(1) === '*') return readWholeImport(tokens, scope)
  if (tokens.peek(1) !== '{') return tokens.skipStatement()
  tokens.take()
  tokens.take()
  const names: [local: string, name: string][] = []
  while (!tokens.accept('}')) {
    const name = tokens.take()
    names.push([tokens.accept('as') ? tokens.take() : name, name])
    tokens.accept(',')
  }
  if (tokens.accept('from')) {
    const from = unquote(tokens.take())
    for (const [local, name] of names) scope.imports.set(local, { from, name })
  }
  tokens.accept(';')
}

function readWholeImport(tokens: Tokens, scope: Scope): void {
  for (const word of ['import', '*', 'as']) tokens.expect(word)
  const name = tokens.take()
  tokens.expect('from')
  scope.imports.set(name, { from: unquote(tokens.take()), name: '*' })
  tokens.accept(';')
}

function readInterface(tokens: Tokens, scope: Scope): void {
  tokens.expect('interface')
  const name = tokens.take()
  skipTypeParameters(tokens)
  const bases = tokens.accept('extends') ? readTypes(tokens) : []
  scope.types.set(name, { ...readObject(tokens), bases })
}

function readAlias(tokens: Tokens, scope: Scope): void {
  tokens.expect('type')
  const name = tokens.take()
  skipTypeParameters(tokens)
  tokens.expect('=')
  scope.types.set(name, readType(tokens))
  tokens.accept(';')
}

/** Declarations of one namespace may be spread over several blocks: they share a scope. */
function readNamespace(tokens: Tokens, scope: Scope): void {
  tokens.expect('namespace')
  const name = tokens.take()
  const inner = scope.spaces.get(name) ?? emptyScope(scope.file, scope)
  scope.spaces.set(name, inner)
  tokens.expect('{')
  while (!tokens.accept('}')) readStatement(tokens, inner)
}

function readClass(tokens: Tokens, scope: Scope): void {
  tokens.expect('class')
  const name = tokens.take()
  while (tokens.peek() !== '{') tokens.take()
  tokens.expect('{')
  const methods: Method[] = []
  while (!tokens.accept('}')) {
    const isMethod = tokens.peek(1) === '('
    if (!isMethod) {
      tokens.skipStatement()
      continue
    }
    methods.push({ name: tokens.take(), params: readParameters(tokens) })
    tokens.skipStatement()
  }
  scope.classes.set(name, methods)
}

function readParameters(tokens: Tokens): Field[] {
  const params: Field[] = []
  tokens.expect('(')
  while (!tokens.accept(')')) {
    tokens.accept('...')
    const name = tokens.take()
    const optional = tokens.accept('?')
    tokens.expect(':')
    params.push({ name, optional, type: readType(tokens) })
    tokens.accept(',')
  }
  return params
}

function readTypes(tokens: Tokens): TypeNode[] {
  const types = [readType(tokens)]
  while (tokens.accept(',')) types.push(readType(tokens))
  return types
}

function readType(tokens: Tokens): TypeNode {
  tokens.accept('|')
  const members = [readIntersection(tokens)]
  while (tokens.accept('|')) members.push(readIntersection(tokens))
  return members.length === 1 ? members[0]! : { kind: 'union', members }
}

function readIntersection(tokens: Tokens): TypeNode {
  const first = readPostfix(tokens)
  if (tokens.peek() !== '&') return first
  while (tokens.accept('&')) readPostfix(tokens)
  return { kind: 'opaque' }
}

function readPostfix(tokens: Tokens): TypeNode {
  let type = readPrimary(tokens)
  while (tokens.peek() === '[') {
    if (tokens.peek(1) === ']') type = { kind: 'list', element: type }
    else type = { kind: 'opaque' }
    tokens.skipGroup()
  }
  return type
}

function readPrimary(tokens: Tokens): TypeNode {
  const word = tokens.peek()
  if (word === '{') return readObject(tokens)
  if (word === '(') return readParenthesis(tokens)
  if (word === '[') return opaque(() => tokens.skipGroup())
  if (word === 'keyof' || word === 'typeof' || word === 'readonly') {
    tokens.take()
    return opaque(() => readPostfix(tokens))
  }
  if (isQuoted(word)) return { kind: 'literal', value: unquote(tokens.take()) }
  if (/^\d/.test(word)) return { kind: 'literal', value: Number(tokens.take()) }
  if (word === 'true' || word === 'false') return { kind: 'literal', value: tokens.take() === 'true' }
  return readName(tokens)
}

/** A function type is opaque; otherwise the brackets only group. */
function readParenthesis(tokens: Tokens): TypeNode {
  const isFunction = tokens.peek(1) === ')' || [':', '?', ','].includes(tokens.peek(2))
  if (isFunction) {
    tokens.skipGroup()
    tokens.expect('=>')
    return opaque(() => readType(tokens))
  }
  tokens.expect('(')
  const type = readType(tokens)
  tokens.expect(')')
  return type
}

function readName(tokens: Tokens): TypeNode {
  const first = tokens.take()
  if (!/^[\w$]+$/.test(first)) throw new Error(`${tokens.file}: expected a type, found ${first}`)
  if (first === 'import') tokens.skipGroup()
  const path = [first]
  while (tokens.accept('.')) path.push(tokens.take())
  const args = tokens.accept('<') ? readTypes(tokens) : []
  if (args.length > 0) tokens.expect('>')
  return first === 'import' ? { kind: 'opaque' } : { kind: 'name', path, args }
}

function readObject(tokens: Tokens): ObjectNode {
  const node: ObjectNode = { kind: 'object', fields: [], index: null, bases: [] }
  tokens.expect('{')
  while (!tokens.accept('}')) readMember(tokens, node)
  return node
}

function readMember(tokens: Tokens, node: ObjectNode): void {
  if (tokens.accept('readonly')) return readMember(tokens, node)
  if (tokens.peek() === '[') {
    tokens.skipGroup()
    tokens.accept('?')
    tokens.expect(':')
    node.index = readType(tokens)
  } else if (tokens.peek() === '(' || tokens.peek(1) === '(' || tokens.peek(1) === '<') {
    tokens.skipStatement()
    return
  } else {
    const name = unquote(tokens.take())
    const optional = tokens.accept('?')
    tokens.expect(':')
    node.fields.push({ name, optional, type: readType(tokens) })
  }
  if (!tokens.accept(';')) tokens.accept(',')
}

function skipTypeParameters(tokens: Tokens): void {
  if (!tokens.accept('<')) return
  let depth = 1
  while (depth > 0) {
    const word = tokens.take()
    if (word === '<') depth++
    else if (word === '>') depth--
  }
}

function opaque(step: () => unknown): TypeNode {
  step()
  return { kind: 'opaque' }
}
