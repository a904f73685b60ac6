export type * from './job.js';
export { JobEvent, type JobEventDetail } from './job-event.js';
export type * from './logger.js';
export type * from './observable.js';
export type * from './observer.js';
export type * from './queue.js';
export type * from './response.js';
export type * from './runnable.js';
export type * from './strategy.js';
