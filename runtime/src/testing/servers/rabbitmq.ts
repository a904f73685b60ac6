import { join } from 'node:path';
import { canConnect, expectAnswer, freePort } from './ports.js';
import { findProgram } from './programs.js';
import type { Recipe } from './recipe.js';

/** Debian's own command changes the user and forgets the environment; the one that it calls does not. */
const findServer = () => findProgram('rabbitmq-server', ['/usr/lib/rabbitmq/bin']);
const findEpmd = () => findProgram('epmd');

export const rabbitmq: Recipe = {
  variable: 'RABBITMQ_URL',
  programs: 'the programs `rabbitmq-server` and `epmd`',
  isMissing: () => findServer() === undefined || findEpmd() === undefined,
  async prepare(folder) {
    const ports = { node: await freePort(), dist: await freePort(), epmd: await freePort() };
    // Erlang's port mapper: RabbitMQ would start one that stays behind.
    const args = ['-port', String(ports.epmd), '-address', '127.0.0.1'];
    const epmd = { program: findEpmd() ?? '', args, isReady: () => canConnect(ports.epmd) };
    const options = { env: environment(folder, ports) };
    // To a client's greeting the server says which protocol it speaks, once it is up.
    const isReady = () => expectAnswer(ports.node, '\x01\0\0', 'AMQP\0\0\x09\x01');
    const server = { program: findServer() ?? '', args: [], options, isReady };
    return { url: `amqp://127.0.0.1:${ports.node}`, commands: [epmd, server] };
  },
};

function environment(
  folder: string,
  ports: { readonly node: number; readonly dist: number; readonly epmd: number },
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: folder,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_FLAGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_NODENAME: `queues${ports.node}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.node),
    RABBITMQ_DIST_PORT: String(ports.dist),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none.conf'),
    RABBITMQ_CONFIG_FILE: join(folder, 'none'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'none.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
  };
}
