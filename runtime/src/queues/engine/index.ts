export type {
  Claim,
  Engine,
  EngineCounts,
  EngineEvents,
  EngineProblem,
  EnginePut,
  Held,
  Range,
  Row,
  RowState,
  Settlement,
} from './engine.js';
export { EngineQueue } from './engine-queue.js';
export type { HistoryStatements, Keeping, KeptFilter, KeptRow } from './history-statements.js';
export type { HeldRow, JoinedRow, JoinStatements } from './join-statements.js';
export type { EngineLimit, LimitStatements } from './limit-statements.js';
