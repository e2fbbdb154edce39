/** Pages are bundled as what is in them. */

declare module '*.md' {
  const text: string
  export default text
}
