// JavaScript: a thread of the peer, which has no loader.
import { workerData } from 'node:worker_threads';
import { ThreadWorker } from 'poolifier';

export default new ThreadWorker({ ...(await import(workerData.module)) });
