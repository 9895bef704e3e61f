export { makeNodeEnvironment, nodeEnvironment } from './node-environment.ts'
export { nodeReadable } from './node-readable.ts'
