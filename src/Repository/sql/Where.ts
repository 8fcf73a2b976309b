/**
 * Predicates as SQL. Conditions are two-valued whatever NULLs there are: a negation is pushed down to the comparisons, each of which
 * says what NULL means to it.
 *
 * @since 0.1.0
 */
import { Mismatch } from "../../Database/codec/Mismatch.js"
import * as Issue from "../../Database/Issue.js"
import type { Node } from "../../Database/Predicate.js"
import type { InputIssue } from "../../Database/RepositoryError.js"
import type { Parameters, Slot, Target } from "./Target.js"

/**
 * What a selection asks for and cannot get. Thrown while compiling; callers answer `InvalidInput`.
 *
 * @since 0.1.0
 * @category errors
 */
export class Refused extends Error {
  constructor(readonly issue: InputIssue) {
    super(issue.detail)
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export const refused = (path: InputIssue["path"], fault: Issue.Fault): Refused => new Refused(Issue.make(path, fault))

const incomparable: Issue.Fault = { code: "invalid_type", detail: "cannot be compared" }

/**
 * The column of a property that may be compared and ordered.
 *
 * @since 0.1.0
 * @category getters
 */
export const comparable = (target: Target, property: string): Slot => {
  const slot = slotOf(target, property)
  if (slot.column.kind === "json") throw refused([property], incomparable)
  return slot
}

const slotOf = (target: Target, property: string): Slot => {
  const slot = target.bySlot.get(property)
  if (slot === undefined) throw refused([property], Issue.faults.unknownField)
  return slot
}

/**
 * A value of a program as the column's canonical one, `null` for NULL.
 *
 * @since 0.1.0
 * @category conversions
 */
export const canonical = (slot: Slot, value: unknown): unknown => {
  if (value === undefined) throw refused([slot.property], Issue.faults.required)
  try {
    return anyNullability(slot, value)
  } catch (error) {
    if (error instanceof Mismatch) throw refused([slot.property], error.fault)
    throw error
  }
}

const anyNullability = (slot: Slot, value: unknown): unknown =>
  // A column that is never NULL can still be asked for it.
  value === null ? null : slot.field.encode(value)

const operators = { eq: "=", ne: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const
const opposite = { eq: "ne", ne: "eq", lt: "gte", lte: "gt", gt: "lte", gte: "lt" } as const

const orNull = (slot: Slot, condition: string): string =>
  slot.nullable ? `(${condition} or ${slot.name} is null)` : condition

const nullTest = (slot: Slot, negated: boolean): string => `${slot.name} is ${negated ? "not " : ""}null`

/**
 * Escapes a text for LIKE with a backslash.
 *
 * @since 0.1.0
 * @category conversions
 */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, "\\$&")

/** Texts of a list repeat their last value up to a power of two: a list of any length shares its text with others. */
const padded = (count: number): number => {
  let size = 1
  while (size < count) size *= 2
  return size
}

class Compiler {
  constructor(readonly target: Target, readonly parameters: Parameters) {}

  constant(value: boolean): string {
    // Not every dialect takes a bare literal for a condition.
    return value ? "1 = 1" : "1 = 0"
  }

  node(node: Node, negated: boolean): string {
    switch (node._tag) {
      case "Compare":
        return this.compare(node, negated)
      case "In":
        return this.list(node, negated)
      case "Null":
        return nullTest(slotOf(this.target, node.property), node.negated !== negated)
      case "Text":
        return this.text(node, negated)
      case "And":
        return this.join(node.all, negated, negated ? " or " : " and ")
      case "Or":
        return this.join(node.any, negated, negated ? " and " : " or ")
      case "Not":
        return this.node(node.not, !negated)
    }
  }

  join(nodes: ReadonlyArray<Node>, negated: boolean, by: " and " | " or "): string {
    if (nodes.length === 0) return this.constant(by === " and ")
    const [first] = nodes
    if (nodes.length === 1) return this.node(first!, negated)
    return `(${nodes.map((node) => this.node(node, negated)).join(by)})`
  }

  compare(node: Extract<Node, { _tag: "Compare" }>, negated: boolean): string {
    const slot = comparable(this.target, node.property)
    const value = canonical(slot, node.value)
    if (value === null) {
      return node.operator === "eq" || node.operator === "ne"
        ? nullTest(slot, (node.operator === "ne") !== negated)
        : this.constant(negated)
    }
    const operator = negated ? opposite[node.operator] : node.operator
    const placeholder = slot.compare(this.parameters.bind(slot, value))
    if (operator === "ne") {
      return slot.nullable
        ? this.target.grammar.distinct(slot.compared, placeholder)
        : `${slot.compared} <> ${placeholder}`
    }
    const condition = `${slot.compared} ${operators[operator]} ${placeholder}`
    return negated && operator !== "eq" ? orNull(slot, condition) : condition
  }

  list(node: Extract<Node, { _tag: "In" }>, negated: boolean): string {
    const slot = comparable(this.target, node.property)
    const values = node.values.map((value) => canonical(slot, value))
    const present = values.filter((value) => value !== null)
    const inside = node.negated === negated
    const withNull = present.length < values.length
    if (present.length === 0) return withNull ? nullTest(slot, !inside) : this.constant(!inside)
    const size = padded(present.length)
    const placeholders: Array<string> = []
    for (let i = 0; i < size; i++) {
      placeholders.push(slot.compare(this.parameters.bind(slot, present[Math.min(i, present.length - 1)])))
    }
    const condition = `${slot.compared} ${inside ? "in" : "not in"} (${placeholders.join(", ")})`
    // NULL is in the list where the list has it, and outside where it has not.
    if (inside) return withNull ? `(${condition} or ${nullTest(slot, false)})` : condition
    return withNull && slot.nullable ? `(${condition} and ${nullTest(slot, true)})` : orNull(slot, condition)
  }

  text(node: Extract<Node, { _tag: "Text" }>, negated: boolean): string {
    const slots = node.properties.map((property) => slotOf(this.target, property))
    const [first] = slots
    if (first === undefined) return this.constant(negated)
    if (typeof node.text !== "string") throw refused([first.property], Issue.faults.text)
    if (node.text.includes("\0")) throw refused([first.property], Issue.faults.characters)
    const pattern = escapeLike(node.text)
    const { grammar } = this.target
    const placeholder = this.parameters.add(node.match === "contains" ? `%${pattern}%` : `${pattern}%`)
    const conditions = slots.map((slot) => {
      const { kind } = slot.column
      const matches = grammar.matches(kind === "text" ? slot.name : grammar.asText(slot.name, kind), placeholder)
      if (!negated) return `(${matches})`
      return slot.nullable ? `(${slot.name} is null or not (${matches}))` : `not (${matches})`
    })
    // One column may be NULL and another match: unknown or true is true, and unknown alone is no match.
    return conditions.length === 1 ? conditions[0]! : `(${conditions.join(negated ? " and " : " or ")})`
  }
}

/**
 * The condition of a predicate. Throws `Refused`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const compile = (target: Target, node: Node, parameters: Parameters): string =>
  new Compiler(target, parameters).node(node, false)
