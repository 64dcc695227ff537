/** A recorder on a switch: one line per packet that matches a pcap filter. */
import { createInterface } from 'node:readline'
import { end, startWithin } from './namespaces.ts'

export interface Recorder {
  /** What passed so far, as tcpdump words it. */
  packets(): string[]
  end(): Promise<void>
}

/** Listening when it resolves. */
export async function record(namespace: string, device: string, filter: string): Promise<Recorder> {
  const heard: string[] = []
  const child = startWithin(namespace, 'tcpdump', ['-i', device, '-n', '-l', '--immediate-mode', filter], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.stdout === null || child.stderr === null) throw new Error('tcpdump has no output')
  createInterface({ input: child.stdout }).on('line', (line) => heard.push(line))
  const said = createInterface({ input: child.stderr })
  await new Promise<void>((resolve, reject) => {
    said.on('line', (line) => line.startsWith('listening on') && resolve())
    child.once('exit', (code) => reject(new Error(`tcpdump ended with ${code}`)))
  })
  return { packets: () => [...heard], end: () => end(child) }
}
