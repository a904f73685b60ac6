export { openProject } from './compiler.js';
export type * from './contract.js';
