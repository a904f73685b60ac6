// JavaScript: a process of the peer, which has no loader.
import workerpool from 'workerpool';

workerpool.worker({ ...(await import(process.argv[2])) });
