export { makeNodeEnvironment, nodeEnvironment } from './node-environment.ts'
