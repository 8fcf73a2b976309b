/**
 * Code generation, where it is allowed: a page of a Content-Security-Policy or `--disallow-code-generation-from-strings` forbids it,
 * and closures do the same a little slower.
 *
 * @since 0.1.0
 */

const probe = (): boolean => {
  try {
    return new Function("return true")() === true
  } catch {
    return false
  }
}

let allowed: boolean | undefined

/**
 * Whether code can be generated in this process.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isAllowed = (): boolean => allowed ??= probe()

/**
 * A function of source text. Everything that comes from a table enters as a parameter or by `JSON.stringify`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <F>(parameters: Readonly<Record<string, unknown>>, body: string): F => {
  const names = Object.keys(parameters)
  // The caller writes the body for this type.
  return new Function(...names, `"use strict"\n${body}`)(...names.map((name) => parameters[name])) as F
}
