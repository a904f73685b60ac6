/** What Node.js writes to stderr when it opens its debugger. What follows the port is a secret that opens the process. */
export const LISTENING_LINE = /Debugger listening on ws:\/\/([\d.]+:\d+\/[\da-f-]{36})\n/g;
