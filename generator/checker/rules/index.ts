import type { Rule } from '../rule.js';
import { argsTransferable } from './args-transferable.js';
import { processMethod } from './process-method.js';
import { processTypesRule } from './process-types.js';
import { resultTransferable } from './result-transferable.js';
import { stateTransferable } from './state-transferable.js';
import { workerConstructor } from './worker-constructor.js';
import { workerExported } from './worker-exported.js';
import { workerModule } from './worker-module.js';
import { workerNameUnique } from './worker-name-unique.js';
import { workerTopLevel } from './worker-top-level.js';

/** All rules, in the order their findings at one place are shown. */
export const RULES: readonly Rule[] = [
  workerExported,
  workerModule,
  workerTopLevel,
  workerConstructor,
  workerNameUnique,
  processMethod,
  processTypesRule,
  argsTransferable,
  resultTransferable,
  stateTransferable,
];
