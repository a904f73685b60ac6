import { ProcessPool } from 'mproc-worker';
import { Burn } from '../jobs/burn.worker.mjs';
import { Echo } from '../jobs/echo.worker.mjs';
import { Sums } from '../jobs/sums.worker.mjs';

const WORKERS = { sum: Sums, echo: Echo, burn: Burn };

export const ours = {
  name: 'mproc-worker',
  open({ processes, job }) {
    const pool = new ProcessPool({ processes });
    const worker = new WORKERS[job]();
    return {
      pool,
      map: (inputs) => pool.map(worker, inputs),
      imap: (inputs) => pool.imap(worker, inputs),
      run: (input) => pool.run(worker, input),
      valueOf(response) {
        if (!response.ok) throw response.error;
        return response.body;
      },
      close: () => pool.close(),
    };
  },
};
