/**
 * Checks the form of every changeset: one package, one kind of bump, one sentence that begins with a room.
 */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const folder = fileURLToPath(new URL("../.changeset/", import.meta.url))
const rooms = [
  ...["Project", "Config", "Database", "SqlLayer", "MongoLayer", "Tenancy", "Repository", "Lifecycle", "Migrator"],
  ...["Health", "Http", "testing"]
]
const form = /^---\n"effect-svc-infra": (patch|minor|major)\n---\n\n([^\n]+)\n$/

const names = readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "README.md")
const problems = names.flatMap((name) => {
  const [, , sentence] = form.exec(readFileSync(folder + name, "utf8")) ?? []
  if (sentence === undefined) return `${name}: is not front matter with "effect-svc-infra": <bump> and one line of text`
  return rooms.some((room) => sentence.startsWith(`${room}: `)) && sentence.endsWith(".")
    ? []
    : `${name}: must be one sentence that begins with a room (${
      rooms.join(", ")
    }) and a colon, and ends with a full stop`
})

for (const problem of problems) process.stdout.write(`.changeset/${problem}\n`)
process.stdout.write(`changesets: ${names.length} files, ${problems.length} problems\n`)
process.exitCode = problems.length === 0 ? 0 : 1
