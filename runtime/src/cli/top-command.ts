import { defineCommand } from 'citty';
import { mustHaveProc } from '../inspect/must-have-proc.js';
import { Screen } from './top/screen.js';
import { Top } from './top/top.js';

export const topCommand = defineCommand({
  meta: { name: 'top', description: 'Watch the pools of this user: as ps, once a second.' },
  async run() {
    mustHaveProc('top');
    const { stdin, stdout } = process;
    if (!stdin.isTTY || !stdout.isTTY) {
      process.stderr.write(
        'mproc top needs a terminal for its input and its output; mproc ps prints the same once\n',
      );
      process.exitCode = 1;
      return;
    }
    await new Promise<void>((resolve) => {
      const top = new Top(new Screen(stdin, stdout), () => {
        void top.stop().then(resolve);
      });
      top.start();
    });
    // What it has asked of processes is done, or is nobody's affair any more.
    process.exit();
  },
});
