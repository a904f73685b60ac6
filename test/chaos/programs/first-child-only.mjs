// Preloaded into every child: only the one that takes the marker away keeps its failpoint, so that one process dies.
import { unlinkSync } from 'node:fs';

try {
  unlinkSync(process.env.MPROC_TEST_MARKER ?? '');
} catch {
  delete process.env.MPROC_FAILPOINT;
}
