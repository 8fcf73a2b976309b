import { describe, expect, it } from "@effect/vitest"
import * as UuidV7 from "../../src/Database/UuidV7.js"

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const timeOf = (uuid: string): number => parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)

describe("UUID of version 7", () => {
  it("has version, variant and the time in front", () => {
    const next = UuidV7.make()
    // The example of RFC 9562, appendix A.6.
    const uuid = next(0x017F22E279B0)
    expect(uuid).toMatch(form)
    expect(uuid.startsWith("017f22e2-79b0-7")).toBe(true)
  })

  it("grows strictly, within a millisecond and when the clock goes back", () => {
    const next = UuidV7.make()
    const times = [...Array.from({ length: 20_000 }, () => 1_000), 500, 0, -5, 999, 1_001, 1_500]
    const made = times.map(next)
    expect(new Set(made).size).toBe(made.length)
    expect(made.toSorted()).toEqual(made)
    expect(made.every((uuid) => form.test(uuid))).toBe(true)
    expect(timeOf(made.at(-1)!)).toBe(1_500)
    // More than 4096 a millisecond borrow from the next ones.
    expect(timeOf(made[19_999]!)).toBeLessThan(1_010)
  })

  it("differs between generators at the same time", () => {
    const made = Array.from({ length: 1_000 }, () => UuidV7.make()(5))
    expect(new Set(made).size).toBe(1_000)
  })
})
