import { ADD_LISTENER } from '../commands/add-listener.js';
import { ADD_QUEUE } from '../commands/add-queue.js';
import { ADD_STRATEGY } from '../commands/add-strategy.js';
import { ADD_WORKER } from '../commands/add-worker.js';
import { CHECK } from '../commands/check.js';
import { CREATE } from '../commands/create.js';
import { DIFF } from '../commands/diff.js';
import { REMOVE } from '../commands/remove.js';
import { MOVE, RENAME } from '../commands/rename.js';
import { UNDO } from '../commands/undo.js';
import { UPDATE } from '../commands/update.js';
import type { CommandSpec } from './schema.js';

export const COMMANDS: readonly CommandSpec[] = [
  CREATE,
  ADD_WORKER,
  ADD_LISTENER,
  ADD_QUEUE,
  ADD_STRATEGY,
  CHECK,
  RENAME,
  MOVE,
  REMOVE,
  UPDATE,
  DIFF,
  UNDO,
];
