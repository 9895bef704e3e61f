/** The public names of trunkline. */
export { main } from './main.ts'
export type { Asking, Files, Surroundings } from './surroundings.ts'
export type { Persona } from './help/version.ts'
