/// A thread that stands between gateway and mock and passes answers on in slices of a few bytes.

import {createConnection, createServer} from 'node:net';
import {setImmediate} from 'node:timers/promises';
import {parentPort, workerData} from 'node:worker_threads';

async function slice(from, to) {
  for await (const bytes of from) {
    const length = Math.max(7, Math.ceil(bytes.length / 32));
    for (let at = 0; at < bytes.length; at += length) {
      to.write(bytes.subarray(at, at + length));
      await setImmediate();
    }
  }
}

const server = createServer({noDelay: true}, (near) => {
  const far = createConnection({...workerData, noDelay: true});
  near.on('error', () => far.destroy());
  near.pipe(far);
  const end = () => near.destroySoon();
  slice(far, near).then(end, end);
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
