/**
 * Names in the document: of schemas by the model, of operations by the path, each used once.
 *
 * @since 0.1.0
 */

const words = (text: string): ReadonlyArray<string> => text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "")

/**
 * `order_lines` becomes `OrderLines`.
 *
 * @since 0.1.0
 * @category naming
 */
export const pascal = (text: string): string =>
  words(text).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("")

/**
 * `NOT_FOUND` becomes `NotFound`.
 *
 * @since 0.1.0
 * @category naming
 */
export const pascalOfCode = (code: string): string => pascal(code.toLowerCase())

/**
 * A function that answers the name it is given, or with a number behind when it was given before.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unique = (): (name: string) => string => {
  const taken = new Set<string>()
  return (name) => {
    let candidate = name
    for (let n = 2; taken.has(candidate); n++) candidate = `${name}${n}`
    taken.add(candidate)
    return candidate
  }
}
