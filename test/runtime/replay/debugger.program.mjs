// A debugger: it goes to where a replayed job begins, and prints what it sees there.
const socket = new WebSocket(process.argv[2]);
const waiting = new Map();
const urls = new Map();
const events = [];
let heard = () => {};
let calls = 0;

socket.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data);
  if (message.method === 'Debugger.scriptParsed') urls.set(message.params.scriptId, message.params.url);
  else if (message.id === undefined) {
    events.push(message);
    heard();
  } else waiting.get(message.id)(message.result ?? message.error);
});
await new Promise((resolve) => socket.addEventListener('open', resolve));

function call(method, params = {}) {
  calls += 1;
  socket.send(JSON.stringify({ id: calls, method, params }));
  return new Promise((resolve) => waiting.set(calls, resolve));
}

/** The next event of this kind. */
async function event(method) {
  for (;;) {
    const at = events.findIndex((one) => one.method === method);
    if (at >= 0) return events.splice(0, at + 1).pop().params;
    await new Promise((resolve) => {
      heard = resolve;
    });
  }
}

await call('Runtime.enable');
await call('Debugger.enable');
await call('Runtime.runIfWaitingForDebugger');
let [frame] = (await event('Debugger.paused')).callFrames;
const fileOf = ({ location }) => urls.get(location.scriptId).split('/').pop();
for (let step = 0; step < 5 && fileOf(frame) !== 'fails.worker.mjs'; step += 1) {
  await call('Debugger.stepInto');
  [frame] = (await event('Debugger.paused')).callFrames;
}
const { callFrameId, functionName } = frame;
const expression = '({ name: args.name, label: this.label })';
const { result } = await call('Debugger.evaluateOnCallFrame', {
  callFrameId,
  expression,
  returnByValue: true,
});
console.log(JSON.stringify({ file: fileOf(frame), function: functionName, ...result.value }));
await call('Debugger.resume');
socket.close();
