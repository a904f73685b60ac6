// JavaScript: a process of the peer, which has no loader.
import workerpool from 'workerpool';
import { burn, echo, sum } from '../jobs/functions.mjs';

workerpool.worker({ burn, echo, sum });
