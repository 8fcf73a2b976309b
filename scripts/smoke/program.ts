// What a user writes in an empty project: it is compiled against the packed types, then run.
import * as Infra from "effect-svc-infra"

const rooms = Object.keys(Infra).sort()
console.log(`rooms: ${rooms.join(", ")}`)
