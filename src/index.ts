/**
 * Database services for Effect programs. Every room is a namespace here and a sub-path of its own
 * (`effect-svc-infra/Repository`); import the sub-paths where start-up time matters.
 *
 * @since 0.1.0
 */
export * as Config from "./Config/index.js"

export * as Database from "./Database/index.js"

export * as Http from "./Http/index.js"

export * as Repository from "./Repository/index.js"

export * as SqlLayer from "./SqlLayer/index.js"

export * as Tenancy from "./Tenancy/index.js"
