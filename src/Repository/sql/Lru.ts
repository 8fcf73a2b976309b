/**
 * A bounded cache: what is asked for rarely goes first. Texts of dynamic filters are many, and callers choose them.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export interface Lru<V> {
  readonly get: (key: string, make: () => V) => V
}

/**
 * Two generations: what was used since the young one began survives when it is full; a hit costs one look-up.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <V>(capacity = 256): Lru<V> => {
  let young = new Map<string, V>()
  let old = new Map<string, V>()
  return {
    get: (key, make) => {
      const hit = young.get(key)
      if (hit !== undefined) return hit
      const value = old.get(key) ?? make()
      if (young.size >= capacity / 2) {
        old = young
        young = new Map()
      }
      young.set(key, value)
      return value
    }
  }
}
