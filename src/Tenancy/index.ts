/**
 * Tenancy: who the tenant is. Provide it around a request or a job; repositories of tenant tables cannot be used without.
 * Which rows a tenant may touch is Repository's matter, where a tenant comes from in HTTP is Http's.
 *
 * @since 0.1.0
 */
export * from "./CurrentTenant.js"
