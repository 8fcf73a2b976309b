/**
 * The PostgreSQL engine: sessions over the stock `pg` driver, for PostgreSQL 13 and later.
 *
 * Give `make` to the layer of `SqlLayer`; it loads `pg` when it runs, not when it is imported. It is not a client of its own:
 * pools, transactions and deadlines are the core's, the same for every engine.
 *
 * @since 0.1.0
 */
export { make } from "./driver.js"
