import { engines } from "../SqlLayer/Engines.js"
import { holds } from "./properties.js"

for (const [name, open] of engines) if (name !== "sqlite file") holds(name, open)
