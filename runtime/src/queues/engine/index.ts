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
