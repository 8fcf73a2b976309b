/**
 * Repositories: typed reads and writes of one table, and services with hooks around them. Use `Repository` where rows come and go as
 * they are, `Service` where creating or changing one means more. Handwritten SQL is `Sql.client`'s matter; routes are Http's.
 *
 * @since 0.1.0
 */
export * as Repository from "./Repository.js"
export * as Service from "./Service.js"
