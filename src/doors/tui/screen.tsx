/** The screen in ink: rows as they were made elsewhere, keys as the terminal sends them. Nothing is decided here. */
import { Box, render, Text, useApp, useCursor, useInput, usePaste } from 'ink'
import { memo, useEffect, useSyncExternalStore } from 'react'
import { type Key, keysOf, pasteOf } from './key.ts'

/** A frame, painted. */
export interface Frame {
  lines: readonly string[]
  cursor?: { x: number; y: number }
}

export interface Frames {
  current(): Frame
  subscribe(listener: () => void): () => void
}

export interface Shown {
  /** Gives the terminal back; resolves with what takes it again. */
  suspend(): Promise<() => Promise<void>>
  /** Everything is drawn again. */
  redraw(): void
  /** Resolves when the terminal is as it was. */
  end(): Promise<void>
  /** Rejects when drawing itself failed. */
  ended: Promise<unknown>
}

/** Frames per second at most: typing is seen at once, a flood of events is not drawn faster than it can be seen. */
const MAX_FPS = 60

export function show(
  frames: Frames,
  onKeys: (keys: readonly Key[]) => void,
  terminal: { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream },
): Shown {
  let suspendTerminal: ReturnType<typeof useApp>['suspendTerminal'] | undefined
  const ink = render(
    <Screen
      frames={frames}
      onKeys={onKeys}
      onReady={(suspend) => {
        suspendTerminal = suspend
      }}
    />,
    {
      ...terminal,
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: MAX_FPS,
    },
  )
  const suspend = async (): Promise<() => Promise<void>> => {
    const suspended = await suspendTerminal?.()
    return async () => suspended?.resume()
  }
  return {
    suspend,
    redraw: () => void suspend().then((resume) => resume()),
    end: async () => {
      ink.unmount()
      await ink.waitUntilExit()
    },
    ended: ink.waitUntilExit(),
  }
}

function Screen({
  frames,
  onKeys,
  onReady,
}: {
  frames: Frames
  onKeys: (keys: readonly Key[]) => void
  onReady: (suspend: ReturnType<typeof useApp>['suspendTerminal']) => void
}) {
  const { lines, cursor } = useSyncExternalStore(frames.subscribe, frames.current)
  const { setCursorPosition } = useCursor()
  const { suspendTerminal } = useApp()
  useEffect(() => onReady(suspendTerminal), [onReady, suspendTerminal])
  setCursorPosition(cursor)
  useInput((input, key) => onKeys(keysOf(input, key)))
  usePaste((text) => onKeys([pasteOf(text)]))
  return (
    <Box flexDirection="column">
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of a screen is its place
        <Line key={at} line={line} />
      ))}
    </Box>
  )
}

/** A row without text would take no row. */
const Line = memo(({ line }: { line: string }) => <Text wrap="truncate">{line === '' ? ' ' : line}</Text>)
