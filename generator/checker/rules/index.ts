import type { Rule } from '../rule.js';
import { argsTransferable } from './args-transferable.js';
import { withFunctions } from './function-workers.js';
import { honoursSignal } from './honours-signal.js';
import { listenerEvent } from './listener-event.js';
import { listenerInConstructor } from './listener-in-constructor.js';
import { listenerTarget } from './listener-target.js';
import { noFloatingPromise } from './no-floating-promise.js';
import { noModuleState } from './no-module-state.js';
import { noProcessControl } from './no-process-control.js';
import { noSideEffects } from './no-side-effects.js';
import { processMethod } from './process-method.js';
import { processTypesRule } from './process-types.js';
import { queueClaim } from './queue-claim.js';
import { queueFenced } from './queue-fenced.js';
import { queueHonest } from './queue-honest.js';
import { queueMembers } from './queue-members.js';
import { queueTested } from './queue-tested.js';
import { resultTransferable } from './result-transferable.js';
import { stateTransferable } from './state-transferable.js';
import { strategyBounded } from './strategy-bounded.js';
import { strategyPure } from './strategy-pure.js';
import { throwsErrors } from './throws-errors.js';
import { workerConstructor } from './worker-constructor.js';
import { workerExported } from './worker-exported.js';
import { workerModule } from './worker-module.js';
import { workerNameUnique } from './worker-name-unique.js';
import { workerTopLevel } from './worker-top-level.js';

const ALL: readonly Rule[] = [
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
  noModuleState,
  noSideEffects,
  noFloatingPromise,
  noProcessControl,
  throwsErrors,
  honoursSignal,
  listenerEvent,
  listenerTarget,
  listenerInConstructor,
  queueMembers,
  queueFenced,
  queueHonest,
  queueClaim,
  queueTested,
  strategyPure,
  strategyBounded,
];

/** All rules, in the order their findings at one place are shown. */
export const RULES: readonly Rule[] = ALL.map(withFunctions);
