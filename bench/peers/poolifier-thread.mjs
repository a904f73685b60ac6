// JavaScript: a thread of the peer, which has no loader.
import { ThreadWorker } from 'poolifier';
import { burn, echo, sum } from '../jobs/functions.mjs';

export default new ThreadWorker({ sum, echo, burn });
