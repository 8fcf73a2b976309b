import { engines } from "../SqlLayer/Engines.js"
import { conformance } from "./conformance.js"

for (const [name, open] of engines) conformance(name, open)
