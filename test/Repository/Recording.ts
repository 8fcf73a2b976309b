// A database that notes what is sent to it.
import type { Sql } from "../../src/SqlLayer/Sql.js"

export interface Sent {
  readonly sql: string
  readonly operation: string
  readonly access: string
  readonly parameters: ReadonlyArray<unknown>
}

export interface Recording {
  readonly sql: Sql
  readonly sent: Array<Sent>
}

export const make = (sql: Sql): Recording => {
  const sent: Array<Sent> = []
  return {
    sent,
    sql: {
      ...sql,
      run: (statement, parameters) => {
        const { access, operation, sql: text } = statement
        sent.push({ sql: text, operation, access, parameters })
        return sql.run(statement, parameters)
      }
    }
  }
}
