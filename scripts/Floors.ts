/**
 * Who may import what in src:
 *
 * - up: imports between rooms go down the floors only, never up and never sideways;
 * - circle: no file imports itself, by whatever way; a type import counts like any other;
 * - index: modules import each other's concrete file, not a room's index;
 * - owner: a driver's package is imported in its own folder only, `@effect/cli` in `Cli.ts` and `bin.ts` only;
 * - eager: no room's index loads a driver or `@effect/cli` by itself (they are reached by `import()` alone);
 * - outside: nothing but packages and src is imported, and the package not by its own name.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import ts from "typescript"

const floors: Readonly<Record<string, number>> = {
  Database: 0,
  Config: 1,
  SqlLayer: 2,
  MongoLayer: 2,
  Tenancy: 3,
  Repository: 4,
  Lifecycle: 5,
  Migrator: 5,
  Health: 6,
  Http: 7,
  testing: 8,
  "index.ts": 9,
  "Cli.ts": 9,
  "bin.ts": 10
}

/** Packages that are imported in one place only, and where that is. */
const owners: ReadonlyArray<readonly [packages: RegExp, place: RegExp]> = [
  [/^(pg|pg-[a-z-]+|@effect\/sql-pg)$/, /^SqlLayer\/drivers\/postgresql\//],
  [/^(better-sqlite3|@effect\/sql-sqlite-node)$/, /^SqlLayer\/drivers\/sqlite\//],
  [/^(mysql2|@effect\/sql-mysql2)$/, /^SqlLayer\/drivers\/mysql\//],
  [/^(tedious|@effect\/sql-mssql)$/, /^SqlLayer\/drivers\/mssql\//],
  [/^@duckdb\/node-api$/, /^SqlLayer\/drivers\/duckdb\//],
  [/^snowflake-sdk$/, /^SqlLayer\/drivers\/snowflake\//],
  [/^(mongodb|bson)$/, /^MongoLayer\//],
  [/^@effect\/(cli|printer|printer-ansi)$/, /(^|\/)Cli\.ts$|^bin\.ts$/]
]

const own = "effect-svc-infra"

/** A broken rule: which, where, and what is wrong. */
export interface Problem {
  readonly rule: "up" | "circle" | "index" | "owner" | "eager" | "outside"
  /** `src/Config/Env.ts:2`. */
  readonly at: string
  readonly message: string
}

interface Import {
  readonly specifier: string
  /** Whether loading the file loads what it imports. */
  readonly loads: boolean
  readonly at: string
}

/** An import, as far as it leads: to a file of src or to a package. */
interface Edge {
  readonly to: { readonly file: string } | { readonly package: string }
  readonly loads: boolean
  readonly at: string
}

type Graph = ReadonlyMap<string, ReadonlyArray<Edge>>

const edgesOf = (graph: Graph, file: string): ReadonlyArray<Edge> => graph.get(file) ?? []
const roomOf = (file: string): string => file.split("/")[0] ?? file
const packageOf = (specifier: string): string =>
  specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

/** Every import of a file: static, type, re-export, `import()` and `import("...")` types. */
const importsOf = (src: string, file: string): ReadonlyArray<Import> => {
  const source = ts.createSourceFile(file, readFileSync(path.join(src, file), "utf8"), ts.ScriptTarget.Latest, true)
  const found: Array<Import> = []
  const add = (node: ts.Node, specifier: ts.Node | undefined, loads: boolean) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
    found.push({ specifier: specifier.text, loads, at: `src/${file}:${line}` })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const { importClause: clause } = node
      const bindings = clause?.namedBindings
      const onlyTypes = clause !== undefined
        && (clause.isTypeOnly || (clause.name === undefined && bindings !== undefined && ts.isNamedImports(bindings)
          && bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly)))
      add(node, node.moduleSpecifier, !onlyTypes)
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node, node.moduleSpecifier, !node.isTypeOnly)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

type Report = (rule: Problem["rule"], at: string, message: string) => void

/** For each file, where its imports lead; reports the imports that are wrong by themselves. */
const makeGraph = (src: string, files: ReadonlyArray<string>, report: Report): Graph => {
  const graph = new Map<string, Array<Edge>>()
  for (const file of files) {
    const edges: Array<Edge> = []
    graph.set(file, edges)
    const floor = floors[roomOf(file)]
    if (floor === undefined) {
      report("up", `src/${file}`, `"${roomOf(file)}" is no known room: add its floor to scripts/Floors.ts`)
    }
    for (const { at, loads, specifier } of importsOf(src, file)) {
      if (!specifier.startsWith(".")) {
        const name = packageOf(specifier)
        if (name === own) report("outside", at, `imports the package by its own name, "${specifier}": import the file`)
        for (const [packages, place] of owners) {
          if (packages.test(name) && !place.test(file)) {
            report("owner", at, `imports "${specifier}", which only ${place.source} may`)
          }
        }
        edges.push({ to: { package: name }, loads, at })
        continue
      }
      const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, ".ts")
      if (!files.includes(target)) {
        const wrong = target.startsWith("..") ? "is not in src" : "does not exist"
        if (!existsSync(path.join(src, target)) || target.startsWith("..")) {
          report("outside", at, `imports "${specifier}", which ${wrong}`)
        }
        continue
      }
      edges.push({ to: { file: target }, loads, at })
      const targetFloor = floors[roomOf(target)]
      if (floor === undefined || targetFloor === undefined) continue
      if (roomOf(target) !== roomOf(file) && targetFloor >= floor) {
        const way = targetFloor > floor ? "up" : "sideways"
        report("up", at, `${roomOf(file)} (floor ${floor}) imports ${way}: ${target} of floor ${targetFloor}`)
      }
      if (floor < 9 && path.posix.basename(target) === "index.ts") {
        report("index", at, `imports ${target}: import the concrete file`)
      }
    }
  }
  return graph
}

/** Circles are the strongly connected parts of the graph (Tarjan's algorithm). */
const findCircles = (graph: Graph, report: Report): void => {
  interface Visit {
    readonly index: number
    low: number
    onStack: boolean
  }
  const visits = new Map<string, Visit>()
  const stack: Array<string> = []
  const visit = (file: string): Visit => {
    const mine = { index: visits.size, low: visits.size, onStack: true }
    visits.set(file, mine)
    stack.push(file)
    for (const { to } of edgesOf(graph, file)) {
      if (!("file" in to)) continue
      const theirs = visits.get(to.file)
      if (theirs === undefined) mine.low = Math.min(mine.low, visit(to.file).low)
      else if (theirs.onStack) mine.low = Math.min(mine.low, theirs.index)
    }
    if (mine.low === mine.index) {
      const part = stack.splice(stack.indexOf(file))
      for (const member of part) visits.get(member)!.onStack = false
      const inside = part.flatMap((from) =>
        edgesOf(graph, from).filter(({ to }) => "file" in to && part.includes(to.file)).map(({ at }) => at)
      )
      if (inside[0] !== undefined) {
        report("circle", inside[0], `a circle of ${part.length}: ${part.join(", ")}; its imports: ${inside.join(", ")}`)
      }
    }
    return mine
  }
  for (const file of graph.keys()) if (!visits.has(file)) visit(file)
}

/** What the index of the package and of each room loads by being imported. */
const findEager = (graph: Graph, report: Report): void => {
  for (const entry of graph.keys()) {
    if (!/^([^/]+\/)?index\.ts$/.test(entry)) continue
    const cameFrom = new Map<string, string | undefined>([[entry, undefined]])
    for (const file of cameFrom.keys()) {
      for (const { at, loads, to } of edgesOf(graph, file)) {
        if (!loads) continue
        if ("file" in to) {
          if (!cameFrom.has(to.file)) cameFrom.set(to.file, file)
        } else if (owners.some(([packages, place]) => packages.test(to.package) && place.test(file))) {
          const way: Array<string> = []
          for (let step: string | undefined = file; step !== undefined; step = cameFrom.get(step)) way.unshift(step)
          report("eager", at, `loading ${entry} loads "${to.package}", by way of ${way.join(" -> ")}: use import()`)
        }
      }
    }
  }
}

/** All problems of the tree, in the order of the files. */
export const check = (root: string): { readonly files: number; readonly problems: ReadonlyArray<Problem> } => {
  const src = path.join(root, "src")
  const files = readdirSync(src, { recursive: true, encoding: "utf8" })
    .map((name) => name.split(path.sep).join("/"))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .sort()
  const problems: Array<Problem> = []
  const report: Report = (rule, at, message) => void problems.push({ rule, at, message })
  const graph = makeGraph(src, files, report)
  findCircles(graph, report)
  findEager(graph, report)
  return {
    files: files.length,
    problems: problems.sort((a, b) => a.at.localeCompare(b.at, "en", { numeric: true }))
  }
}
