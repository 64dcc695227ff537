/** A binary heap: what comes first by `isBefore` is at hand, and one more costs the logarithm of what waits. */
export interface Heap<Item> {
  push(item: Item): void
  peek(): Item | undefined
  pop(): Item | undefined
  clear(): void
}

export function createHeap<Item>(isBefore: (one: Item, other: Item) => boolean): Heap<Item> {
  const items: Item[] = []

  /** Puts `item` where it belongs on the way down from the top. */
  const sink = (item: Item): void => {
    let index = 0
    for (;;) {
      const left = items[2 * index + 1]
      const right = items[2 * index + 2]
      const isRight = right !== undefined && left !== undefined && isBefore(right, left)
      const child = isRight ? right : left
      if (child === undefined || !isBefore(child, item)) break
      items[index] = child
      index = 2 * index + (isRight ? 2 : 1)
    }
    items[index] = item
  }

  return {
    push(item) {
      let index = items.push(item) - 1
      while (index > 0) {
        const parent = (index - 1) >> 1
        const above = items[parent]
        if (above === undefined || !isBefore(item, above)) break
        items[index] = above
        index = parent
      }
      items[index] = item
    },
    peek: () => items[0],
    pop() {
      const first = items[0]
      const last = items.pop()
      if (last !== undefined && items.length > 0) sink(last)
      return first
    },
    clear() {
      items.length = 0
    },
  }
}
