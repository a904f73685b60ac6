// Where a process of a pool begins.
import '../../in-child.js';
import { runChild } from './run-child.js';

runChild();
