/**
 * Rows as instances of their model, without the model's constructor: it validates, copies twice, and costs a thousand times more.
 * What a `Schema.Class` instance needs is its prototype (methods, getters, equality) and its own properties in order.
 *
 * @since 0.1.0
 */
import type { AnyModel } from "../TableMetadata.js"
import * as Generate from "./Generate.js"

/**
 * Makes an instance of the properties' values, in order.
 *
 * @since 0.1.0
 * @category models
 */
export type Make = (values: ReadonlyArray<unknown>) => unknown

type Constructor = new(...values: ReadonlyArray<unknown>) => object
type ModelConstructor = new(props: object, options: { readonly disableValidation: true }) => object

/** Class fields with initialisers are set by the constructor only: a model that has any is made by it. */
const hasFieldsOfItsOwn = (model: ModelConstructor, properties: ReadonlyArray<string>): boolean => {
  try {
    const sample = new model(Object.fromEntries(properties.map((property) => [property, null])), {
      disableValidation: true
    })
    return Reflect.ownKeys(sample).length !== properties.length
  } catch {
    return true
  }
}

/**
 * A constructor with the model's prototype that sets the properties in order: instances share one hidden class. Undefined for a model
 * whose own constructor has to run.
 *
 * @since 0.1.0
 * @category constructors
 */
export const constructorOf = (model: AnyModel, properties: ReadonlyArray<string>): Constructor | undefined => {
  // Model.Class is a class; its construct signature is generic in the fields.
  const own = model as unknown as ModelConstructor
  if (hasFieldsOfItsOwn(own, properties)) return undefined
  const parameters = properties.map((_, index) => `v${index}`)
  const body = properties.map((property, index) => `this[${JSON.stringify(property)}] = v${index}`).join("\n")
  const made = Generate.make<Constructor>({}, `return function Row(${parameters.join(", ")}) {\n${body}\n}`)
  made.prototype = own.prototype
  return made
}

/**
 * The same without generated code.
 *
 * @since 0.1.0
 * @category constructors
 */
export const maker = (model: AnyModel, properties: ReadonlyArray<string>): Make => {
  // Model.Class is a class; its construct signature is generic in the fields.
  const own = model as unknown as ModelConstructor
  const entries = (values: ReadonlyArray<unknown>): Record<string, unknown> => {
    const record: Record<string, unknown> = {}
    for (let i = 0; i < properties.length; i++) record[properties[i]!] = values[i]
    return record
  }
  if (hasFieldsOfItsOwn(own, properties)) return (values) => new own(entries(values), { disableValidation: true })
  const prototype: object = own.prototype
  return (values) => {
    const row: Record<string, unknown> = Object.create(prototype)
    for (let i = 0; i < properties.length; i++) row[properties[i]!] = values[i]
    return row
  }
}
