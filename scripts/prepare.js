/** What npm runs after installing: a build, where the tools for it are. Where they are not, that is no failure. */
import { existsSync } from 'node:fs'

const compiler = new URL('../node_modules/@typescript/native/bin/tsc', import.meta.url)

if (existsSync(compiler)) await import('./build.js')
else
  console.log(
    'nigh: not built, because the compiler is not installed. For a build run npm ci with development tools.',
  )
