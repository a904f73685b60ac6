export { openProject } from './compiler.js';
export type * from './contract.js';
export { findOwnCompiler, type OwnCompiler, type OwnDiagnostic } from './own-compiler.js';
