/**
 * The recipes of docs/ELECTRON.md, tried as far as that goes without Electron's binary: electron-builder and the packager of
 * Forge each make a package of the example, with an empty folder in the place of the binary. What they packed has no native
 * module, and runs from there, against the stand-in.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { EventEmitter } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NighInMain, NighInUtility } from '../../src/doors/electron/main.ts'
import { standIn } from '../electron/stand-in.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nigh-recipes-')))
const program = join(folder, 'program')
const tools = join(folder, 'tools')
const builder = join(folder, 'builder')
const forge = join(folder, 'forge')
const binary = join(folder, 'binary')
afterAll(() => rmSync(folder, { recursive: true, force: true }), 120_000)

/** As they were when this was last tried. */
const TOOLS = [
  'electron-builder@26.17.0',
  '@electron/asar@4.3.2',
  '@electron/packager@20.3.0',
  '@electron-forge/shared-types@8.0.1',
]
const { version: ELECTRON } = JSON.parse(
  readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8'),
) as { version: string }

const install = (where: string, ...packages: string[]) =>
  // No scripts: one of them would fetch the binary.
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], {
    cwd: where,
    stdio: 'pipe',
  })

/** The block of this language below this heading. */
function recipe(heading: string, language: string): string {
  const text = readFileSync(join(root, 'docs/ELECTRON.md'), 'utf8')
  const block = new RegExp(`## ${heading}\\n[\\s\\S]*?\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)
  return block?.[1] ?? ''
}

const ran = (where: string, script: string, ...args: string[]) =>
  spawnSync(process.execPath, [script, ...args], { cwd: where, encoding: 'utf8' })

beforeAll(() => {
  for (const each of [program, tools, builder, forge, binary, join(binary, 'resources')]) mkdirSync(each)
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root })
  const tarball = join(folder, packed.toString().trim().split('\n').at(-1) ?? '')
  // The example, installed from the package instead of from its sources.
  const example = join(root, 'examples/electron')
  const own = JSON.parse(readFileSync(join(example, 'package.json'), 'utf8'))
  const described = {
    ...own,
    version: '1.0.0',
    description: 'Two people talk',
    author: 'Ada <ada@example.org>',
  }
  const dependencies = { nigh: `file:${tarball}` }
  writeFileSync(join(program, 'package.json'), JSON.stringify({ ...described, dependencies }))
  for (const name of readdirSync(example).filter((each) => each.endsWith('.js')))
    copyFileSync(join(example, name), join(program, name))
  install(program)
  // What electron-builder includes on Windows.
  mkdirSync(join(program, 'build'))
  writeFileSync(join(program, 'build/installer.nsh'), recipe('Manifests, ready to paste', 'nsis'))

  writeFileSync(join(tools, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  install(tools, ...TOOLS)

  for (const name of ['electron', 'LICENSE', 'LICENSES.chromium.html', 'chrome-sandbox', 'version'])
    writeFileSync(join(binary, name), name === 'version' ? ELECTRON : '', { mode: 0o755 })
}, 600_000)

/** What lies in an asar, and where it was taken apart. */
async function takenApart(asar: string, where: string): Promise<string[]> {
  const { extractAll, listPackage } = await import(
    pathToFileURL(join(tools, 'node_modules/@electron/asar/lib/asar.js')).href
  )
  extractAll(asar, where)
  return listPackage(asar, {})
}

function holdsNothingNative(files: string[]): void {
  expect(files.length).toBeGreaterThan(1_000)
  expect(files.filter((name) => /\.(node|dll|so|dylib)$/.test(name))).toEqual([])
  expect(files.filter((name) => name.startsWith('/node_modules/electron/'))).toEqual([])
  expect(files).toEqual(expect.arrayContaining(['/main.js', '/program.js', '/package.json']))
}

/** The packed program runs: its peer, its page, its preload script and its window; and with a process of its own, too. */
async function runs(packed: string): Promise<void> {
  const { nighInUtility, pageResponse, preloadPath, PAGE_ORIGIN } = await import(
    pathToFileURL(join(packed, 'node_modules/nigh/dist/doors/electron/main.js')).href
  )
  const { start } = await import(pathToFileURL(join(packed, 'program.js')).href)
  const preload = preloadPath()
  expect(preload.startsWith(packed)).toBe(true)
  const said = { name: 'Alice', mesh: `recipes-${process.pid}`, interfaces: ['lo'] }

  const world = standIn({ userData: join(packed, 'user-data'), preload })
  const electron = {
    ...world.electron,
    app: Object.assign(world.electron.app, {
      setPath() {},
      getPath: () => join(packed, 'user-data'),
    }),
    protocol: { registerSchemesAsPrivileged() {}, handle() {} },
    BrowserWindow: class {
      webContents = Object.assign(new EventEmitter(), { setWindowOpenHandler() {} })
      async loadURL() {}
    },
  }
  const inMain: NighInMain = await start(electron, 'alice', said)
  const { value } = (await world.window({ origin: PAGE_ORIGIN }).bridge.whoami()) as { value: object }
  expect(value).toMatchObject({ peerId: inMain.peer.peerId, name: 'alice' })
  const page: Response = pageResponse({ url: `${PAGE_ORIGIN}/` })
  expect([page.status, (await page.text()).includes('<script')]).toEqual([200, true])
  await inMain.close()

  const other = standIn({ userData: join(packed, 'other'), preload })
  const inUtility: NighInUtility = await nighInUtility(other.electron, { ...said, origins: [PAGE_ORIGIN] })
  const answer = await other.window({ origin: PAGE_ORIGIN }).bridge.whoami()
  expect(answer).toMatchObject({ value: { name: 'Alice' } })
  await inUtility.close()
}

test('electron-builder takes the recipe, and packs a program that runs', async () => {
  const described = JSON.parse(readFileSync(join(program, 'package.json'), 'utf8'))
  const { build } = JSON.parse(recipe('electron-builder', 'json'))
  const pack = (config: object) => {
    writeFileSync(join(program, 'package.json'), JSON.stringify({ ...described, build: config }))
    return ran(
      program,
      join(tools, 'node_modules/electron-builder/cli.js'),
      ...['--linux', 'dir', `-c.electronDist=${binary}`, `-c.directories.output=${builder}`],
    )
  }
  const packed = pack(build)
  expect(packed.status, packed.stdout + packed.stderr).toBe(0)
  const asar = join(builder, 'linux-unpacked/resources/app.asar')
  holdsNothingNative(await takenApart(asar, join(builder, 'apart')))
  expect(readdirSync(join(builder, 'linux-unpacked/resources'))).toEqual(['app.asar'])
  await runs(join(builder, 'apart'))

  // Control: its schema knows what there is, for each of the systems.
  for (const wrong of [
    { asarr: true },
    { mac: { ...build.mac, hardendRuntime: true } },
    { nsis: { perMachin: true } },
  ]) {
    const refused = pack({ ...build, ...wrong })
    expect(refused.status).not.toBe(0)
    expect(refused.stdout + refused.stderr).toContain('does not match the API schema')
  }
  writeFileSync(join(program, 'package.json'), JSON.stringify(described))
})

test('The recipe for Forge is right by its types, and its packager makes of it a program that runs', async () => {
  const text = recipe('Electron Forge', 'js')
  const typed = (config: string): string => {
    writeFileSync(
      join(tools, 'forge.config.ts'),
      `import type { ForgeConfig } from '@electron-forge/shared-types'\n${config.replace('export default', 'export const config: ForgeConfig =')}`,
    )
    const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', '']
    return ran(tools, compiler, ...options, 'forge.config.ts').stdout
  }
  expect(typed(text)).toBe('')
  // Control.
  expect(typed(text.replace('appBundleId', 'appBundelId'))).toContain('appBundelId')

  const config = join(tools, 'forge.config.mjs')
  writeFileSync(config, text)
  const { packagerConfig } = (await import(pathToFileURL(config).href)).default
  const zips = join(forge, 'zips')
  mkdirSync(zips)
  execFileSync('zip', ['-qr', join(zips, `electron-v${ELECTRON}-linux-x64.zip`), '.'], { cwd: binary })
  const { packager } = await import(
    pathToFileURL(join(tools, 'node_modules/@electron/packager/dist/index.js')).href
  )
  const [packed] = await packager({
    ...packagerConfig,
    dir: program,
    out: join(forge, 'out'),
    platform: 'linux',
    arch: 'x64',
    electronVersion: ELECTRON,
    electronZipDir: zips,
    quiet: true,
  })
  holdsNothingNative(await takenApart(join(packed, 'resources/app.asar'), join(forge, 'apart')))
  await runs(join(forge, 'apart'))
})
