// Hosts that are network namespaces of this test's own, on a bridge of its own: nothing outside is touched.
// Where namespaces are not allowed, the hosts are process trees on the loopback, and none can be cut off.
import { execFileSync } from 'node:child_process';

export interface Network {
  readonly kind: 'namespaces' | 'loopback';
  /** Of whoever serves the hosts. */
  readonly address: string;
  /** Words that put a command into a host. */
  inside(name: string): string[];
  cut(name: string): void;
  join(name: string): void;
  remove(): void;
}

function ip(...words: string[]): string {
  return execFileSync('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

export function makeNetwork(names: readonly string[]): Network {
  const tag = `mp${process.pid}`;
  try {
    return makeNamespaces(tag, names);
  } catch (error) {
    removeNamespaces(tag, names);
    console.error(
      `network namespaces are not allowed here (${String((error as Error).message).split('\n')[0]}); hosts share the loopback`,
    );
    return { kind: 'loopback', address: '127.0.0.1', inside: () => [], cut() {}, join() {}, remove() {} };
  }
}

function makeNamespaces(tag: string, names: readonly string[]): Network {
  const space = (name: string): string => `${tag}-${name}`;
  ip('netns', 'add', space('hub'));
  ip('-n', space('hub'), 'link', 'add', 'bridge', 'type', 'bridge');
  ip('-n', space('hub'), 'addr', 'add', '10.77.0.1/24', 'dev', 'bridge');
  ip('-n', space('hub'), 'link', 'set', 'bridge', 'up');
  ip('-n', space('hub'), 'link', 'set', 'lo', 'up');
  names.forEach((name, index) => {
    ip('netns', 'add', space(name));
    ip(
      '-n',
      space('hub'),
      'link',
      'add',
      `to-${name}`,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      space(name),
    );
    ip('-n', space('hub'), 'link', 'set', `to-${name}`, 'master', 'bridge', 'up');
    ip('-n', space(name), 'addr', 'add', `10.77.0.${index + 2}/24`, 'dev', 'eth0');
    ip('-n', space(name), 'link', 'set', 'eth0', 'up');
    ip('-n', space(name), 'link', 'set', 'lo', 'up');
  });
  return {
    kind: 'namespaces',
    address: '10.77.0.1',
    inside: (name) => ['ip', 'netns', 'exec', space(name)],
    cut: (name) => void ip('-n', space('hub'), 'link', 'set', `to-${name}`, 'down'),
    join: (name) => void ip('-n', space('hub'), 'link', 'set', `to-${name}`, 'up'),
    remove: () => removeNamespaces(tag, names),
  };
}

function removeNamespaces(tag: string, names: readonly string[]): void {
  for (const name of [...names, 'hub'])
    try {
      ip('netns', 'del', `${tag}-${name}`);
    } catch {
      // It was never made.
    }
}
